// Change of bandwidth: degrees are left out or filled with zeros. In memory degrees stand one after the other
// (docs/design.md, "Layouts"), so a lower bandwidth is a prefix, and the adjoint of a change is the change back.

import { ShapeError } from "../errors.ts";
import { checkBandwidth, rowLength } from "../sphere/indices.ts";
import { coefficientCount, type SpectrumLayout, spectrumLayout } from "../tensor/layout.ts";
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
  checkBandwidth("resizeSpectrum", bandwidth);
  const { domain, bandwidth: source, orders } = X.layout;
  return resized(X, spectrumLayout(domain, bandwidth, orders < source ? orders : bandwidth));
}

/** To a layout that agrees on the orders of γ of the degrees that both have. */
function resized(X: Tensor, layout: SpectrumLayout): Tensor {
  const [batch, channels] = X.shape as [number, number];
  const count = coefficientCount(layout.domain, layout.bandwidth, layout.orders);
  const out = X.engine.empty(layout, [batch, channels, count]);
  const kept = Math.min(X.length, out.length);
  X.engine.kernels.copyScaled(kept, 1, X.pointer, out.pointer);
  clear(out, kept);
  return X.engine.record(out, "resizeSpectrum", [X], (gradient) => [resized(gradient, X.layout as SpectrumLayout)]);
}

/**
 * The orders |n| < `orders` of γ of a spectrum on SO(3); those that it lacks are zero. A rotation mixes the orders of α alone, so
 * what has few orders of γ keeps them.
 * @param X spectrum `[batch, channel, coefficient]` on SO(3)
 * @param orders the bandwidth of X or more for all of them
 * @returns spectrum of the same bandwidth; X itself if it has these orders
 * @throws ShapeError unless X is a spectrum on SO(3); ValueError for orders below 1
 */
export function changeOrders(X: Tensor, orders: number): Tensor {
  const { engine, layout } = X;
  if (layout.kind !== "spectrum" || layout.domain !== "so3") {
    throw new ShapeError(`changeOrders: expected a spectrum on so3, got ${X.describe()}`);
  }
  checkBandwidth("changeOrders: orders", orders);
  const [batch, channels] = X.shape as [number, number];
  const { bandwidth } = layout;
  const target = spectrumLayout("so3", bandwidth, orders);
  if (target.orders === layout.orders) return X;
  const count = coefficientCount("so3", bandwidth, target.orders);
  const out = engine.zeros(target, [batch, channels, count]);
  const size = engine.bytesPerNumber;
  let [from, to] = [X.pointer, out.pointer];
  for (let l = 0; l < bandwidth; l++) {
    const [source, kept] = [rowLength(l, layout.orders), rowLength(l, target.orders)].map((n) => n * channels) as [
      number,
      number,
    ];
    for (let row = 0; row < batch * (2 * l + 1); row++) {
      engine.kernels.copyScaled(Math.min(source, kept), 1, from, to);
      from += source * size;
      to += kept * size;
    }
  }
  return engine.record(out, "changeOrders", [X], (gradient) => [changeOrders(gradient, layout.orders)]);
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
