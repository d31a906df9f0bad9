// Sum and mean of all numbers of a tensor, added up in f64.

import { DENSE, gridPoints, product } from "../tensor/layout.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { scale } from "./arithmetic.ts";

/**
 * Σ x over all numbers; of a spectrum, those in the real basis.
 * @returns dense `[]`, one number
 */
export function sum(x: Tensor): Tensor {
  const { engine, layout } = x;
  const { kernels } = engine;
  const total = engine.empty(DENSE, []);
  if (layout.kind === "signal") {
    // As one channel: what pads the last group of signals stays out.
    const out = engine.scratch(8);
    const signals = x.shape[0]! * x.shape[1]!;
    kernels.channelSums(signals, 1, gridPoints(layout.domain, layout.bandwidth), x.pointer, out);
    total.view()[0] = new Float64Array(engine.memory.wasm.buffer, out, 1)[0]!;
  } else {
    total.view()[0] = kernels.sum(x.length, x.pointer);
  }
  return engine.record(total, "sum", [x], (dTotal) => {
    const dx = engine.empty(x.layout, x.shape);
    kernels.fill(dx.length, dTotal.item(), dx.pointer);
    return [dx];
  });
}

/** The mean over all numbers: dense `[]`. On a grid it is not the integral, which weighs the points. */
export function mean(x: Tensor): Tensor {
  return scale(sum(x), 1 / product(x.shape));
}
