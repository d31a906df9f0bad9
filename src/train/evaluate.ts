// A trained network at work: logits for any number of signals, and how many of a data set it gets right.

import { CompilationError, MemoryExhaustedError, ShapeError, ValueError } from "../errors.ts";
import { evaluating } from "../nn/evaluating.ts";
import type { Module } from "../nn/module.ts";
import { compile, type Plan } from "../nn/plan.ts";
import { crossEntropy } from "../ops/losses.ts";
import type { Engine } from "../tensor/engine.ts";
import { DENSE, product } from "../tensor/layout.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { TypedArray } from "../tensor-data.ts";
import { countCorrect, type Dataset, type LabelledBatch, signalsOf } from "./dataset.ts";
import { pauses, type StopRequest } from "./pause.ts";

/** From so many batches on a plan is worth compiling, which takes as long as two of them and saves a few per cent of each. */
const WORTH_A_PLAN = 64;

/** How to go through the signals. */
export interface EvaluationOptions {
  /** Signals at a time; more take more memory. 32. */
  readonly batch?: number;
  /** Called after each batch with the number of signals done, and of all. */
  readonly onProgress?: (done: number, count: number) => void;
  /** Once its `aborted` is true, the work ends after the batch at hand with a ValueError. */
  readonly stop?: StopRequest;
}

/** What `evaluate` found. */
export interface Evaluation {
  /** Part of the signals whose class has the largest logit, from 0 to 1. */
  readonly accuracy: number;
  /** Mean cross-entropy. */
  readonly loss: number;
  readonly count: number;
  /** `confusion[label][guess]`: so many signals of class `label` were taken for `guess`. */
  readonly confusion: readonly (readonly number[])[];
}

/**
 * How well a network classifies a data set, in evaluation mode.
 * @throws ShapeError for an empty data set or signals that the network does not take; ValueError for a batch size that is
 * not a positive integer, labels beyond the network's classes, or a stop
 */
export async function evaluate(
  network: Module,
  dataset: Dataset,
  options: EvaluationOptions = {},
): Promise<Evaluation> {
  const confusion: number[][] = [];
  let correct = 0;
  let loss = 0;
  await forwardAll("evaluate", network, dataset, options, (logits, { labels }) => {
    const [batch, classes] = logits.shape as [number, number];
    while (confusion.length < classes) confusion.push(new Array<number>(classes).fill(0));
    loss += crossEntropy(logits, labels).item() * batch;
    correct += countCorrect(logits, labels, (label, guess) => confusion[label]![guess]!++);
  });
  const { count } = dataset;
  return { accuracy: correct / count, loss: loss / count, count, confusion };
}

/**
 * The outputs of a network for any number of signals, in evaluation mode.
 * @param images row-major numbers of `shape`
 * @param shape `[batch, channel, 2b, 2b]` or `[batch, channel, 2b, 2b, 2b]`
 * @returns `[batch, …]` row-major, as the network's last module gives it
 * @throws ShapeError for shapes that the network does not take; ValueError if a number is NaN or infinite, in the images
 * or, because they or the weights are too large for the dtype, in the outputs
 */
export async function predict(
  network: Module,
  images: Exclude<TypedArray, BigInt64Array | BigUint64Array>,
  shape: readonly number[],
  options: EvaluationOptions = {},
): Promise<Float32Array | Float64Array> {
  if (!ArrayBuffer.isView(images) || typeof (images as TypedArray)[0] === "bigint") {
    const given = Object.prototype.toString.call(images).slice(8, -1);
    throw new ValueError(`predict: expected numbers in a typed array such as Float32Array.from(numbers), got ${given}`);
  }
  if (images.length !== product(shape)) {
    throw new ShapeError(`predict: shape [${shape.join(", ")}] holds ${product(shape)} numbers, got ${images.length}`);
  }
  const [count, ...sides] = shape as [number, ...number[]];
  const size = product(sides);
  const signals = {
    count,
    batch: (numbers: ArrayLike<number>): LabelledBatch => {
      const part = images.subarray(numbers[0]! * size, (numbers[0]! + numbers.length) * size);
      return { images: part, shape: [numbers.length, ...sides], labels: [] };
    },
  };
  const parts: (Float32Array | Float64Array)[] = [];
  await forwardAll("predict", network, signals, options, (output) => parts.push(output.toArray()));
  const all = network.engine.dtype === "f32" ? Float32Array : Float64Array;
  const outputs = new all(parts.reduce((length, part) => length + part.length, 0));
  parts.reduce((at, part) => {
    outputs.set(part, at);
    return at + part.length;
  }, 0);
  const bad = outputs.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    const signal = Math.floor((bad * count) / outputs.length);
    throw new ValueError(
      `predict: the result is not finite (${outputs[bad]} for signal ${signal}): the numbers of the signal or the ` +
        `weights are too large for ${network.engine.dtype}`,
    );
  }
  return outputs;
}

/** Runs the network over all signals in order; `use` gets each batch's output, which is released afterwards. */
async function forwardAll(
  where: string,
  network: Module,
  dataset: Dataset,
  { batch = 32, onProgress, stop }: EvaluationOptions,
  use: (output: Tensor, batch: LabelledBatch) => void,
): Promise<void> {
  const { count } = dataset;
  if (!(count >= 1)) throw new ShapeError(`${where}: expected at least one signal, got ${count}`);
  if (!Number.isInteger(batch) || batch < 1) {
    throw new ValueError(`${where}: the batch size must be a positive integer, got ${batch}`);
  }
  const { engine } = network;
  const pause = pauses();
  let plan: Plan | null = null;
  try {
    for (let first = 0; first < count; first += batch) {
      if (stop?.aborted) throw new ValueError(`${where}: stopped after ${first} of ${count} signals`);
      const numbers = Array.from({ length: Math.min(batch, count - first) }, (_, i) => first + i);
      const signals = dataset.batch(numbers);
      if (first === 0 && count >= WORTH_A_PLAN * batch) plan = planFor(network, signals.shape);
      const planned = plan && numbers.length === batch ? plan.run(signals.images) : null;
      engine.scope(() =>
        engine.noGrad(() => {
          if (planned) use(tensorOf(engine, planned, plan!.outputShape), signals);
          else use(forward(network, signals), signals);
        }),
      );
      onProgress?.(first + numbers.length, count);
      await pause();
    }
  } finally {
    plan?.dispose();
  }
}

function forward(network: Module, signals: LabelledBatch): Tensor {
  const input = signalsOf(network.engine, signals);
  return evaluating(network, () => network.forward(input));
}

/** A plan, if the network can have one; the results are the same without. */
function planFor(network: Module, shape: readonly number[]): Plan | null {
  try {
    return compile(network, shape);
  } catch (error) {
    if (error instanceof CompilationError || error instanceof MemoryExhaustedError) return null;
    throw error;
  }
}

/** Results as they are, be they finite or not. */
function tensorOf(engine: Engine, numbers: ArrayLike<number>, shape: readonly number[]): Tensor {
  const tensor = engine.empty(DENSE, shape);
  tensor.view().set(numbers);
  return tensor;
}
