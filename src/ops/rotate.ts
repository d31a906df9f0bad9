// Rotation of signals through their spectra (conventions: left translation, (L_R f)(x) = f(R⁻¹x)):
//
//   X'^l = conj(D^l(R)) X^l,
//
// in the real basis a real orthogonal matrix for each degree, which is what the harmonics of SO(3) at the point R are. So a
// rotation is one GEMM per degree and item, and its gradient the same with the matrix transposed.

import { ShapeError } from "../errors.ts";
import { so3CoefficientCount } from "../sphere/indices.ts";
import { type Rotation, toEuler } from "../sphere/rotations.ts";
import { checkHarmonics, fillHarmonics } from "../tables/harmonics.ts";
import { coefficientCount, degreeSize, type SpectrumLayout } from "../tensor/layout.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { compose } from "./compose.ts";
import { s2Fft, s2Ifft, so3Fft, so3Ifft } from "./fourier.ts";
import { gemm } from "./gemm.ts";

/** One rotation for all items of a batch, or one for each. */
export type Rotations = Rotation | readonly Rotation[];

/** Rows (β, α, γ), as the kernels read them: one for all items, or one for each. */
function rotationPoints(rotations: Rotations, batch: number): Float64Array {
  const list = isList(rotations) ? rotations : [rotations];
  if (list.length !== 1 && list.length !== batch) {
    throw new ShapeError(`rotation: expected one, or one for each of ${batch} items, got ${list.length}`);
  }
  return Float64Array.from(
    list.flatMap((rotation) => {
      const { alpha, beta, gamma } = toEuler(rotation);
      return [beta, alpha, gamma];
    }),
  );
}

const isList = (rotations: Rotations): rotations is readonly Rotation[] =>
  Array.isArray(rotations) && typeof rotations[0] !== "number";

/** Writes D X, or Dᵀ X, to `out`, a spectrum like X. */
function applyRotations(
  X: Tensor,
  layout: SpectrumLayout,
  points: Float64Array,
  transposed: boolean,
  out: Tensor,
): void {
  const { engine } = X;
  const { domain, bandwidth, orders } = layout;
  const [batch, channels] = X.shape as [number, number];
  const size = engine.bytesPerNumber;
  const matrices = engine.memory.allocate(so3CoefficientCount(bandwidth) * size);
  try {
    for (let item = 0; item < batch; item++) {
      const point = points.subarray(3 * item, 3 * item + 3);
      if (point.length > 0) fillHarmonics(engine, "so3", bandwidth, point, matrices);
      for (let l = 0; l < bandwidth; l++) {
        const d = 2 * l + 1;
        const numbers = degreeSize(domain, l, orders) * channels;
        const at = (coefficientCount(domain, l, orders) * channels * batch + item * numbers) * size;
        const matrix = matrices + so3CoefficientCount(l) * size;
        gemm(engine, [transposed, false], [d, numbers / d, d], 1, matrix, X.pointer + at, out.pointer + at);
      }
    }
  } finally {
    engine.memory.free(matrices);
  }
}

/**
 * The spectrum of the rotated signal, X' = conj(D(R))·X: the signal at x becomes the signal that was at R⁻¹x.
 * @param X spectrum `[batch, channel, coefficient]` on S² or SO(3)
 * @param rotation ZYZ angles in radians, a unit quaternion [w, x, y, z] or a row-major matrix; or an array of such, one for
 *   each item of the batch
 * @returns a spectrum like X
 * @throws ShapeError unless X is a spectrum and the rotations are one or as many as the batch; ValueError for what is no
 *   rotation, and for a bandwidth above 4096
 */
export function rotateSpectrum(X: Tensor, rotation: Rotations): Tensor {
  const { engine, layout } = X;
  if (layout.kind !== "spectrum") throw new ShapeError(`rotateSpectrum: expected a spectrum, got ${X.describe()}`);
  checkHarmonics("rotateSpectrum", layout.bandwidth);
  const points = rotationPoints(rotation, X.shape[0]!);
  const out = engine.empty(layout, X.shape);
  applyRotations(X, layout, points, false, out);
  return engine.record(out, "rotateSpectrum", [X], (gradient) => {
    const dX = engine.empty(layout, X.shape);
    applyRotations(gradient, layout, points, true, dX);
    return [dX];
  });
}

/**
 * The rotated signal on S², (L_R f)(x) = f(R⁻¹x), exact for what the grid resolves.
 * @param x signal `[batch, channel, 2b, 2b]`
 * @param rotation as in `rotateSpectrum`
 * @returns a signal like x
 * @throws as `rotateSpectrum`
 */
export const s2Rotation = (x: Tensor, rotation: Rotations): Tensor =>
  compose([x], () => s2Ifft(rotateSpectrum(s2Fft(x), rotation)));

/**
 * The rotated signal on SO(3), (L_R f)(Q) = f(R⁻¹Q), exact for what the grid resolves.
 * @param x signal `[batch, channel, 2b, 2b, 2b]`
 * @param rotation as in `rotateSpectrum`
 * @returns a signal like x
 * @throws as `rotateSpectrum`
 */
export const so3Rotation = (x: Tensor, rotation: Rotations): Tensor =>
  compose([x], () => so3Ifft(rotateSpectrum(so3Fft(x), rotation)));
