// The real-basis harmonics at the points of a kernel's grid: d^l_m0(β) e^{−imα} on S², conj D^l_mn(α, β, γ) on SO(3).

import type { KernelGrid } from "../sphere/grids.ts";
import { checkBandwidth } from "../sphere/indices.ts";
import type { Engine } from "../tensor/engine.ts";
import { coefficientCount, type Domain } from "../tensor/layout.ts";

/** The kernels' cos kα and sin kα are exact for k < 4096 and |kα| ≤ 1e5, hence for angles within one turn. */
const MAX_BANDWIDTH = 4096;

/** @throws ValueError for a bandwidth whose harmonics are not computed */
export function checkHarmonics(where: string, bandwidth: number): void {
  checkBandwidth(where, bandwidth, MAX_BANDWIDTH);
}

/** `[point][coefficient]`, degrees below the bandwidth, at points given as rows (β, α[, γ]). */
export function fillHarmonics(
  engine: Engine,
  domain: Domain,
  bandwidth: number,
  points: Float64Array,
  out: number,
): void {
  const { kernels } = engine;
  const dimensions = domain === "s2" ? 2 : 3;
  const count = points.length / dimensions;
  const angles = engine.memory.allocate(points.byteLength);
  try {
    const bytes = (domain === "s2" ? kernels.s2HarmonicsScratchBytes : kernels.so3HarmonicsScratchBytes)(
      bandwidth,
      count,
    );
    const scratch = engine.scratch(bytes);
    new Float64Array(engine.memory.wasm.buffer, angles, points.length).set(
      // The remainder is exact, and for 2π rounded wrong by less than half of the angle's own last place.
      points.map((angle) => angle % (2 * Math.PI)),
    );
    if (domain === "s2") kernels.s2Harmonics(bandwidth, count, angles, out, scratch);
    else kernels.so3Harmonics(bandwidth, count, angles, out, scratch);
  } finally {
    engine.memory.free(angles);
  }
}

/** The harmonics on a kernel's grid, made once per engine, grid and bandwidth. */
export function gridHarmonics(engine: Engine, domain: Domain, bandwidth: number, grid: KernelGrid): number {
  const key = JSON.stringify([grid.kind, grid.parameters]);
  return engine.table(
    `harmonics/${domain}/${bandwidth}/${key}`,
    () => grid.count * coefficientCount(domain, bandwidth) * engine.bytesPerNumber,
    (pointer) => fillHarmonics(engine, domain, bandwidth, grid.points, pointer),
  );
}
