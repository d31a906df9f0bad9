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

/** Gradients of convolutions against reference tensors: sums over the whole grid, with cancellation. */
export const CONVOLUTION_GRADIENT: Record<Dtype, number> = { f64: 1e-9, f32: 1e-5 };

/** ⟨Ax, y⟩ − ⟨x, A†y⟩ over ‖Ax‖‖y‖ + ‖x‖‖A†y‖: rounding of both sides alone. */
export const ADJOINT: Record<Dtype, number> = { f64: 1e-14, f32: 1e-6 };

/**
 * A directional derivative by central differences of five points against ⟨gradient, direction⟩, in f64, relative: the
 * truncation error at step 1e-3 and the rounding error over the step both stay below.
 */
export const GRADIENT = 1e-6;
