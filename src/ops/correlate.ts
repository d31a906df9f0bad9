// The convolution theorem on S² and SO(3) (Cohen et al. 2018, section 3.2 and appendix D): correlation over all rotations
// is, degree by degree, a matrix product of spectra, Z^l = X^l (Y^l)ᴴ. In the real basis it is one real GEMM,
//
//   S²      [batch·(2l+1)] × [in]          times  [in] × [(2l+1)·out]
//   SO(3)   [batch·(2l+1)] × [(2l+1)·in]   times  [(2l+1)·in] × [(2l+1)·out]
//
// A rotation of the signal mixes the orders m, the rows, and the filter mixes the orders n, the columns: where a filter is made
// for few orders n, 2·orders−1 stands in place of 2l+1 in the columns, and the correlation is as equivariant as with all.
//
// This bilinear primitive serves both layers; they have no backward of their own.

import { ShapeError } from "../errors.ts";
import { rowLength } from "../sphere/indices.ts";
import {
  coefficientCount,
  type FilterOrders,
  filterCoefficientCount,
  product,
  spectrumLayout,
} from "../tensor/layout.ts";
import { sameEngine } from "../tensor/same-engine.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { clear } from "./clear.ts";
import { gemm, gemmPacked } from "./gemm.ts";

/** The matrices of one degree: sizes, and where they begin, in numbers from the start of each tensor. */
interface DegreeProduct {
  readonly M: number;
  readonly K: number;
  readonly N: number;
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

function degreeProducts(
  bandwidth: number,
  orders: FilterOrders,
  batch: number,
  inputs: number,
  outputs: number,
): DegreeProduct[] {
  let [x, y, z] = [0, 0, 0];
  return Array.from({ length: bandwidth }, (_, l) => {
    const M = batch * (2 * l + 1);
    const K = rowLength(l, orders.in) * inputs;
    const N = rowLength(l, orders.out) * outputs;
    const degree = { M, K, N, x, y, z };
    x += M * K;
    y += K * N;
    z += M * N;
    return degree;
  });
}

/** The matrices of a filter that stays the same, packed once; a pointer for each degree. */
function filterPanels(Y: Tensor, degrees: readonly DegreeProduct[]): number[] {
  const { engine } = Y;
  const { kernels, bytesPerNumber: size } = engine;
  const bytes = degrees.map(({ N, K }) => kernels.gemmPanelBytes(N, K));
  const starts = bytes.map((_, l) => bytes.slice(0, l).reduce((a, b) => a + b, 0));
  const pointer = engine.constant(starts.at(-1)! + bytes.at(-1)!, (at) => {
    degrees.forEach(({ N, K, y }, l) => {
      kernels.gemmPanels(0, N, K, Y.pointer + y * size, N, at + starts[l]!);
    });
  });
  return starts.map((start) => pointer + start);
}

/**
 * Correlates signals with filters over all rotations, in the spectrum: Z^l = X^l (Y^l)ᵀ in the real basis, plus a bias.
 *
 * A constant signal has the spectrum (bias, 0, 0, …), so the bias is added to degree 0.
 * @param X spectrum `[batch, in, …]` on S² or SO(3)
 * @param Y filter `[in, out, …]` of the same domain; degrees beyond the lower bandwidth of the two do not count
 * @param bias `[1, out, 1, 1, 1]`
 * @returns spectrum `[batch, out, …]` on SO(3), of the lower bandwidth of the two, with the orders of γ that the filter gives
 * @throws ShapeError if domains, channels or orders disagree; ValueError unless they have one engine
 */
export function correlate(X: Tensor, Y: Tensor, bias?: Tensor): Tensor {
  if (X.layout.kind !== "spectrum" || Y.layout.kind !== "filter" || X.layout.domain !== Y.layout.domain) {
    throw new ShapeError(
      `correlate: expected a spectrum and a filter of one domain, got ${X.describe()} and ${Y.describe()}`,
    );
  }
  const { layout } = X;
  const { orders } = Y.layout;
  const bandwidth = Math.min(layout.bandwidth, Y.layout.bandwidth);
  if (Math.min(layout.orders, bandwidth) !== Math.min(orders.in, bandwidth)) {
    throw new ShapeError(
      `correlate: the filter takes ${orders.in} orders of γ, and the input has ${layout.orders}: ${X.describe()}`,
    );
  }
  const [batch, inputs] = X.shape as [number, number];
  const [filterInputs, outputs] = Y.shape as [number, number];
  if (filterInputs !== inputs) {
    throw new ShapeError(
      `correlate: the filter takes ${filterInputs} channels, and the input has ${inputs}: ${X.describe()}`,
    );
  }
  if (bias && product(bias.shape) !== outputs) {
    throw new ShapeError(`correlate: expected one bias for each of ${outputs} channels, got ${bias.describe()}`);
  }
  const engine = sameEngine("correlate", X, Y, bias);
  const { kernels } = engine;
  const size = engine.bytesPerNumber;
  const degrees = degreeProducts(bandwidth, orders, batch, inputs, outputs);
  const Z = engine.empty(spectrumLayout("so3", bandwidth, orders.out), [
    batch,
    outputs,
    coefficientCount("so3", bandwidth, orders.out),
  ]);
  /** A product for each degree; none needs another's result. */
  const products = (multiply: (degree: DegreeProduct, l: number) => void) =>
    engine.together(() => degrees.forEach(multiply));
  const panels = engine.isConstant(Y) ? filterPanels(Y, degrees) : null;
  products(({ M, N, K, x, y, z }, l) => {
    const [from, to] = [X.pointer + x * size, Z.pointer + z * size];
    if (panels) gemmPacked(engine, [M, N, K], from, panels[l]!, to);
    else gemm(engine, [false, false], [M, N, K], 1, from, Y.pointer + y * size, to);
  });
  if (bias) kernels.addRowVector(batch, outputs, Z.pointer, bias.pointer);

  return engine.record(Z, "correlate", bias ? [X, Y, bias] : [X, Y], (dZ) => {
    const gradients: (Tensor | null)[] = [null, null];
    if (X.requiresGrad) {
      const dX = engine.empty(layout, X.shape);
      clear(dX, coefficientCount(layout.domain, bandwidth, layout.orders) * batch * inputs);
      products(({ M, N, K, x, y, z }) => {
        gemm(engine, [false, true], [M, K, N], 1, dZ.pointer + z * size, Y.pointer + y * size, dX.pointer + x * size);
      });
      gradients[0] = dX;
    }
    if (Y.requiresGrad) {
      const dY = engine.empty(Y.layout, Y.shape);
      clear(dY, filterCoefficientCount(bandwidth, orders) * inputs * outputs);
      products(({ M, N, K, x, y, z }) => {
        gemm(engine, [true, false], [K, N, M], 1, X.pointer + x * size, dZ.pointer + z * size, dY.pointer + y * size);
      });
      gradients[1] = dY;
    }
    if (bias) {
      const dBias = engine.empty(bias.layout, bias.shape);
      kernels.columnSums(batch, outputs, dZ.pointer, dBias.pointer);
      gradients.push(dBias);
    }
    return gradients;
  });
}
