// From the options of `experiment mnist` to all that the run depends on, and back to the command that runs it again.

import { createHash } from "node:crypto";
import type { Digits } from "../data/digits.ts";
import { loadMnist } from "../data/mnist.ts";
import { TEST_SEED } from "../data/spherical-mnist.ts";
import { ValueError } from "../errors.ts";
import { type MnistSettings, POSES, type Pose } from "../experiments/mnist-record.ts";
import { buildNetwork, NETWORKS } from "../models/networks.ts";
import type { Engine } from "../tensor/engine.ts";
import { choice, type Options, required, text, whole } from "./options.ts";
import { trainingOptions } from "./training-options.ts";

export const DEFAULTS = { epochs: 20, batch: 32, weightDecay: 0, schedule: null, seed: 0 } as const;

/** Training and test digits. */
export interface MnistDigits {
  readonly train: Digits;
  readonly test: Digits;
}

/** What decides which run it is, and so its name. */
function subject(options: Options): Pick<MnistSettings, "network" | "train" | "protocol" | "seed"> {
  required(options, "network");
  required(options, "train");
  return {
    network: choice(options, "network", Object.keys(NETWORKS))!,
    train: choice(options, "train", POSES)!,
    protocol: choice(options, "protocol", ["default", "paper"]) ?? "default",
    seed: whole(options, "seed", 0) ?? DEFAULTS.seed,
  };
}

const defaultName = ({ network, train, protocol, seed }: ReturnType<typeof subject>) =>
  `${network.startsWith("mnist-") ? network : `mnist-${network}`}-${train}-${protocol}-s${seed}`;

/** The name of a run that is given none. */
export const nameOf = (options: Options) => defaultName(subject(options));

export async function mnistDigits(options: Options): Promise<MnistDigits> {
  const folder = required(options, "data");
  const limit = whole(options, "test-limit", 1);
  return {
    train: await loadMnist(folder, "train"),
    test: await loadMnist(folder, "test", limit === undefined ? {} : { limit }),
  };
}

/** @throws ValueError for options that do not make a run of these digits */
export function settingsOf(options: Options, engine: Engine, { train, test }: MnistDigits): MnistSettings {
  const { network, ...run } = subject(options);
  const holdout = whole(options, "holdout", 0) ?? 0;
  if (holdout >= train.count) {
    throw new ValueError(`--holdout: expected fewer than the ${train.count} training digits, got ${holdout}`);
  }
  const { learningRate } = NETWORKS[network]!;
  return {
    network,
    parameters: parameterCount(network, engine),
    ...run,
    test: testPoses(options),
    testSeed: whole(options, "test-seed", 0) ?? TEST_SEED,
    digits: Math.min(whole(options, "limit", 1) ?? train.count, train.count - holdout),
    holdout,
    testDigits: test.count,
    data: digest(train, test),
    ...{ ...DEFAULTS, learningRate, ...trainingOptions(options) },
    build: engine.build,
  };
}

function testPoses(options: Options): Pose[] {
  const asked = text(options, "test");
  const poses = asked?.split(",") ?? POSES;
  if (poses.every((pose) => POSES.includes(pose as Pose)) && new Set(poses).size === poses.length) {
    return poses as Pose[];
  }
  throw new ValueError(`--test: expected nr, r or nr,r, got ${asked}`);
}

function parameterCount(network: string, engine: Engine): number {
  const example = buildNetwork(network, engine);
  const count = example.parameterCount();
  example.dispose();
  return count;
}

/** The beginning of the SHA-256 of pictures and labels. */
function digest(...digits: readonly Digits[]): string {
  const hash = createHash("sha256");
  for (const { images, labels } of digits) hash.update(images).update(labels);
  return hash.digest("hex").slice(0, 16);
}

/** The command that makes this run, with nothing left to defaults. */
export function commandOf(name: string, settings: MnistSettings): string {
  const { digits, holdout, schedule, train, test, weightDecay } = settings;
  const words = ["spherical-cnn", "experiment", "mnist", "--network", settings.network, "--data", "DIR"];
  const add = (option: string, value: string | number) => words.push(`--${option}`, String(value));
  add("train", train);
  add("test", test.join(","));
  add("protocol", settings.protocol);
  add("seed", settings.seed);
  add("test-seed", settings.testSeed);
  add("epochs", settings.epochs);
  add("batch", settings.batch);
  add("lr", settings.learningRate);
  if (schedule && "linear" in schedule) {
    add("linear", schedule.linear);
    if (schedule.warmup !== undefined) add("warmup", schedule.warmup);
  }
  if (schedule && "milestones" in schedule) {
    add("milestones", schedule.milestones.join(","));
    add("gamma", schedule.gamma);
  }
  if (weightDecay > 0) add("weight-decay", weightDecay);
  if (holdout > 0) add("holdout", holdout);
  add("limit", digits);
  add("test-limit", settings.testDigits);
  add("build", settings.build);
  if (name !== defaultName(settings)) add("name", name);
  return words.join(" ");
}
