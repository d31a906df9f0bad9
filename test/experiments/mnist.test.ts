// A run stopped at every kind of place goes on as if nothing had been.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readDigits } from "../../src/data/digits.ts";
import { FormatError, ShapeError } from "../../src/errors.ts";
import { type Activity, MnistRun, savedHeader } from "../../src/experiments/mnist.ts";
import { type EpochRow, type MnistSettings, type ResultRow, withoutTimes } from "../../src/experiments/mnist-record.ts";
import type { RunHeader } from "../../src/experiments/records.ts";
import { createEngine } from "../../src/tensor/engine.ts";
import { saveCheckpoint } from "../../src/train/checkpoint.ts";

const shipped = (kind: string) =>
  readFileSync(new URL(`../../models/mnist-test-500-${kind}-ubyte.gz`, import.meta.url));
const all = await readDigits(shipped("images-idx3"), shipped("labels-idx1"), { limit: 60 });
const some = (first: number, count: number) => ({
  ...all,
  count,
  images: all.images.subarray(first * 784, (first + count) * 784),
  labels: all.labels.subarray(first, first + count),
});
const digits = { train: some(0, 40), test: some(40, 20) };

const SETTINGS: MnistSettings = {
  ...{ network: "mnist-original-72", parameters: 58550, train: "nr", test: ["nr", "r"], protocol: "default", seed: 1 },
  ...{ testSeed: 5, digits: 20, holdout: 12, testDigits: 20, data: "", epochs: 2, batch: 8, learningRate: 5e-3 },
  ...{ weightDecay: 0, schedule: null, build: "plain" },
};
const HEADER: RunHeader = {
  ...{ kind: "mnist", name: "run", command: "", version: "", commit: null, machine: {}, started: "" },
  settings: { ...SETTINGS, schedule: null, test: [...SETTINGS.test] },
};

const engine = await createEngine({ build: "plain" });
const newRun = (saved: Uint8Array | null = null, settings = SETTINGS) =>
  new MnistRun(engine, settings, digits, saved && { bytes: saved, where: "checkpoint" });

const comparable = (rows: readonly (EpochRow | ResultRow)[]) =>
  rows.map((row) => (row.row === "epoch" ? withoutTimes(row) : row.tests));

/** Stops at the n-th report of an activity; a checkpoint is what the last save left. */
async function stopped(run: MnistRun, activity: Activity, n: number): Promise<Uint8Array> {
  const stop = new AbortController();
  let [seen, checkpoint] = [0, new Uint8Array()];
  const outcome = await run.run({
    stop: stop.signal,
    onProgress: (progress) => {
      if (progress.activity === activity && ++seen === n) stop.abort();
    },
    save: async () => {
      checkpoint = run.checkpoint(HEADER) as Uint8Array<ArrayBuffer>;
    },
  });
  expect([outcome, seen >= n]).toEqual(["stopped", true]);
  return checkpoint;
}

describe("MnistRun", async () => {
  const whole = newRun();
  expect(await whole.run()).toBe("finished");

  it("records every epoch and the test", () => {
    const [first, second, result] = whole.rows as [EpochRow, EpochRow, ResultRow];
    expect([first.epoch, second.epoch, result.row]).toEqual([1, 2, "result"]);
    expect(second.loss).toBeLessThan(first.loss);
    expect(second.validation.map(({ pose }) => pose)).toEqual(["nr", "r"]);
    expect(result.tests.map(({ pose, count }) => [pose, count])).toEqual([
      ["nr", 20],
      ["r", 20],
    ]);
    expect(whole.position).toEqual({ epoch: 2, done: 0 });
  });

  // Steps: 20 digits in batches of 8 are three an epoch. Evaluations in batches of 32: one for each pose.
  it.each([
    ["training", 1],
    ["training", 3],
    ["training", 5],
    ["validating", 1],
    ["validating", 2],
    ["validating", 4],
    ["testing", 1],
  ] as const)("stopped while %s, time %i, it goes on to the same weights and rows", async (activity, n) => {
    const again = newRun();
    const checkpoint = await stopped(again, activity, n);
    const rest = newRun(checkpoint);
    expect(rest.position).toEqual(again.position);
    expect(await rest.run()).toBe("finished");
    expect(rest.weights()).toEqual(whole.weights());
    expect(comparable(rest.rows)).toEqual(comparable(whole.rows));
  });

  it("saves at the beginning, at intervals and after every epoch", async () => {
    const positions: string[] = [];
    const run = newRun();
    const save = async () => {
      positions.push(`${run.position.epoch}/${run.position.done}`);
    };
    await run.run({ save, saveEvery: 1e-9 });
    expect(positions).toEqual(["0/0", "0/8", "0/16", "1/0", "1/0", "1/8", "1/16", "2/0", "2/0"]);
    expect(run.weights()).toEqual(whole.weights());
  });

  it("never trains on digits that are held out, and draws nothing from them", async () => {
    const { labels } = digits.train;
    const spoilt = { ...digits.train, labels: Uint8Array.from(labels, (label, i) => (i < 28 ? label : 9 - label)) };
    const run = new MnistRun(engine, SETTINGS, { train: spoilt, test: digits.test });
    await run.run();
    const weights = (each: MnistRun) => [...each.network.stateDict()].map(([, { data }]) => data);
    expect(weights(run)).toEqual(weights(whole));
    expect((run.rows[0] as EpochRow).validation).not.toEqual((whole.rows[0] as EpochRow).validation);
  });

  it("refuses digits that are too few, and what is no checkpoint of such a run", async () => {
    const settings = { ...SETTINGS, digits: 30 };
    expect(() => newRun(null, settings)).toThrow(ShapeError);
    expect(() => newRun(null, settings)).toThrow(/expected 30 to train on and 12 held out, got 40 training digits/);
    const bare = saveCheckpoint(whole.network);
    expect(() => savedHeader({ bytes: bare, where: "bare" })).toThrow(/^bare: metadata training: expected an object/);
    const other = saveCheckpoint(whole.network, { training: { header: HEADER, rows: [] } });
    expect(() => newRun(other)).toThrow(FormatError);
    expect(() => newRun(whole.checkpoint(HEADER), { ...SETTINGS, batch: 4 })).toThrow(
      /--resume: the run of checkpoint had batch 8, this one has 4/,
    );
  });
});
