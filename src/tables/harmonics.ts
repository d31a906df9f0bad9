// The real-basis harmonics at the points of a kernel's grid: d^l_m0(β) e^{−imα} on S², conj D^l_mn(α, β, γ) on SO(3).

import type { KernelGrid } from "../sphere/grids.ts";
import { checkBandwidth, rowLength } from "../sphere/indices.ts";
import type { Engine } from "../tensor/engine.ts";
import { coefficientCount, type Domain, type FilterOrders, filterCoefficientCount } from "../tensor/layout.ts";

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

/**
 * The harmonics on a kernel's grid that a filter between spectra of so many orders of γ has: `[point][degree][r][r']`, r the
 * real index of an order below orders.out, r' of one below orders.in. Made once per engine, grid, bandwidth and orders.
 */
export function gridHarmonics(
  engine: Engine,
  domain: Domain,
  bandwidth: number,
  orders: FilterOrders,
  grid: KernelGrid,
): number {
  const key = JSON.stringify([orders.in, orders.out, grid.kind, grid.parameters]);
  const all = coefficientCount(domain, bandwidth);
  const kept = filterCoefficientCount(bandwidth, orders);
  return engine.table(
    `harmonics/${domain}/${bandwidth}/${key}`,
    () => grid.count * kept * engine.bytesPerNumber,
    (pointer) => {
      if (kept === all) return fillHarmonics(engine, domain, bandwidth, grid.points, pointer);
      const bytes = grid.count * all * engine.bytesPerNumber;
      const full = engine.memory.allocate(bytes);
      try {
        fillHarmonics(engine, domain, bandwidth, grid.points, full);
        const source = engine.view(full, grid.count * all);
        const target = engine.view(pointer, grid.count * kept);
        let [from, to] = [0, 0];
        for (let point = 0; point < grid.count; point++) {
          for (let l = 0; l < bandwidth; l++) {
            const columns = domain === "s2" ? 1 : 2 * l + 1;
            const length = rowLength(l, orders.in);
            for (let r = 0; r < rowLength(l, orders.out); r++) {
              target.set(source.subarray(from + r * columns, from + r * columns + length), to);
              to += length;
            }
            from += (2 * l + 1) * columns;
          }
        }
      } finally {
        engine.memory.free(full);
      }
    },
  );
}
