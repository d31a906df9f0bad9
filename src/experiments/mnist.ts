// A training run on spherical MNIST, from fresh weights to the accuracy on the test digits, which can stop after any step
// and goes on bit for bit from what it left.
//
// Nothing is random but weights, rotations and the order of the digits, all of which depend on seeds alone (trainer.ts,
// spherical-mnist.ts). An epoch's row is complete only with its validation: a run that stops between the two validates when
// it goes on, and the weights are then still those of the epoch's end.
//
// Source: Cohen et al. 2018, section 5.2: train and test each upright ("nr") or rotated ("r").

import type { Digits } from "../data/digits.ts";
import { SphericalMnist } from "../data/spherical-mnist.ts";
import { FormatError, ShapeError } from "../errors.ts";
import { readWeights } from "../formats/weights.ts";
import { buildNetwork } from "../models/networks.ts";
import type { Module } from "../nn/module.ts";
import type { Engine } from "../tensor/engine.ts";
import { type CheckpointInfo, checkpointInfo, loadCheckpoint, saveCheckpoint } from "../train/checkpoint.ts";
import { type Dataset, part } from "../train/dataset.ts";
import { type Evaluation, evaluate } from "../train/evaluate.ts";
import { pauses, type StopRequest } from "../train/pause.ts";
import { type StepRecord, Trainer } from "../train/trainer.ts";
import {
  type EpochRow,
  epochRow,
  type MnistSettings,
  type Pose,
  type ResultRow,
  type TestResult,
  withoutTimes,
} from "./mnist-record.ts";
import { checkSameSettings, fieldsOf, type RunHeader, runHeader } from "./records.ts";

/** What a run is doing. */
export type Activity = "projecting" | "training" | "validating" | "testing";

/** Where it stands in that. */
export interface RunProgress {
  readonly activity: Activity;
  /** Digits done, and all of the activity; of training, in the epoch. */
  readonly done: number;
  readonly count: number;
  /** Of training: the step, and seconds to the end of all epochs at the speed so far. */
  readonly step?: StepRecord;
  readonly secondsLeft?: number;
}

export interface MnistRunOptions {
  /** Once its `aborted` is true, the run ends after the step or batch at hand. */
  readonly stop?: StopRequest;
  readonly onProgress?: (progress: RunProgress) => void;
  /** Called after each epoch that is done and validated, then `save`. */
  readonly onEpoch?: (row: EpochRow) => void;
  /** Writes `checkpoint()` and the rows: called at the beginning, at intervals, after each epoch, and on a stop. */
  readonly save?: () => Promise<void>;
  /** Seconds between two calls of `save` in the midst of an epoch; 60. */
  readonly saveEvery?: number;
}

/** A checkpoint that a run wrote. */
export interface SavedRun {
  readonly bytes: Uint8Array;
  /** The file's name, for messages. */
  readonly where: string;
}

export class MnistRun {
  readonly network: Module;
  readonly #trainer: Trainer;
  readonly #settings: MnistSettings;
  /** All digits that are not for testing, by pose. */
  readonly #digits = new Map<Pose, SphericalMnist>();
  readonly #test: Digits;
  readonly #epochs: EpochRow[] = [];
  #result: ResultRow | null = null;

  /**
   * @param digits all training digits, trained on or held out, and the test digits
   * @param saved a checkpoint to go on from, of a run with the same settings
   * @throws ShapeError if there are fewer digits than the settings say; ValueError if the checkpoint belongs to a run with
   * other settings, FormatError if it is damaged
   */
  constructor(
    engine: Engine,
    settings: MnistSettings,
    digits: { readonly train: Digits; readonly test: Digits },
    saved: SavedRun | null = null,
  ) {
    const { network, seed, train, test, protocol, epochs, batch, learningRate, weightDecay, schedule } = settings;
    if (settings.digits < 1 || settings.digits + settings.holdout > digits.train.count) {
      const asked = `${settings.digits} to train on and ${settings.holdout} held out`;
      throw new ShapeError(`MnistRun: expected ${asked}, got ${digits.train.count} training digits`);
    }
    if (saved) checkSameSettings(settings, savedHeader(saved), saved.where);
    this.#settings = settings;
    this.#test = digits.test;
    for (const pose of new Set([train, ...(settings.holdout > 0 ? test : [])])) {
      const rotated = pose === "r";
      this.#digits.set(pose, new SphericalMnist({ ...digits.train, rotated, protocol, seed, cache: true }));
    }
    const before = saved && loadCheckpoint(engine, saved.bytes, { where: saved.where });
    this.network = before?.network ?? buildNetwork(network, engine, { seed });
    const options = { epochs, batch, learningRate, weightDecay, schedule, seed };
    this.#trainer = new Trainer(this.network, part(this.#digits.get(train)!, 0, settings.digits), options);
    if (before) this.#goOn(before.info, saved!.where);
  }

  #goOn({ resume, training }: CheckpointInfo, where: string): void {
    if (!resume) throw new FormatError(`${where}: expected a checkpoint with the state of a run`);
    this.#trainer.loadState(resume);
    this.#epochs.push(...trainingRecord(training, where).objects("rows").map(epochRow));
    const [done, validated] = [resume.records.length, this.#epochs.length];
    if (resume.epoch !== done || done - validated > 1 || validated > done) {
      throw new FormatError(`${where}: expected as many rows as epochs, ${resume.epoch}, got ${done} and ${validated}`);
    }
  }

  /** The record's rows so far: the epochs, and the result once there is one. */
  get rows(): readonly (EpochRow | ResultRow)[] {
    return this.#result ? [...this.#epochs, this.#result] : this.#epochs;
  }

  /** Where the run stands: epochs that are done, and digits of the next. */
  get position(): { readonly epoch: number; readonly done: number } {
    const { epoch, sums } = this.#trainer.state();
    return { epoch, done: sums.done };
  }

  /** Trains, validates and tests until all is done or a stop is asked for. */
  async run(options: MnistRunOptions = {}): Promise<"finished" | "stopped"> {
    const { stop, onProgress, save = async () => undefined, saveEvery = 60 } = options;
    await save();
    if (!(await this.#project(options))) return "stopped";
    let saved = performance.now();
    const left = timeLeft(this.#settings);
    const completeEpoch = async () => {
      if (!(await this.#validate(options))) return;
      options.onEpoch?.(this.#epochs.at(-1)!);
      await save();
      saved = performance.now();
    };
    if (this.#trainer.records.length > this.#epochs.length) await completeEpoch();
    await this.#trainer.run({
      ...(stop && { stop }),
      onStep: async (step) => {
        onProgress?.({ activity: "training", done: step.done, count: step.count, step, secondsLeft: left(step) });
        if (performance.now() - saved < 1000 * saveEvery) return;
        await save();
        saved = performance.now();
      },
      onEpoch: completeEpoch,
    });
    const trained = this.#epochs.length === this.#settings.epochs;
    if (trained && (await this.#testAll(options))) return "finished";
    await save();
    return "stopped";
  }

  /** The bytes of all that it takes to go on. */
  checkpoint(header: RunHeader): Uint8Array {
    const { network, seed } = this.#settings;
    const training = { header, rows: this.#epochs };
    return saveCheckpoint(this.network, { network, seed, training, resume: this.#trainer.state() });
  }

  /** The bytes of the trained network: the same in equal runs, so without times. */
  weights(): Uint8Array {
    const { network, seed, ...settings } = this.#settings;
    const records = this.#epochs.map((row) => ({ ...withoutTimes(row), epoch: row.epoch - 1 }));
    return saveCheckpoint(this.network, { network, seed, training: { ...settings, records } });
  }

  /** Puts the digits that are needed on the sphere, in their order, in which they share rotations. */
  async #project({ stop, onProgress }: MnistRunOptions): Promise<boolean> {
    const { train, digits, holdout } = this.#settings;
    const pause = pauses();
    for (const [pose, dataset] of this.#digits) {
      const first = pose === train ? 0 : dataset.count - holdout;
      const numbers = Array.from({ length: dataset.count - first }, (_, i) => first + i).filter(
        (number) => number < digits || number >= dataset.count - holdout,
      );
      const room = dataset.digit(numbers[0]!);
      for (const [i, number] of numbers.entries()) {
        if (stop?.aborted) return false;
        dataset.digit(number, room);
        if (i % 100 === 99) onProgress?.({ activity: "projecting", done: i + 1, count: numbers.length });
        await pause();
      }
    }
    return true;
  }

  /** Completes the row of the epoch that has just ended. @returns whether it was not stopped in doing so */
  async #validate(options: MnistRunOptions): Promise<boolean> {
    const { holdout, test } = this.#settings;
    const validation = [];
    for (const pose of holdout > 0 ? test : []) {
      const all = this.#digits.get(pose)!;
      const result = await this.#evaluate("validating", part(all, all.count - holdout, holdout), options);
      if (!result) return false;
      validation.push({ pose, accuracy: result.accuracy, loss: result.loss });
    }
    const { epoch, loss, accuracy, learningRate, seconds, signalsPerSecond } = this.#trainer.records.at(-1)!;
    const measured = { epoch: epoch + 1, loss, accuracy, validation, learningRate };
    this.#epochs.push({ row: "epoch", ...measured, seconds, digitsPerSecond: signalsPerSecond });
    return true;
  }

  async #testAll(options: MnistRunOptions): Promise<boolean> {
    const { test, protocol, testSeed: seed } = this.#settings;
    const tests: TestResult[] = [];
    for (const pose of test) {
      const digits = new SphericalMnist({ ...this.#test, rotated: pose === "r", protocol, seed });
      const result = await this.#evaluate("testing", digits, options);
      if (!result) return false;
      tests.push({ pose, ...result });
    }
    const seconds = this.#trainer.records.reduce((sum, record) => sum + record.seconds, 0);
    this.#result = { row: "result", tests, seconds };
    return true;
  }

  /** @returns null if it was stopped */
  async #evaluate(
    activity: Activity,
    dataset: Dataset,
    { stop, onProgress }: MnistRunOptions,
  ): Promise<Evaluation | null> {
    try {
      return await evaluate(this.network, dataset, {
        ...(stop && { stop }),
        onProgress: (done, count) => onProgress?.({ activity, done, count }),
      });
    } catch (error) {
      if (stop?.aborted) return null;
      throw error;
    }
  }
}

/** Seconds to the end of training, from what has passed since the first step that it sees; NaN at that step. */
function timeLeft({ epochs }: MnistSettings): (step: StepRecord) => number {
  let first: { readonly at: number; readonly done: number } | null = null;
  return ({ epoch, done, count }) => {
    const [now, all] = [performance.now(), epoch * count + done];
    first ??= { at: now, done: all };
    return (((now - first.at) / (all - first.done)) * (epochs * count - all)) / 1000;
  };
}

const trainingRecord = (training: unknown, where: string) => fieldsOf(training, `${where}: metadata training`);

/** The header of the record that a checkpoint belongs to. @throws FormatError if it is no checkpoint of a run */
export function savedHeader({ bytes, where }: SavedRun): RunHeader {
  const { training } = checkpointInfo(readWeights(bytes, where), { where });
  return runHeader(trainingRecord(training, where).object("header"));
}
