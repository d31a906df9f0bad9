// `--threads`: the same files to the last bit, however many threads made them.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { readNpy, writeNpy } from "../../src/formats/npy.ts";
import { refused, run, succeed, temporaryFolder, writeMnist } from "../support/cli.ts";
import { signals } from "../support/signals.ts";

const folder = temporaryFolder();
const path = (name: string) => join(folder, name);
const COUNT = 12;

const idx = (name: string) => gunzipSync(readFileSync(`models/mnist-test-500-${name}-ubyte.gz`));
const images = idx("images-idx3").subarray(16, 16 + 784 * COUNT);
const labels = idx("labels-idx1").subarray(8, 8 + COUNT);
for (const half of ["train", "t10k"] as const) writeMnist(folder, half, images, labels);

test("train, evaluate and predict, on one thread, two, and one per processor", async () => {
  const data = signals(5 * 3600, 1).map((value) => 127 * (value + 1));
  writeFileSync(path("input.npy"), writeNpy({ shape: [5, 1, 60, 60], dtype: "f64", data }));
  const results = [];
  for (const threads of [[], ["--threads", "2"], ["--threads=auto"]]) {
    const model = path("model.safetensors");
    const trained = ["--network", "mnist-original-72", "--train", "r", "--output", model, "--overwrite"];
    const { code, stderr } = await run(
      ...["train", ...trained, "--data", folder, "--epochs", "1", "--batch", "8"],
      ...threads,
    );
    expect([code, stderr]).toEqual([0, ""]);
    const evaluated = await succeed("evaluate", "--model", model, "--data", folder, "--json", ...threads);
    const output = path("output.npy");
    await succeed("predict", "--model", model, "--input", path("input.npy"), "--output", output, ...threads);
    const { accuracy, loss, confusion } = JSON.parse(evaluated);
    const { data: logits } = readNpy(readFileSync(output));
    results.push({ accuracy, loss, confusion, logits, parameters: tensorsOf(readFileSync(model)) });
  }
  expect(results[1]).toEqual(results[0]);
  expect(results[2]).toEqual(results[0]);
});

/** The numbers of a safetensors file; its header tells how long the run took. */
const tensorsOf = (file: Buffer) => file.subarray(8 + Number(file.readBigUInt64LE(0)));

test.each(["0", "-1", "1.5", "two", "65", "1e1", "0x2"])("refuses %s", async (count) => {
  await refused(
    /--threads: expected a whole number from 1 to 64, or auto, got/,
    ...["predict", "--model", "m", "--input", "i", "--output", "o", `--threads=${count}`],
  );
});
