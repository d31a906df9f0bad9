// What a transform needs beside its signal; each is made once per engine and bandwidth, inside the module, in f64.

import { checkBandwidth } from "../sphere/indices.ts";
import type { Engine } from "../tensor/engine.ts";
import type { Domain } from "../tensor/layout.ts";

/** Sines and cosines of the real DFT of length n. */
export function dftTable(engine: Engine, n: number): number {
  const { kernels } = engine;
  return engine.table(
    `dft/${n}`,
    () => kernels.dftTableBytes(n),
    (pointer) => kernels.dftTable(n, pointer),
  );
}

/**
 * d^l_mn(β_j), l < bandwidth, |n| < orders ≤ bandwidth, on the SOFT grid of bandwidth `grid`, for one ring at a time or one in
 * each of `lanes`.
 */
export function wignerTable(engine: Engine, bandwidth: number, orders: number, grid: number, lanes: number): number {
  const { kernels } = engine;
  return engine.table(
    `wigner/${bandwidth}/${orders}/${grid}/${lanes}`,
    () => kernels.so3TableBytes(bandwidth, orders, grid, lanes),
    (pointer) => {
      const scratch = engine.scratch(kernels.so3TableScratchBytes(bandwidth, grid));
      kernels.so3Table(bandwidth, orders, grid, lanes, pointer, scratch);
    },
  );
}

/** The recurrences that a single signal's transform on S² runs, l < bandwidth, SOFT grid of bandwidth `grid`. */
export function legendreTable(engine: Engine, bandwidth: number, grid: number): number {
  const { kernels } = engine;
  return engine.table(
    `legendre/${bandwidth}/${grid}`,
    () => kernels.legendreTableBytes(bandwidth, grid),
    (pointer) => {
      const scratch = engine.scratch(kernels.legendreTableScratchBytes());
      kernels.legendreTable(bandwidth, grid, pointer, scratch);
    },
  );
}

/** The kernel counts the parts of a turn, 8b · 4b, in 31 bits and with room. */
const MAX_QUADRATURE_BANDWIDTH = 16384;

/**
 * Quadrature weights w_j with Σ_j w_j = 2, one for each of 2b colatitudes, in f64.
 * @throws ValueError for a bandwidth that is no integer from 1 to 16384
 */
export function quadratureWeights(engine: Engine, bandwidth: number): Float64Array {
  checkBandwidth("quadratureWeights", bandwidth, MAX_QUADRATURE_BANDWIDTH);
  const pointer = engine.scratch(16 * bandwidth);
  engine.kernels.quadratureWeights(bandwidth, pointer);
  return new Float64Array(engine.memory.wasm.buffer, pointer, 2 * bandwidth).slice();
}

/** A table of the engine's numbers from values that are computed here. */
function numbers(engine: Engine, name: string, count: number, values: () => ArrayLike<number>): number {
  return engine.table(
    name,
    () => count * engine.bytesPerNumber,
    (pointer) => {
      const computed = values(); // may grow the memory, so before the view is made
      engine.view(pointer, count).set(computed);
    },
  );
}

/**
 * The weight of each β in the forward transform: w_j/(4b) on S², w_j/(8b²) on SO(3), summing to 1 over the grid; there with
 * 2·gammaGrid samples of γ w_j/(8·b·gammaGrid).
 */
export function betaWeights(engine: Engine, domain: Domain, bandwidth: number, gammaGrid = bandwidth): number {
  const points = domain === "s2" ? 4 * bandwidth : 8 * bandwidth * gammaGrid;
  return numbers(engine, `weights/${domain}/${bandwidth}/${gammaGrid}`, 2 * bandwidth, () =>
    quadratureWeights(engine, bandwidth).map((w) => w / points),
  );
}

/** 2l+1 for each degree: the scale of the inverse transform. */
export function degreeScales(engine: Engine, bandwidth: number): number {
  return numbers(engine, `degrees/${bandwidth}`, bandwidth, () =>
    Array.from({ length: bandwidth }, (_, l) => 2 * l + 1),
  );
}

/** Ones, where a direction has no weight or scale. */
export function ones(engine: Engine, count: number): number {
  return numbers(engine, `ones/${count}`, count, () => new Float64Array(count).fill(1));
}
