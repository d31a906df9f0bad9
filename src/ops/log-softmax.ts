// log softmax over the last axis: x − log Σ eˣ, the row's maximum taken out first.

import { ShapeError } from "../errors.ts";
import { DENSE, product } from "../tensor/layout.ts";
import type { Tensor } from "../tensor/tensor.ts";

/**
 * @param x dense `[…, classes]`
 * @returns dense, like x
 * @throws ShapeError unless x is dense and has classes
 */
export function logSoftmax(x: Tensor): Tensor {
  const classes = x.shape.at(-1) ?? 0;
  if (x.layout.kind !== "dense" || classes < 1) {
    throw new ShapeError(`logSoftmax: expected a dense tensor […, classes], got ${x.describe()}`);
  }
  const { engine } = x;
  const { kernels } = engine;
  const rows = product(x.shape) / classes;
  const y = engine.empty(DENSE, x.shape);
  kernels.logSoftmaxForward(rows, classes, x.pointer, y.pointer);
  return engine.record(y, "logSoftmax", [x], (dy) => {
    kernels.logSoftmaxBackward(rows, classes, y.pointer, dy.pointer, dy.pointer);
    return [dy];
  });
}
