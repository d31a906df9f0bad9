// The weights that are shipped do their job on the digits that are shipped, upright and however they are turned.

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { readDigits } from "../../src/data/digits.ts";
import { SphericalMnist } from "../../src/data/spherical-mnist.ts";
import { createEngine } from "../../src/tensor/engine.ts";
import { loadCheckpoint } from "../../src/train/checkpoint.ts";
import { evaluate } from "../../src/train/evaluate.ts";
import { BUILDS } from "../support/kernels.ts";

const shipped = (name: string) => new Uint8Array(readFileSync(new URL(`../../models/${name}`, import.meta.url)));
const digits = await readDigits(
  shipped("mnist-test-500-images-idx3-ubyte.gz"),
  shipped("mnist-test-500-labels-idx1-ubyte.gz"),
);

/** On all 10,000 test digits it is 0.952 (models/README.md); the spread over 500 is 0.01. */
const LEAST = 0.93;

it.each(BUILDS)("mnist-original-72 reads them, $dtype $build", async ({ dtype, build }) => {
  const engine = await createEngine({ dtype, build });
  const { network, info } = loadCheckpoint(engine, shipped("mnist-original-72.safetensors"));
  expect(network.parameterCount()).toBe(58550);
  expect(info.network).toBe("mnist-original-72");
  expect(info.training).toMatchObject({ train: "r", protocol: "default", digits: 60000 });
  for (const dataset of [new SphericalMnist(digits), new SphericalMnist({ ...digits, rotated: true, seed: 3 })]) {
    const { accuracy, count } = await evaluate(network, dataset);
    expect(count).toBe(500);
    expect(accuracy).toBeGreaterThan(LEAST);
  }
});
