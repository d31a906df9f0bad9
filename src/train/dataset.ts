// What training and evaluation ask of a data set: signals with a class each, by number. SphericalMnist is one.

import { ValueError } from "../errors.ts";
import type { Engine } from "../tensor/engine.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Some signals with their classes. The arrays may be overwritten by the next batch. */
export interface LabelledBatch {
  /** Row-major. */
  readonly images: ArrayLike<number>;
  /** `[batch, channel, 2b, 2b]` or `[batch, channel, 2b, 2b, 2b]`. */
  readonly shape: readonly number[];
  /** The class of each signal, from 0. */
  readonly labels: ArrayLike<number>;
}

/** Labelled signals by number. `SphericalMnist` is one. */
export interface Dataset {
  /** How many signals there are. */
  readonly count: number;
  /** The signals of these numbers, in their order; the same signals whenever they are asked for. */
  batch(numbers: ArrayLike<number>): LabelledBatch;
}

/** Those `count` signals of a data set that begin with number `first`, numbered from 0. */
export function part(dataset: Dataset, first: number, count: number): Dataset {
  if (!Number.isInteger(first) || first < 0 || !Number.isInteger(count) || count < 1 || first + count > dataset.count) {
    throw new ValueError(`part: expected some of ${dataset.count} signals, got ${count} from number ${first} on`);
  }
  return { count, batch: (numbers) => dataset.batch(Array.from(numbers, (number) => first + number)) };
}

/** The batch's signals as a tensor. */
export function signalsOf(engine: Engine, batch: LabelledBatch): Tensor {
  return engine.signal(batch.images, batch.shape);
}

/** In how many rows of `logits [batch, class]` the label has the largest number; `see` gets each label and guess. */
export function countCorrect(
  logits: Tensor,
  labels: ArrayLike<number>,
  see?: (label: number, guess: number) => void,
): number {
  const [batch, classes] = logits.shape as [number, number];
  const values = logits.view();
  let correct = 0;
  for (let row = 0; row < batch; row++) {
    let guess = 0;
    for (let k = 1; k < classes; k++) if (values[row * classes + k]! > values[row * classes + guess]!) guess = k;
    if (guess === labels[row]) correct++;
    see?.(labels[row]!, guess);
  }
  return correct;
}
