// The maximum of signals over the points of the grid of SO(3): invariant under the rotations that the grid has.

import { ShapeError } from "../errors.ts";
import { DENSE, gridPoints } from "../tensor/layout.ts";
import type { Tensor } from "../tensor/tensor.ts";

/**
 * The largest value of each signal; the gradient goes to the first point that has it.
 * @param x signal `[batch, channel, 2b, 2b, 2b]`
 * @returns dense `[batch, channel]`
 * @throws ShapeError unless x is a signal on SO(3)
 */
export function so3Max(x: Tensor): Tensor {
  if (x.layout.kind !== "signal" || x.layout.domain !== "so3") {
    throw new ShapeError(`so3Max: expected a signal on so3, got ${x.describe()}`);
  }
  const { engine } = x;
  const { kernels } = engine;
  const [batch, channels] = x.shape as [number, number];
  const points = gridPoints("so3", x.layout.bandwidth);
  const y = engine.empty(DENSE, [batch, channels]);
  const argmax = engine.empty(DENSE, [batch * channels]); // of the kernel's 32-bit integers
  kernels.signalMax(batch * channels, points, x.pointer, y.pointer, argmax.pointer);
  engine.record(y, "so3Max", [x], (dy) => {
    const dx = engine.empty(x.layout, x.shape);
    kernels.signalMaxBackward(batch * channels, points, argmax.pointer, dy.pointer, dx.pointer);
    return [dx];
  });
  if (!y.node) argmax.dispose();
  return y;
}
