// The training loop: batches in an order that seed and epoch fix, cross-entropy, one optimiser step per batch, a record
// per epoch, and a state from which the run goes on bit for bit wherever it stopped.
//
// Nothing is random but the order of the signals, and that depends on seed and epoch alone; so the state is the seed, the
// epoch, the position in it, the sums of the epoch's record, and the optimiser's state, beside the network's own.

import { ShapeError, ValueError } from "../errors.ts";
import type { Module } from "../nn/module.ts";
import { crossEntropy } from "../ops/losses.ts";
import { Adam } from "../optim/adam.ts";
import type { Optimizer, OptimizerState } from "../optim/optimizer.ts";
import { type Schedule, scheduleFactor } from "../optim/schedule.ts";
import { SGD } from "../optim/sgd.ts";
import { Random } from "../random.ts";
import { countCorrect, type Dataset, signalsOf } from "./dataset.ts";
import { pauses, type StopRequest } from "./pause.ts";

/** How to train; plain JSON, all of it stored in checkpoints. */
export interface TrainingOptions {
  readonly epochs: number;
  /** Signals per step; the last batch of an epoch has what is left. 32. */
  readonly batch?: number;
  /** "adam". */
  readonly optimizer?: "adam" | "sgd";
  /** Of the first epoch; 5e-3. */
  readonly learningRate?: number;
  /** SGD alone; 0. */
  readonly momentum?: number;
  /** 0. */
  readonly weightDecay?: number;
  /** What the learning rate does from epoch to epoch; null, the default, for nothing. */
  readonly schedule?: Schedule | null;
  /** Of the order of the signals; 0. */
  readonly seed?: number;
}

/** What one epoch gave, measured while the weights were moving. */
export interface EpochRecord {
  /** From 0. */
  readonly epoch: number;
  /** Mean cross-entropy over the epoch's signals. */
  readonly loss: number;
  /** Part of the signals that were classified correctly, before the step that used them. */
  readonly accuracy: number;
  readonly learningRate: number;
  /** Time spent in steps, data included. */
  readonly seconds: number;
  readonly signalsPerSecond: number;
}

/** Where training stands after a step. */
export interface StepRecord {
  readonly epoch: number;
  /** Signals of this epoch that are done, and all of them. */
  readonly done: number;
  readonly count: number;
  /** Mean cross-entropy of the step's batch. */
  readonly loss: number;
  /** Of the epoch so far. */
  readonly meanLoss: number;
  readonly accuracy: number;
  readonly signalsPerSecond: number;
}

/** The sums that an epoch's record is made of. */
interface EpochSums {
  loss: number;
  correct: number;
  done: number;
  seconds: number;
}

/** All that a run depends on beside the network and the data set. */
export interface TrainingState {
  readonly options: Required<TrainingOptions>;
  /** Signals in the data set. */
  readonly count: number;
  readonly epoch: number;
  readonly sums: Readonly<EpochSums>;
  readonly records: readonly EpochRecord[];
  readonly optimizer: OptimizerState;
}

/** What to do besides training, and when to stop. */
export interface RunOptions {
  /** Once its `aborted` is true, the run ends after the step at hand. */
  readonly stop?: StopRequest;
  /** Called after each step, and awaited: the place to write a checkpoint in the midst of an epoch. */
  readonly onStep?: (record: StepRecord) => unknown;
  /** Called after each epoch, and awaited: the place to evaluate and to write a checkpoint. */
  readonly onEpoch?: (record: EpochRecord) => void | Promise<void>;
}

const DEFAULTS = {
  batch: 32,
  optimizer: "adam",
  learningRate: 5e-3,
  momentum: 0,
  weightDecay: 0,
  schedule: null,
  seed: 0,
} as const;

/** Trains a classifier on a data set, step by step or in one go. */
export class Trainer {
  readonly options: Required<TrainingOptions>;
  readonly optimizer: Optimizer;
  #epoch = 0;
  #sums: EpochSums = { loss: 0, correct: 0, done: 0, seconds: 0 };
  #records: EpochRecord[] = [];
  /** The order of the signals in the epoch at hand, once it is needed. */
  #order: Uint32Array | null = null;

  /**
   * @param network classifies: its outputs are `[batch, class]`; it is put into training mode
   * @throws ShapeError for an empty data set; ValueError for options out of range
   */
  constructor(
    readonly network: Module,
    readonly dataset: Dataset,
    options: TrainingOptions,
  ) {
    this.options = { ...DEFAULTS, ...options };
    const { epochs, batch, optimizer, learningRate, momentum, weightDecay, schedule, seed } = this.options;
    if (!(dataset.count >= 1)) throw new ShapeError(`Trainer: expected at least one signal, got ${dataset.count}`);
    for (const [name, value] of Object.entries({ epochs, batch })) {
      if (!Number.isInteger(value) || value < 1) {
        throw new ValueError(`Trainer: ${name} must be a positive integer, got ${value}`);
      }
    }
    new Random(seed);
    if (schedule) scheduleFactor(schedule, 0);
    if (optimizer === "adam") this.optimizer = new Adam(network.parameters(), { learningRate, weightDecay });
    else if (optimizer === "sgd") {
      this.optimizer = new SGD(network.parameters(), { learningRate, momentum, weightDecay });
    } else throw new ValueError(`Trainer: optimizer must be "adam" or "sgd", got ${JSON.stringify(optimizer)}`);
  }

  /** Whether all epochs are done. */
  get finished(): boolean {
    return this.#epoch >= this.options.epochs;
  }

  /** The epochs that are done. */
  get records(): readonly EpochRecord[] {
    return this.#records;
  }

  /**
   * One step, on the next batch. The last step of an epoch adds to `records`.
   * @throws ValueError when all epochs are done, or if the loss is not finite. Whatever is thrown, neither weights nor
   * running statistics have changed, and no gradients are left
   */
  step(): StepRecord {
    if (this.finished) throw new ValueError(`Trainer: all ${this.options.epochs} epochs are done`);
    const began = performance.now();
    const { count } = this.dataset;
    const epoch = this.#epoch;
    const sums = this.#sums;
    this.#order ??= new Random(this.options.seed).fork("order").fork(epoch).permutation(count);
    const numbers = this.#order.subarray(sums.done, Math.min(count, sums.done + this.options.batch));
    // At the middle of the step's share of the epoch, so that no step of a linear schedule is for nothing.
    this.optimizer.learningRate = this.#learningRate(epoch + (sums.done + numbers.length / 2) / count);

    const { loss, correct } = this.#gradients(numbers);
    this.optimizer.step();
    this.optimizer.zeroGrad();

    sums.loss += loss * numbers.length;
    sums.correct += correct;
    sums.done += numbers.length;
    sums.seconds += (performance.now() - began) / 1000;
    const { done } = sums;
    const means = { accuracy: sums.correct / done, signalsPerSecond: done / sums.seconds };
    if (done === count) this.#endEpoch();
    return { epoch, done, count, loss, meanLoss: sums.loss / done, ...means };
  }

  /** Steps until all epochs are done or a stop is asked for; then `state()` has what it takes to go on. */
  async run({ stop, onStep, onEpoch }: RunOptions = {}): Promise<"finished" | "stopped"> {
    const pause = pauses();
    while (!this.finished) {
      if (stop?.aborted) return "stopped";
      const { done, count, ...rest } = this.step();
      await onStep?.({ done, count, ...rest });
      if (done === count) await onEpoch?.(this.#records.at(-1)!);
      await pause();
    }
    return "finished";
  }

  /**
   * Forward and backward; the gradients of this batch alone are left in the parameters. An error leaves none, and the
   * running statistics as they were.
   */
  #gradients(numbers: Uint32Array): { loss: number; correct: number } {
    const { network, dataset, optimizer } = this;
    const { engine } = network;
    const statistics = network.namedBuffers().map(([, { data }]) => ({ data, before: data.slice() }));
    if (!network.training) network.train();
    optimizer.zeroGrad();
    try {
      return engine.scope(() => {
        const batch = dataset.batch(numbers);
        const logits = network.forward(signalsOf(engine, batch));
        const loss = crossEntropy(logits, batch.labels);
        const value = loss.item();
        if (!Number.isFinite(value)) {
          throw new ValueError(
            `Trainer: the loss became ${value} in epoch ${this.#epoch} after ${this.#sums.done} signals; a lower ` +
              `learning rate than ${optimizer.learningRate} may help`,
          );
        }
        loss.backward();
        return { loss: value, correct: countCorrect(logits, batch.labels) };
      });
    } catch (error) {
      optimizer.zeroGrad();
      for (const { data, before } of statistics) (data as Float64Array).set(before as Float64Array);
      throw error;
    }
  }

  #learningRate(epoch: number): number {
    const { learningRate, schedule } = this.options;
    return schedule ? learningRate * scheduleFactor(schedule, epoch) : learningRate;
  }

  #endEpoch(): void {
    const { loss, correct, done, seconds } = this.#sums;
    this.#records.push({
      epoch: this.#epoch,
      loss: loss / done,
      accuracy: correct / done,
      learningRate: this.optimizer.learningRate,
      seconds,
      signalsPerSecond: done / seconds,
    });
    this.#epoch++;
    this.#sums = { loss: 0, correct: 0, done: 0, seconds: 0 };
    this.#order = null;
  }

  /** A copy of all that the rest of the run depends on, beside the network's own state and the data set. */
  state(): TrainingState {
    return {
      options: this.options,
      count: this.dataset.count,
      epoch: this.#epoch,
      sums: { ...this.#sums },
      records: [...this.#records],
      optimizer: this.optimizer.state(),
    };
  }

  /**
   * Goes on where `state()` was taken, the network having the weights of that moment. Only the number of epochs may
   * differ from then.
   * @throws ValueError, ShapeError if the state belongs to another run; nothing is changed then
   */
  loadState(state: TrainingState): void {
    const { epochs: _, ...mine } = this.options;
    const { epochs: __, ...theirs } = state.options;
    for (const name of Object.keys(mine) as (keyof typeof mine)[]) {
      const [here, there] = [JSON.stringify(mine[name]), JSON.stringify(theirs[name])];
      if (here !== there)
        throw new ValueError(`Trainer: the run to go on with had ${name} ${there}, this one has ${here}`);
    }
    if (state.count !== this.dataset.count) {
      throw new ValueError(
        `Trainer: the run to go on with had ${state.count} signals, this data set has ${this.dataset.count}`,
      );
    }
    const { epoch, sums } = state;
    const { done } = sums;
    if (!Number.isSafeInteger(epoch) || epoch < 0 || !Number.isSafeInteger(done) || done < 0 || done >= state.count) {
      throw new ValueError(`Trainer: expected an epoch and a position in it, got ${epoch} and ${done}`);
    }
    this.optimizer.loadState(state.optimizer);
    this.#epoch = epoch;
    this.#sums = { ...sums };
    this.#records = [...state.records];
    this.#order = null;
  }

  /** Gives the optimiser's memory back; the network stays. */
  dispose(): void {
    this.optimizer.dispose();
  }

  /** `dispose`, at the end of the block of a `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}
