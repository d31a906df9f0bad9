// The correlation of complex signals with complex filters. A complex signal is two real ones, so with X = A + iB and
// Y = C + iD, all four in the real basis, the convolution theorem Z = X Yᴴ (correlate.ts) reads
//
//   Z = (A Cᵀ + B Dᵀ) + i (B Cᵀ − A Dᵀ).

import type { Tensor } from "../tensor/tensor.ts";
import { add, subtract } from "./arithmetic.ts";
import { correlate } from "./correlate.ts";

/** The spectra, or filters, of the real and of the imaginary part. */
export interface ComplexTensor {
  readonly re: Tensor;
  readonly im: Tensor;
}

/**
 * Correlates complex signals with complex filters over all rotations, in the spectrum: Z^l = X^l (Y^l)ᴴ.
 * @param X spectra of real and imaginary part, `[batch, in, …]` on S² or SO(3)
 * @param Y filters of real and imaginary part, `[in, out, …]` of the same domain
 * @returns spectra on SO(3) of the result's real and imaginary part, `[batch, out, …]`
 * @throws ShapeError if domains, channels or the shapes of the two parts disagree
 */
export function correlateComplex(X: ComplexTensor, Y: ComplexTensor): ComplexTensor {
  return {
    re: add(correlate(X.re, Y.re), correlate(X.im, Y.im)),
    im: subtract(correlate(X.im, Y.re), correlate(X.re, Y.im)),
  };
}
