// Power per degree, P_l = Σ_mn |X^l_mn|². The real basis is unitary, so it is a plain sum of squares; a rotation is unitary
// in each degree, so it leaves the power as it is.

import { ShapeError } from "../errors.ts";
import { coefficientCount, DENSE, degreeSize } from "../tensor/layout.ts";
import type { Tensor } from "../tensor/tensor.ts";

/**
 * The power of each degree; invariant under rotation.
 * @param X spectrum `[batch, channel, coefficient]` on S² or SO(3)
 * @returns dense `[batch, channel, bandwidth]`
 * @throws ShapeError unless X is a spectrum
 */
export function powerPerDegree(X: Tensor): Tensor {
  const { engine, layout } = X;
  if (layout.kind !== "spectrum") throw new ShapeError(`powerPerDegree: expected a spectrum, got ${X.describe()}`);
  const { domain, bandwidth, orders: few } = layout;
  const { kernels, bytesPerNumber: size } = engine;
  const [batch, channels] = X.shape as [number, number];

  /** Calls `visit` for every item's degree: its rows of `channels` numbers, their offset, its place in the result. */
  const forDegrees = (visit: (rows: number, offset: number, place: number) => void) => {
    for (let l = 0; l < bandwidth; l++) {
      const orders = degreeSize(domain, l, few);
      for (let item = 0; item < batch; item++) {
        const offset = (coefficientCount(domain, l, few) * batch + orders * item) * channels * size;
        visit(orders, offset, item * channels * bandwidth + l);
      }
    }
  };

  const power = engine.empty(DENSE, [batch, channels, bandwidth]);
  const sums = engine.scratch(8 * channels);
  const values = power.view();
  const sumsOfSquares = new Float64Array(engine.memory.wasm.buffer, sums, channels);
  forDegrees((rows, offset, place) => {
    kernels.columnDots(rows, channels, X.pointer + offset, X.pointer + offset, sums);
    sumsOfSquares.forEach((sum, channel) => {
      values[place + channel * bandwidth] = sum;
    });
  });

  return engine.record(power, "powerPerDegree", [X], (gradient) => {
    const dX = engine.empty(layout, X.shape);
    const scale = engine.scratch(2 * channels * size);
    const shift = scale + channels * size;
    const dPower = gradient.view();
    const scales = engine.view(scale, channels);
    engine.view(shift, channels).fill(0);
    forDegrees((rows, offset, place) => {
      for (let channel = 0; channel < channels; channel++) scales[channel] = 2 * dPower[place + channel * bandwidth]!;
      kernels.columnAffine(rows, channels, X.pointer + offset, scale, shift, dX.pointer + offset);
    });
    return [dX];
  });
}
