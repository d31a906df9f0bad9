// The spectrum of a filter that is given by its values at the points of a grid (docs/conventions.md, "Correlation layers"):
// a plain sum over the points, without quadrature, Y^l = scale · Σ_g κ_g h^l(g) with h the harmonics of the domain.
//
// It is one GEMM with the table of harmonics, and a move into the matrices that the correlation multiplies by:
// on SO(3) rows (p, in), columns (n, out) for Y^l_np; on S² rows in, columns (n, out) for Y^l_n.

import { ShapeError } from "../errors.ts";
import type { KernelGrid } from "../sphere/grids.ts";
import { rowLength } from "../sphere/indices.ts";
import { checkHarmonics, gridHarmonics } from "../tables/harmonics.ts";
import {
  type Domain,
  type FilterOrders,
  filterCoefficientCount,
  filterDegreeSize,
  filterLayout,
} from "../tensor/layout.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { gemm } from "./gemm.ts";

/**
 * @param kernel dense `[in, out, points]`
 * @param grid the points, on S² or SO(3)
 * @param bandwidth of the filter's spectrum
 * @param scale multiplies every coefficient
 * @param orders the orders of γ that the spectra have which it correlates, and those that the result shall have; all of them
 *   unless said otherwise
 * @returns filter `[in, out, coefficient]`
 * @throws ShapeError unless the kernel has one number per point of the grid; ValueError for a bandwidth that is no integer
 *   from 1 to 4096
 */
export function filterSpectrum(
  kernel: Tensor,
  grid: KernelGrid,
  bandwidth: number,
  scale: number,
  orders?: FilterOrders,
): Tensor {
  const domain: Domain = grid.dimensions === 2 ? "s2" : "so3";
  const [inputs, outputs, points] = kernel.shape as [number, number, number];
  if (kernel.layout.kind !== "dense" || kernel.shape.length !== 3 || points !== grid.count) {
    throw new ShapeError(
      `filterSpectrum: expected a kernel [in, out, ${grid.count}] for this grid, got ${kernel.describe()}`,
    );
  }
  checkHarmonics("filterSpectrum", bandwidth);
  const { engine } = kernel;
  const { kernels } = engine;
  const size = engine.bytesPerNumber;
  const pairs = inputs * outputs;
  const layout = filterLayout(domain, bandwidth, orders);
  const coefficients = filterCoefficientCount(bandwidth, layout.orders);
  const harmonics = gridHarmonics(engine, domain, bandwidth, layout.orders, grid);
  const filter = engine.empty(layout, [inputs, outputs, coefficients]);

  /** Moves degree by degree between `[coefficient][in][out]` and the filter's matrices. */
  const rearrange = (from: number, to: number, intoMatrices: boolean) =>
    engine.together(() => {
      let offset = 0;
      for (let l = 0; l < bandwidth; l++) {
        const columns = rowLength(l, layout.orders.out);
        const rows = rowLength(l, layout.orders.in) * inputs;
        const [outer, inner] = intoMatrices ? [columns, rows] : [rows, columns];
        kernels.transposeMiddle(1, outer, inner, outputs, from + offset, to + offset);
        offset += filterDegreeSize(l, layout.orders) * pairs * size;
      }
    });
  const bytes = coefficients * pairs * size;
  const plain = engine.memory.allocate(bytes);
  try {
    gemm(engine, [true, true], [coefficients, pairs, points], scale, harmonics, kernel.pointer, plain);
    rearrange(plain, filter.pointer, true);
  } finally {
    engine.memory.free(plain);
  }

  return engine.record(filter, "filterSpectrum", [kernel], (dFilter) => {
    const dKernel = engine.empty(kernel.layout, kernel.shape);
    const moved = engine.memory.allocate(bytes);
    try {
      rearrange(dFilter.pointer, moved, false);
      const table = gridHarmonics(engine, domain, bandwidth, layout.orders, grid);
      gemm(engine, [true, true], [pairs, points, coefficients], scale, moved, table, dKernel.pointer);
    } finally {
      engine.memory.free(moved);
    }
    return [dKernel];
  });
}
