// Change of bandwidth: degrees are left out or filled with zeros. In memory degrees stand one after the other
// (docs/design.md, "Layouts"), so a lower bandwidth is a prefix, and the adjoint of a change is the change back.

import { ShapeError } from "../errors.ts";
import { checkBandwidth } from "../sphere/indices.ts";
import { coefficientCount, spectrumLayout } from "../tensor/layout.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { clear } from "./clear.ts";
import { compose } from "./compose.ts";
import { s2Fft, s2Ifft, so3Fft, so3Ifft } from "./fourier.ts";

/**
 * The degrees below `bandwidth` of a spectrum; those that it lacks are zero.
 * @param X spectrum `[batch, channel, coefficient]` on S² or SO(3)
 * @returns spectrum of `bandwidth`
 * @throws ShapeError unless X is a spectrum; ValueError for a bandwidth below 1
 */
export function resizeSpectrum(X: Tensor, bandwidth: number): Tensor {
  if (X.layout.kind !== "spectrum") throw new ShapeError(`resizeSpectrum: expected a spectrum, got ${X.describe()}`);
  const { domain, bandwidth: source } = X.layout;
  checkBandwidth("resizeSpectrum", bandwidth);
  const [batch, channels] = X.shape as [number, number];
  const out = X.engine.empty(spectrumLayout(domain, bandwidth), [batch, channels, coefficientCount(domain, bandwidth)]);
  const kept = Math.min(X.length, out.length);
  X.engine.kernels.copyScaled(kept, 1, X.pointer, out.pointer);
  clear(out, kept);
  return X.engine.record(out, "resizeSpectrum", [X], (gradient) => [resizeSpectrum(gradient, source)]);
}

/**
 * A signal on the grid of another bandwidth: exact where that is higher, its low degrees where it is lower.
 * @param x signal `[batch, channel, 2b, 2b]` on S² or `[batch, channel, 2b, 2b, 2b]` on SO(3)
 * @returns the signal with 2·bandwidth in place of 2b
 * @throws ShapeError unless x is a signal; ValueError for a bandwidth below 1
 */
export function changeBandwidth(x: Tensor, bandwidth: number): Tensor {
  if (x.layout.kind !== "signal") throw new ShapeError(`changeBandwidth: expected a signal, got ${x.describe()}`);
  checkBandwidth("changeBandwidth", bandwidth);
  const kept = Math.min(bandwidth, x.layout.bandwidth);
  const s2 = x.layout.domain === "s2";
  return compose([x], () => (s2 ? s2Ifft(s2Fft(x, kept), bandwidth) : so3Ifft(so3Fft(x, kept), bandwidth)));
}
