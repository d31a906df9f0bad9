// Losses, each the mean over the batch: one number, from which `backward()` starts.

import { ShapeError, ValueError } from "../errors.ts";
import { DENSE, product } from "../tensor/layout.ts";
import { sameEngine } from "../tensor/same-engine.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { logSoftmax } from "./log-softmax.ts";

/**
 * Negative log-likelihood, −(1/batch) Σ logProbabilities[i][labels[i]].
 * @param logProbabilities dense `[batch, classes]`, as `logSoftmax` gives them
 * @param labels a class for each item, 0 ≤ label < classes
 * @returns dense `[]`
 * @throws ShapeError for another shape or count of labels; ValueError for a label that is no class
 */
export function nllLoss(logProbabilities: Tensor, labels: ArrayLike<number>): Tensor {
  const { engine, shape } = logProbabilities;
  const [batch, classes] = shape as [number, number];
  if (logProbabilities.layout.kind !== "dense" || shape.length !== 2 || batch < 1) {
    throw new ShapeError(`nllLoss: expected dense [batch, classes], got ${logProbabilities.describe()}`);
  }
  if (labels.length !== batch) throw new ShapeError(`nllLoss: expected ${batch} labels, got ${labels.length}`);
  for (let i = 0; i < batch; i++) {
    const label = labels[i]!;
    if (!(Number.isInteger(label) && label >= 0 && label < classes)) {
      throw new ValueError(`nllLoss: labels must be integers from 0 to ${classes - 1}, got ${label} for item ${i}`);
    }
  }
  const { kernels } = engine;
  const indices = engine.indices(labels);
  const loss = engine.empty(DENSE, []);
  loss.view()[0] = kernels.negativeLogLikelihood(batch, classes, logProbabilities.pointer, indices.pointer);
  engine.record(loss, "nllLoss", [logProbabilities], (dLoss) => {
    const gradient = engine.empty(DENSE, shape);
    kernels.negativeLogLikelihoodBackward(batch, classes, indices.pointer, dLoss.item(), gradient.pointer);
    return [gradient];
  });
  if (!loss.node) indices.dispose();
  return loss;
}

/**
 * Cross-entropy of the softmax of `logits` and the labels: `nllLoss(logSoftmax(logits), labels)`.
 * @param logits dense `[batch, classes]`
 * @param labels a class for each item, 0 ≤ label < classes
 * @returns dense `[]`
 * @throws as `nllLoss`
 */
export function crossEntropy(logits: Tensor, labels: ArrayLike<number>): Tensor {
  return nllLoss(logSoftmax(logits), labels);
}

/**
 * Mean squared error, (1/n) Σ (x − target)².
 * @param x dense, n numbers
 * @param target dense, of the same shape
 * @returns dense `[]`
 * @throws ShapeError unless both are dense and of one shape; ValueError unless they have one engine
 */
export function mseLoss(x: Tensor, target: Tensor): Tensor {
  if (x.layout.kind !== "dense" || x.describe() !== target.describe()) {
    const got = `${x.describe()} and ${target.describe()}`;
    throw new ShapeError(`mseLoss: expected two dense tensors of one shape, got ${got}; reshape() makes signals dense`);
  }
  const engine = sameEngine("mseLoss", x, target);
  const { kernels } = engine;
  const count = product(x.shape);
  const loss = engine.empty(DENSE, []);
  loss.view()[0] = kernels.meanSquaredError(count, x.pointer, target.pointer);
  return engine.record(loss, "mseLoss", [x, target], (dLoss) =>
    [x, target].map((input, i) => {
      if (!input.requiresGrad) return null;
      const gradient = engine.empty(DENSE, x.shape);
      const factor = i === 0 ? dLoss.item() : -dLoss.item();
      kernels.meanSquaredErrorBackward(count, x.pointer, target.pointer, factor, gradient.pointer);
      return gradient;
    }),
  );
}
