// Wigner's functions as arrays, computed in f64 by the kernels of any engine (docs/conventions.md, "Wigner d").

import { ValueError } from "../errors.ts";
import { isAngle, MAX_ANGLE } from "../sphere/rotations.ts";
import type { Engine } from "../tensor/engine.ts";

/** Beyond this degree the kernels' recurrence was not checked. */
const MAX_DEGREE = 2047;

function checkDegree(where: string, l: number): void {
  if (!Number.isInteger(l) || l < 0 || l > MAX_DEGREE) {
    throw new ValueError(`${where}: the degree must be an integer from 0 to ${MAX_DEGREE}, got ${l}`);
  }
}

function checkAngles(where: string, angles: Readonly<Record<string, number>>): void {
  for (const [name, angle] of Object.entries(angles)) {
    if (isAngle(angle)) continue;
    throw new ValueError(`${where}: ${name} must be an angle in radians, at most ${MAX_ANGLE} in size, got ${angle}`);
  }
}

/** Runs `work` with `arrays` blocks of `count` numbers in f64 and scratch; returns copies of the blocks. */
function compute(
  engine: Engine,
  arrays: number,
  count: number,
  scratchBytes: number,
  work: (blocks: readonly number[], scratch: number) => void,
): Float64Array[] {
  const { memory } = engine;
  const bytes = count * 8;
  const start = memory.allocate(arrays * bytes);
  try {
    const blocks = Array.from({ length: arrays }, (_, i) => start + i * bytes);
    work(blocks, engine.scratch(scratchBytes));
    return blocks.map((block) => new Float64Array(memory.wasm.buffer, block, count).slice());
  } finally {
    memory.free(start);
  }
}

/**
 * Wigner's d^l(β), row-major (2l+1) × (2l+1), rows m and columns n from −l to l: centred, quantum-normalised,
 * Condon–Shortley; d¹_{1,0} = −sin β/√2. Error at most 1e-12 (Varshalovich et al. 1988, 4.3 and 4.8).
 * @param beta radians
 * @throws ValueError for a degree that is no integer from 0 to 2047, or an angle that is not finite
 */
export function wignerSmallD(engine: Engine, l: number, beta: number): Float64Array {
  checkDegree("wignerSmallD", l);
  checkAngles("wignerSmallD", { beta });
  const { kernels } = engine;
  const scratchBytes = kernels.wignerSmallDScratchBytes(l);
  return compute(engine, 1, (2 * l + 1) ** 2, scratchBytes, ([out], scratch) => {
    kernels.wignerSmallD(l, beta, out!, scratch);
  })[0]!;
}

/**
 * One entry d^l_mn(β).
 * @throws ValueError as `wignerSmallD`, and for orders that are no integers from −l to l
 */
export function wignerSmallDEntry(engine: Engine, l: number, m: number, n: number, beta: number): number {
  checkDegree("wignerSmallDEntry", l);
  checkAngles("wignerSmallDEntry", { beta });
  for (const [name, order] of Object.entries({ m, n })) {
    if (!Number.isInteger(order) || Math.abs(order) > l) {
      throw new ValueError(`wignerSmallDEntry: ${name} must be an integer from ${-l} to ${l}, got ${order}`);
    }
  }
  const { kernels } = engine;
  return kernels.wignerSmallDEntry(l, m, n, beta, engine.scratch(kernels.wignerSmallDEntryScratchBytes()));
}

/**
 * D^l_mn(α, β, γ) = e^{+imα} d^l_mn(β) e^{+inγ}, this project's D and the conjugate of the textbook one: real and
 * imaginary part, each row-major (2l+1) × (2l+1).
 * @param alpha of the ZYZ angles, in radians
 * @param beta in radians
 * @param gamma in radians
 * @throws ValueError as `wignerSmallD`
 */
export function wignerD(
  engine: Engine,
  l: number,
  alpha: number,
  beta: number,
  gamma: number,
): { re: Float64Array; im: Float64Array } {
  checkDegree("wignerD", l);
  checkAngles("wignerD", { alpha, beta, gamma });
  const { kernels } = engine;
  const scratchBytes = kernels.wignerDMatrixScratchBytes(l);
  const [re, im] = compute(engine, 2, (2 * l + 1) ** 2, scratchBytes, ([real, imaginary], scratch) => {
    kernels.wignerDMatrix(l, alpha, beta, gamma, real!, imaginary!, scratch);
  });
  return { re: re!, im: im! };
}
