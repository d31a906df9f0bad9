// What a record of kind "mnist" holds (records.ts): the settings of a training run on spherical MNIST, a row for each epoch,
// and, last, the result on the test digits.

import { PROTOCOLS, type Protocol } from "../data/projection.ts";
import { FormatError } from "../errors.ts";
import { type Schedule, scheduleFactor } from "../optim/schedule.ts";
import type { Build } from "../wasm/load.ts";
import { type Fields, fieldsOf } from "./records.ts";

/** How digits stand: "nr" upright, "r" rotated uniformly at random. */
export type Pose = "nr" | "r";

export const POSES: readonly Pose[] = ["nr", "r"];

/** All that a run depends on, beside the version of this package. Plain JSON. */
export interface MnistSettings {
  /** The network's name in src/models, and the numbers that are trained. */
  readonly network: string;
  readonly parameters: number;
  readonly train: Pose;
  /** What is tested, and validated after every epoch where digits are held out. */
  readonly test: readonly Pose[];
  readonly protocol: Protocol;
  /** Of the weights, the order of the digits, and the rotations of those that are not for testing. */
  readonly seed: number;
  /** Of the test digits' rotations. */
  readonly testSeed: number;
  /** Digits that are trained on: the first ones. */
  readonly digits: number;
  /** The last so many training digits, which are never trained on: they validate. */
  readonly holdout: number;
  readonly testDigits: number;
  /** A digest of the data set's files, unpacked. */
  readonly data: string;
  readonly epochs: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly schedule: Schedule | null;
  /** Of the kernels: with relaxed SIMD the last bits are the machine's. */
  readonly build: Build;
}

/** A part of the digits in one pose, classified. */
export interface PoseAccuracy {
  readonly pose: Pose;
  readonly accuracy: number;
  readonly loss: number;
}

export interface EpochRow {
  readonly row: "epoch";
  /** From 1. */
  readonly epoch: number;
  /** Mean cross-entropy and accuracy over the epoch, while the weights were moving. */
  readonly loss: number;
  readonly accuracy: number;
  /** On the digits held out; empty where there are none. */
  readonly validation: readonly PoseAccuracy[];
  readonly learningRate: number;
  /** Time spent in steps. */
  readonly seconds: number;
  readonly digitsPerSecond: number;
}

export interface TestResult extends PoseAccuracy {
  readonly count: number;
  /** `confusion[label][guess]`. */
  readonly confusion: readonly (readonly number[])[];
}

export interface ResultRow {
  readonly row: "result";
  readonly tests: readonly TestResult[];
  /** Time spent in training steps, all epochs together. */
  readonly seconds: number;
}

/** The row without its times: what must be equal between equal runs. */
export function withoutTimes({ row, epoch, loss, accuracy, validation, learningRate }: EpochRow) {
  return { row, epoch, loss, accuracy, validation, learningRate };
}

/** @throws FormatError, with file and line, if they are not the settings of such a run */
export function mnistSettings(fields: Fields): MnistSettings {
  return {
    network: fields.text("network"),
    parameters: fields.whole("parameters", 1),
    train: fields.choice("train", POSES),
    test: fields.choices("test", POSES),
    protocol: fields.choice("protocol", Object.keys(PROTOCOLS) as Protocol[]),
    seed: fields.whole("seed"),
    testSeed: fields.whole("testSeed"),
    digits: fields.whole("digits", 1),
    holdout: fields.whole("holdout"),
    testDigits: fields.whole("testDigits", 1),
    data: fields.text("data"),
    epochs: fields.whole("epochs", 1),
    batch: fields.whole("batch", 1),
    learningRate: fields.number("learningRate", 0),
    weightDecay: fields.number("weightDecay", 0),
    schedule: fields.value("schedule") === null ? null : schedule(fields.object("schedule")),
    build: fields.choice("build", ["plain", "relaxed"]),
  };
}

/** @throws FormatError, with file and line, if it is no row of an epoch */
export function epochRow(fields: Fields): EpochRow {
  return {
    row: "epoch",
    epoch: fields.whole("epoch", 1),
    loss: fields.number("loss"),
    accuracy: fields.number("accuracy", 0, 1),
    validation: fields.objects("validation").map(poseAccuracy),
    learningRate: fields.number("learningRate"),
    seconds: fields.number("seconds", 0),
    digitsPerSecond: fields.number("digitsPerSecond", 0),
  };
}

/** @throws FormatError, with file and line, if it is no row of a result */
export function resultRow(fields: Fields): ResultRow {
  return {
    row: "result",
    tests: fields.objects("tests").map((test) => ({
      ...poseAccuracy(test),
      count: test.whole("count", 1),
      confusion: confusion(test),
    })),
    seconds: fields.number("seconds", 0),
  };
}

function poseAccuracy(fields: Fields): PoseAccuracy {
  return { pose: fields.choice("pose", POSES), accuracy: fields.number("accuracy", 0, 1), loss: fields.number("loss") };
}

/** @throws FormatError for what `scheduleFactor` does not know */
function schedule(fields: Fields): Schedule {
  const schedule = fields.all() as unknown as Schedule;
  try {
    scheduleFactor(schedule, 0);
    return schedule;
  } catch (error) {
    throw new FormatError(`${fields.where}: ${(error as Error).message}`);
  }
}

/** A square matrix of counts. */
function confusion(fields: Fields): number[][] {
  const rows = fields.list("confusion");
  return rows.map((row, label) => {
    const counts = fieldsOf({ counts: row }, `${fields.where}: confusion[${label}]`).list("counts");
    const strange = counts.find((count) => !Number.isSafeInteger(count) || (count as number) < 0);
    if (counts.length !== rows.length || strange !== undefined) {
      throw new FormatError(`${fields.where}: expected confusion[${label}] to be ${rows.length} whole numbers`);
    }
    return counts as number[];
  });
}
