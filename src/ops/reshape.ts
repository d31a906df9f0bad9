// The same numbers, in row-major order, under another dense shape.

import { ShapeError } from "../errors.ts";
import { DENSE, product } from "../tensor/layout.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Whether it lies in memory row by row: also a spectrum of degree 0 alone does. */
const isRowMajor = ({ layout }: Tensor) =>
  layout.kind === "dense" || (layout.kind === "spectrum" && layout.bandwidth === 1);

/**
 * @param x dense, a signal `[batch, channel, β, α(, γ)]`, or a spectrum of degree 0 alone `[batch, channel, 1]`
 * @param shape of as many numbers
 * @returns dense
 * @throws ShapeError for a filter or a spectrum of more degrees, or another count
 */
export function reshape(x: Tensor, shape: readonly number[]): Tensor {
  const { engine } = x;
  const { kernels } = engine;
  if (x.layout.kind !== "signal" && !isRowMajor(x)) {
    throw new ShapeError(
      `reshape: expected a dense tensor, a signal, or a spectrum of degree 0 alone, got ${x.describe()}`,
    );
  }
  const count = product(x.shape);
  if (product(shape) !== count || !shape.every((n) => Number.isInteger(n) && n >= 0)) {
    throw new ShapeError(`reshape: [${shape.join(", ")}] is no shape of the ${count} numbers of ${x.describe()}`);
  }
  const y = engine.empty(DENSE, shape);
  const signals = x.layout.kind === "signal" ? x.shape[0]! * x.shape[1]! : 0;
  if (signals > 0) kernels.unpackSignals(signals, count / signals, x.pointer, y.pointer);
  else kernels.copyScaled(count, 1, x.pointer, y.pointer);
  return engine.record(y, "reshape", [x], (dy) => {
    const dx = engine.empty(x.layout, x.shape);
    if (signals > 0) kernels.packSignals(signals, count / signals, dy.pointer, dx.pointer);
    else kernels.copyScaled(count, 1, dy.pointer, dx.pointer);
    return [dx];
  });
}
