// softplus, log(1 + eˣ), a smooth rectifier. Its derivative is the logistic function.

import type { Tensor } from "../tensor/tensor.ts";

/**
 * log(1 + eˣ), number by number.
 * @param x any layout
 * @returns a tensor like x
 */
export function softplus(x: Tensor): Tensor {
  const { engine } = x;
  const y = engine.empty(x.layout, x.shape);
  engine.kernels.softplusForward(x.length, x.pointer, y.pointer);
  return engine.record(y, "softplus", [x], (dy) => {
    engine.kernels.softplusBackward(x.length, x.pointer, dy.pointer, dy.pointer);
    return [dy];
  });
}
