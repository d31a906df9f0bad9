// The equivariance experiment against means that s2cnn gave (test/reference/equivariance.json), against the definition of
// its measure, and that runs go on and repeat.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { FormatError, ValueError } from "../../src/errors.ts";
import { drawErrors, type EquivarianceSettings, runEquivariance } from "../../src/experiments/equivariance.ts";
import { compareWithReference, type ErrorRow, errorRow } from "../../src/experiments/equivariance-record.ts";
import { fieldsOf } from "../../src/experiments/records.ts";
import { S2Convolution } from "../../src/nn/convolution.ts";
import { subtract } from "../../src/ops/arithmetic.ts";
import { s2Ifft } from "../../src/ops/fourier.ts";
import { so3Integrate } from "../../src/ops/integrate.ts";
import { relu } from "../../src/ops/relu.ts";
import { rotateSpectrum, so3Rotation } from "../../src/ops/rotate.ts";
import { Random } from "../../src/random.ts";
import { s2NearIdentityGrid } from "../../src/sphere/grids.ts";
import { randomRotation } from "../../src/sphere/rotations.ts";
import { createEngine } from "../../src/tensor/engine.ts";
import { coefficientCount, spectrumLayout } from "../../src/tensor/layout.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { EQUIVARIANCE } from "../support/tolerances.ts";

const REFERENCE = readFileSync("test/reference/equivariance.json", "utf8");
const [f64, f32] = [await createEngine({ dtype: "f64" }), await createEngine({ dtype: "f32" })];

const settings: EquivarianceSettings = {
  bandwidths: [4, 12],
  layers: 4,
  rotations: 60,
  channels: 4,
  activation: "relu",
  oversampling: null,
  input: "flat",
  after: "convolution",
  dtype: "f64",
  build: f64.build,
  seed: 0,
};

const run = async (changes: Partial<EquivarianceSettings>, engine = f64) =>
  (await runEquivariance(engine, { ...settings, ...changes })) as ErrorRow[];

describe("s2cnn's stacks", () => {
  test.each(["relu", "none"] as const)("activation %s", async (activation) => {
    const here = { ...settings, activation, rotations: activation === "relu" ? 60 : 6 };
    const compared = compareWithReference((await runEquivariance(f64, here)) as ErrorRow[], here, REFERENCE, "here");
    const stacks = [4, 12].flatMap((b) => [1, 2, 4].map((layers) => [b, layers]));
    expect(compared.map(({ bandwidth, layers }) => [bandwidth, layers])).toEqual(stacks);
    expect(compared.filter(({ agrees }) => !agrees)).toEqual([]);
  });

  test("another input, or an oversampled rectifier, is told apart", async () => {
    const rows = await run({ input: "white", bandwidths: [12] });
    expect(compareWithReference(rows, settings, REFERENCE, "here").every(({ agrees }) => agrees)).toBe(false);
    const oversampled = { ...settings, oversampling: 2 };
    expect(() => compareWithReference(rows, oversampled, REFERENCE, "here")).toThrow(FormatError);
    expect(() => compareWithReference(rows, settings, "{}", "here")).toThrow(/here: expected stacks to be a list/);
  });
});

test("without an activation the error is that of rounding, at every depth", async () => {
  for (const engine of [f64, f32]) {
    const { dtype } = engine;
    for (const { error, distance } of await run(
      { activation: "none", bandwidths: [5], layers: 8, rotations: 3 },
      engine,
    )) {
      expect(error.mean).toBeGreaterThan(0);
      expect(Math.max(error.mean, distance.mean)).toBeLessThan(EQUIVARIANCE[dtype]);
    }
  }
});

test("oversampling divides the error of two rectified layers at b = 10", async () => {
  const measure = async (oversampling: number) => {
    const changes = { bandwidths: [10], layers: 2, rotations: 10, input: "white", after: "activation" } as const;
    return (await run({ ...changes, oversampling }, f32))[1]!;
  };
  const [once, twice, thrice] = [await measure(1), await measure(2), await measure(3)];
  // In l2 it was found to be 0.143, 0.0115 and 0.0035 elsewhere; ten draws know their mean to about a tenth.
  for (const [row, expected] of [
    [once, 0.143],
    [twice, 0.0115],
    [thrice, 0.0035],
  ] as const) {
    expect(Math.abs(row.distance.mean / expected - 1)).toBeLessThan(0.3);
    expect(row.pooled.mean).toBeLessThan(row.distance.mean / 5);
  }
  expect(thrice.error.mean).toBeLessThan(0.005);
});

test("the measure is what the definition says", () => {
  const random = new Random(7).fork(3);
  const stack = { ...settings, layers: 1, channels: 3, after: "activation" } as const;
  const measured = drawErrors(f64, 6, stack, random)[0]!;
  // The same draw by hand, fork for fork; the size of the input does not matter.
  const [numbers, rng] = [random.fork("input"), random.fork("filters")];
  const rotation = randomRotation(random.fork("rotation"));
  const sizes = { featuresIn: 3, featuresOut: 3, bandwidthIn: 6, bandwidthOut: 6 };
  const layer = new S2Convolution(f64, { ...sizes, grid: s2NearIdentityGrid(), rng });
  const X = f64.empty(spectrumLayout("s2", 6), [1, 3, coefficientCount("s2", 6)]);
  X.view().set(Array.from({ length: X.length }, () => numbers.normal()));
  const features = (spectrum: Tensor) => relu(layer.forward(s2Ifft(spectrum)));
  const [x, y] = [features(X), features(rotateSpectrum(X, rotation))];
  const difference = subtract(so3Rotation(x, rotation), y).toArray();
  const norm = (values: ArrayLike<number>) => Math.hypot(...Array.from(values));
  const deviation = (values: ArrayLike<number>) => {
    const mean = Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
    return norm(Array.from(values, (value) => value - mean));
  };
  const pooled = [so3Integrate(x), so3Integrate(y), so3Integrate(subtract(x, y))].map((each) => norm(each.toArray()));
  // Rounding alone lies between the two; they are of order one.
  expect(measured.error).toBeCloseTo(deviation(difference) / deviation(x.toArray()), 10);
  expect(measured.distance).toBeCloseTo(norm(difference) / norm(x.toArray()), 10);
  expect(measured.pooled).toBeCloseTo(pooled[2]! / pooled[0]!, 10);
  expect(measured.distance).toBeGreaterThan(0.1);
});

describe("a run", () => {
  const small = { bandwidths: [3, 2], layers: 3, rotations: 3, channels: 2 };
  const withoutTimes = (rows: readonly ErrorRow[]) => rows.map((row) => ({ ...row, seconds: 0 }));

  test("goes on with the bandwidths that are left, to the same rows", async () => {
    const whole = await run(small);
    expect(whole.map(({ bandwidth, layers }) => [bandwidth, layers])).toEqual(
      [3, 2].flatMap((b) => [1, 2, 3].map((layers) => [b, layers])),
    );
    const first: ErrorRow[] = [];
    const stop = { aborted: false };
    const outcome = await runEquivariance(
      f64,
      { ...settings, ...small },
      {
        stop,
        onBandwidth: (rows) => {
          first.push(...rows);
          stop.aborted = true;
        },
      },
    );
    expect(outcome).toBe("stopped");
    expect(first.length).toBe(3);
    const rest: ErrorRow[] = [];
    const all = await runEquivariance(
      f64,
      { ...settings, ...small },
      { rows: first, onBandwidth: (rows) => void rest.push(...rows) },
    );
    expect(rest.map(({ bandwidth }) => bandwidth)).toEqual([2, 2, 2]);
    expect(withoutTimes(all as ErrorRow[])).toEqual(withoutTimes(whole));
  });

  test("takes as much memory after it as before, and says how long it will take", async () => {
    const { used } = f64.memoryStatistics;
    const left: number[] = [];
    await runEquivariance(f64, { ...settings, ...small }, { onProgress: ({ secondsLeft }) => left.push(secondsLeft) });
    f64.releaseTables();
    expect(f64.memoryStatistics.used).toBeLessThanOrEqual(used);
    expect(left.length).toBe(6);
    expect(left.every((seconds) => seconds >= 0)).toBe(true);
    expect(left.at(-1)).toBeCloseTo(0, 9);
  });

  test("rows survive JSON, and what is none is refused by name", async () => {
    const [row] = await run(small);
    expect(errorRow(fieldsOf(JSON.parse(JSON.stringify(row)), "f:2"))).toEqual(row);
    expect(() => errorRow(fieldsOf({ ...row, error: { mean: -1 } }, "f:2"))).toThrow(
      /f:2: error: expected mean to be a number from 0/,
    );
  });

  test.each<[string, Partial<EquivarianceSettings>, RegExp]>([
    ["a bandwidth of 1", { bandwidths: [1] }, /a bandwidth must be an integer from 2 to 128, got 1/],
    ["one rotation", { rotations: 1 }, /rotations must be an integer from 2/],
    ["a bandwidth twice", { bandwidths: [3, 3] }, /a bandwidth is there twice/],
    ["oversampling without a rectifier", { activation: "none", oversampling: 2 }, /the activation is none/],
  ])("refuses %s", async (_, changes, message) => {
    await expect(run(changes)).rejects.toThrow(ValueError);
    await expect(run(changes)).rejects.toThrow(message);
  });
});
