// How far results may be from what they should be, each with its reason. Unless said otherwise an error is the largest
// one over a tensor, divided by the tensor's largest magnitude.

import type { Dtype } from "../../src/wasm/load.ts";

/** Transforms and convolutions against reference tensors computed in f64. */
export const TRANSFORM: Record<Dtype, number> = {
  // The reference's own two computations differ by up to 2e-15 (test/reference/checks.json); ours adds as much.
  f64: 1e-12,
  // Input and tables are rounded at 6e-8; sums of up to 400 terms in two stages gather a few dozen such errors.
  f32: 3e-6,
};

/** Operations number by number, and sums of a few hundred numbers in f64: a few units in the last place. */
export const ELEMENTWISE: Record<Dtype, number> = { f64: 1e-14, f32: 1e-6 };

/** One DFT, real or complex, l2: a sum of n rounded products is below n·ε, in practice √n·ε. There and back is twice that. */
export const DFT: Record<Dtype, number> = { f64: 1e-14, f32: 5e-7 };

/** Kernels number by number on numbers below 4: a handful of correctly rounded operations; absolute. */
export const ROUNDING: Record<Dtype, number> = { f64: 2e-15, f32: 1e-6 };

/** Kernels over rows and columns of numbers of order one, a few roundings each; absolute. */
export const ROWS: Record<Dtype, number> = { f64: 5e-15, f32: 2e-6 };

/** Products of matrices: a sum of K products of numbers below 1 grows like √K·ε, K ≤ 600; absolute. */
export const GEMM: Record<Dtype, number> = { f64: 5e-14, f32: 3e-5 };

/** Sums of a few hundred products, each rounded to half an ulp: it grows with the root of the count. */
export const EVALUATION: Record<Dtype, number> = { f64: 1e-14, f32: 4e-6 };

/** Rotations. f32: input and results of four stages, DFT, Wigner, rotation and back, about eight ulps. */
export const ROTATION: Record<Dtype, number> = { f64: 1e-12, f32: 1e-6 };

/**
 * Rotated signals at single points, over the values there alone, which may be small: measured 2e-14 and 1.4e-6 at b = 5.
 */
export const ROTATION_AT_POINTS: Record<Dtype, number> = { f64: 1e-13, f32: 4e-6 };

/** Convolutions against their definition. f32: harmonics and spectra that are rounded at 6e-8 each, at points. */
export const DEFINITION: Record<Dtype, number> = { f64: 1e-12, f32: 1e-5 };

/** A layer of a rotated signal against the rotated output, on band-limited signals. */
export const EQUIVARIANCE: Record<Dtype, number> = { f64: 1e-12, f32: 2e-6 };

/** Forward and inverse transforms: promised; measured 4e-14 and 8e-7 (S², b = 128), 4e-15 and 4e-7 (SO(3), b = 32). */
export const ROUND_TRIP: Record<Dtype, number> = { f64: 1e-13, f32: 1e-6 };

/** Twelve steps of an optimiser, a few roundings each; gradients of slope 3 let them grow a little. */
export const OPTIMISER_STEPS: Record<Dtype, number> = { f64: 4e-15, f32: 2e-6 };

/**
 * Outputs of whole networks, against s2cnn's f64 run. f32: s2cnn's own f32 run comes to 5e-6 through BatchNorm in training.
 */
export const NETWORK_OUTPUT: Record<Dtype, number> = { f64: 1e-12, f32: 1e-5 };

/**
 * Gradients of whole networks. f32: a ReLU whose input f32 cannot tell from zero may open or close, and then the gradient is
 * that of a neighbouring piece; in s2cnn's own f32 run this costs 7.6e-5 and 3.5e-3 (test/reference/checks.json), here the
 * same.
 */
export const NETWORK_GRADIENT = {
  "mnist-original": { f64: 1e-8, f32: 1e-4 },
  "mnist-deep": { f64: 1e-8, f32: 4e-3 },
} as const;

/** Gradients of convolutions against reference tensors: sums over the whole grid, with cancellation. */
export const CONVOLUTION_GRADIENT: Record<Dtype, number> = { f64: 1e-9, f32: 1e-5 };

/** ⟨Ax, y⟩ − ⟨x, A†y⟩ over ‖Ax‖‖y‖ + ‖x‖‖A†y‖: rounding of both sides alone. */
export const ADJOINT: Record<Dtype, number> = { f64: 1e-14, f32: 1e-6 };

/**
 * A directional derivative by central differences of five points against ⟨gradient, direction⟩, in f64, relative: the
 * truncation error at the step of gradient-check.ts, 1e-4, and the rounding error over the step both stay below.
 */
export const GRADIENT = 1e-6;
