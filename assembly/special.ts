// The module behind `spherical-cnn/special`: the engine's kernels for callers who have arrays and no tensors.
//
// Unlike the rest of assembly/ it has a runtime of its own (build/special.mjs): each function makes the array that it
// returns, and frees the scratch it needed. Results of earlier calls are collected first, so that the memory holds one
// at a time; the caller copies them at once. Two results of one call lie in one array, one after the other. Nothing is
// validated here.

import { clebschGordan as clebschGordanTable, clebschGordanScratchBytes } from "./clebsch-gordan";
import {
  complexHarmonics, complexHarmonicsScratchBytes, legendreValues, legendreValuesScratchBytes, principalAngle,
} from "./complex-harmonics";
import { quadratureWeights as putQuadratureWeights } from "./quadrature";
import {
  wignerDMatrix, wignerDMatrixScratchBytes, wignerSmallD as putWignerSmallD, wignerSmallDScratchBytes,
} from "./wigner-matrix";

/** An array for the caller to fill, as an argument of the next call. */
export function allocate(count: i32): Float64Array {
  return new Float64Array(count);
}

/** d^l(β), `[2l+1][2l+1]`. */
export function wignerSmallD(l: i32, beta: f64): Float64Array {
  const d = result((2 * l + 1) * (2 * l + 1));
  const scratch = heap.alloc(wignerSmallDScratchBytes(l));
  putWignerSmallD(l, beta, d.dataStart, scratch);
  heap.free(scratch);
  return d;
}

/** D^l(α, β, γ), `[re, im][2l+1][2l+1]`. */
export function wignerD(l: i32, alpha: f64, beta: f64, gamma: f64): Float64Array {
  const size = (2 * l + 1) * (2 * l + 1);
  const D = result(2 * size);
  const scratch = heap.alloc(wignerDMatrixScratchBytes(l));
  const im = D.dataStart + <usize>size * 8;
  wignerDMatrix(l, principalAngle(alpha), beta, principalAngle(gamma), D.dataStart, im, scratch);
  heap.free(scratch);
  return D;
}

/** Y_lm at points (β, α), `[re, im][points][(lmax+1)²]`. */
export function sphericalHarmonics(lmax: i32, beta: Float64Array, alpha: Float64Array): Float64Array {
  const size = beta.length * (lmax + 1) * (lmax + 1);
  const Y = result(2 * size);
  const scratch = heap.alloc(complexHarmonicsScratchBytes(lmax));
  const im = Y.dataStart + <usize>size * 8;
  complexHarmonics(lmax, beta.length, beta.dataStart, alpha.dataStart, Y.dataStart, im, scratch);
  heap.free(scratch);
  return Y;
}

/** √((l−m)!/(l+m)!) P_l^m at each x. */
export function legendre(l: i32, m: i32, x: Float64Array): Float64Array {
  const values = result(x.length);
  const scratch = heap.alloc(legendreValuesScratchBytes(l));
  legendreValues(l, m, x.length, x.dataStart, values.dataStart, scratch);
  heap.free(scratch);
  return values;
}

/** w_j, `[2b]`. */
export function quadratureWeights(bandwidth: i32): Float64Array {
  const weights = result(2 * bandwidth);
  putQuadratureWeights(bandwidth, weights.dataStart);
  return weights;
}

/** ⟨l1 m1 l2 m2 | l3 (m1+m2)⟩, `[2·l1+1][2·l2+1]`. */
export function clebschGordan(l1: i32, l2: i32, l3: i32): Float64Array {
  const table = result((2 * l1 + 1) * (2 * l2 + 1));
  const scratch = heap.alloc(clebschGordanScratchBytes(l1, l2, l3));
  clebschGordanTable(l1, l2, l3, table.dataStart, scratch);
  heap.free(scratch);
  return table;
}

/** Zeros, after what earlier calls have left behind is collected; arguments are pinned by the caller. */
function result(count: i32): Float64Array {
  __collect();
  return new Float64Array(count);
}
