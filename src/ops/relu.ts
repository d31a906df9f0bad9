// The rectifier max(x, 0), number by number. Its derivative at 0 is taken as 0.

import type { Tensor } from "../tensor/tensor.ts";

/**
 * max(x, 0). On signals it is not band-limited: a rotated input gives the rotated output up to aliasing.
 * @param x any layout
 * @returns a tensor like x
 */
export function relu(x: Tensor): Tensor {
  const { engine } = x;
  const y = engine.empty(x.layout, x.shape);
  engine.kernels.reluForward(x.length, x.pointer, y.pointer);
  return engine.record(y, "relu", [x], (dy) => {
    engine.kernels.reluBackward(y.length, y.pointer, dy.pointer, dy.pointer);
    return [dy];
  });
}
