// The affine map y = x Wᵀ + b on the last axis, with PyTorch's layout of W.

import { ShapeError } from "../errors.ts";
import { DENSE, product } from "../tensor/layout.ts";
import { sameEngine } from "../tensor/same-engine.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { gemm } from "./gemm.ts";

/**
 * @param x dense `[…, in]`
 * @param weight dense `[out, in]`
 * @param bias dense `[out]`
 * @returns dense `[…, out]`
 * @throws ShapeError if the features disagree; ValueError unless they have one engine
 */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  const [outputs, inputs] = weight.shape as [number, number];
  if (x.layout.kind !== "dense" || x.shape.at(-1) !== inputs || weight.shape.length !== 2) {
    throw new ShapeError(
      `linear: expected x […, in] and weight [out, in], got ${x.describe()} and ${weight.describe()}`,
    );
  }
  if (bias && product(bias.shape) !== outputs) {
    throw new ShapeError(`linear: expected one bias for each of ${outputs} outputs, got ${bias.describe()}`);
  }
  const engine = sameEngine("linear", x, weight, bias);
  const { kernels } = engine;
  const rows = product(x.shape) / inputs;
  const y = engine.empty(DENSE, [...x.shape.slice(0, -1), outputs]);
  gemm(engine, [false, true], [rows, outputs, inputs], 1, x.pointer, weight.pointer, y.pointer);
  if (bias) kernels.addRowVector(rows, outputs, y.pointer, bias.pointer);

  return engine.record(y, "linear", bias ? [x, weight, bias] : [x, weight], (dy) => {
    const gradients: (Tensor | null)[] = [null, null];
    if (x.requiresGrad) {
      const dx = engine.empty(DENSE, x.shape);
      gemm(engine, [false, false], [rows, inputs, outputs], 1, dy.pointer, weight.pointer, dx.pointer);
      gradients[0] = dx;
    }
    if (weight.requiresGrad) {
      const dWeight = engine.empty(DENSE, weight.shape);
      gemm(engine, [true, false], [outputs, inputs, rows], 1, dy.pointer, x.pointer, dWeight.pointer);
      gradients[1] = dWeight;
    }
    if (bias) {
      const dBias = engine.empty(DENSE, bias.shape);
      kernels.columnSums(rows, outputs, dy.pointer, dBias.pointer);
      gradients.push(dBias);
    }
    return gradients;
  });
}
