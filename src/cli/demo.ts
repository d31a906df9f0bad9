// `spherical-cnn demo`: the trained network that comes with the package at work on real digits that come with it, upright
// and rotated at random. No data set and no network connection are needed.

import { fileURLToPath } from "node:url";
import type { CAC } from "cac";
import { readDigits } from "../data/digits.ts";
import { SphericalMnist } from "../data/spherical-mnist.ts";
import type { Module } from "../nn/module.ts";
import { createEngine, type Engine } from "../tensor/engine.ts";
import { loadCheckpoint } from "../train/checkpoint.ts";
import { evaluate, predict } from "../train/evaluate.ts";
import { beside, drawSphere } from "./draw.ts";
import { readInput } from "./files.ts";
import { flag, type Options, text, whole } from "./options.ts";
import { progress } from "./progress.ts";
import { THREADS, threadsOption } from "./threads.ts";

const MODEL = "mnist-original-72.safetensors";
const DIGITS = "mnist-test-500";
const SEED = 1;

/** Digits that are drawn, and the side of a picture in characters: three fill a line of 80. */
const DRAWN = [0, 1, 2];
const SIDE = 24;

/** Digits before the clock starts: tables are made and the kernels compiled for speed. */
const WARM_UP = 32;

export function registerDemo(cli: CAC): void {
  cli
    .command("demo", "A trained network on 500 real digits, upright and rotated at random")
    .option("--seed <seed>", `Of the rotations, ${SEED} by default`)
    .option("--model <file>", "Another checkpoint than the one that comes with the package")
    .option(...THREADS)
    .option("--json", "The result in JSON")
    .action(run);
}

/** A file of the package's folder models/, seen from dist/cli.mjs. */
const shipped = (name: string) => fileURLToPath(new URL(`../models/${name}`, import.meta.url));

async function run(options: Options): Promise<void> {
  const seed = whole(options, "seed", 0) ?? SEED;
  const model = text(options, "model") ?? shipped(MODEL);
  const engine = await createEngine({ threads: threadsOption(options) });
  const at = machine(engine, text(options, "threads"));
  const { network } = loadCheckpoint(engine, await readInput(model), { where: model });
  const names = ["images-idx3", "labels-idx1"].map((part) => shipped(`${DIGITS}-${part}-ubyte.gz`));
  const [images, labels] = [await readInput(names[0]!), await readInput(names[1]!)];
  const digits = await readDigits(images, labels, { names: names as [string, string] });
  const upright = new SphericalMnist(digits);
  const rotated = new SphericalMnist({ ...digits, rotated: true, seed });

  const bar = progress("classifying", upright.count + rotated.count);
  try {
    await guesses(
      network,
      upright,
      Array.from({ length: WARM_UP }, (_, i) => i),
    );
    const rows = [await measure(network, upright, (done) => bar.update(done))];
    rows.push(await measure(network, rotated, (done) => bar.update(upright.count + done)));
    bar.stop();
    if (flag(options, "json")) {
      const [before, after] = rows;
      console.log(JSON.stringify({ model, seed, upright: before, rotated: after, ...at }));
    } else {
      console.log(`${table(rows, seed)}\n\n${describe(engine, at)}\n`);
      console.log(await pictures(network, upright, rotated));
    }
  } finally {
    bar.stop();
  }
}

interface Row {
  readonly digits: number;
  readonly accuracy: number;
  /** Projection of the digit included. */
  readonly millisecondsPerDigit: number;
}

async function measure(network: Module, dataset: SphericalMnist, onProgress: (done: number) => void): Promise<Row> {
  const began = performance.now();
  const { accuracy, count } = await evaluate(network, dataset, { onProgress });
  return { digits: count, accuracy, millisecondsPerDigit: (performance.now() - began) / count };
}

/** @param threads what was asked for */
const machine = ({ build }: Engine, threads = "1") => ({
  simd: build,
  threads: threads === "auto" ? threads : Number(threads),
});

function describe({ dtype }: Engine, { simd, threads }: ReturnType<typeof machine>): string {
  const kind = simd === "relaxed" ? "relaxed SIMD (fused multiply-add)" : "plain SIMD";
  return `WebAssembly, ${kind}, ${dtype}, threads ${threads}, Node ${process.versions.node}`;
}

function table(rows: readonly Row[], seed: number): string {
  const line = (cells: readonly string[]) =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(24) : cell.padStart(14))).join("");
  const names = ["upright", `rotated (seed ${seed})`];
  const numbers = rows.map(({ digits, accuracy, millisecondsPerDigit }, i) =>
    line([names[i]!, String(digits), accuracy.toFixed(3), millisecondsPerDigit.toFixed(2)]),
  );
  return [line(["", "digits", "accuracy", "ms per digit"]), ...numbers].join("\n");
}

/** The class with the largest logit for each of some digits. */
async function guesses(network: Module, dataset: SphericalMnist, numbers: readonly number[]): Promise<number[]> {
  const { images, shape } = dataset.batch(numbers);
  const logits = await predict(network, images, shape);
  const classes = logits.length / numbers.length;
  return numbers.map((_, row) => {
    const own = logits.subarray(row * classes, (row + 1) * classes);
    return own.indexOf(Math.max(...own));
  });
}

/** Some digits on the sphere, and below each the same digit rotated, with what the network reads in them. */
async function pictures(network: Module, upright: SphericalMnist, rotated: SphericalMnist): Promise<string> {
  const gap = "  ";
  const rowOf = async (dataset: SphericalMnist) => {
    const read = await guesses(network, dataset, DRAWN);
    const captions = DRAWN.map((number, i) => `a ${dataset.labels[number]}, read as ${read[i]}`);
    const centred = captions.map((caption) => caption.padStart((SIDE + caption.length) >> 1).padEnd(SIDE));
    return [
      ...beside(
        DRAWN.map((number) => drawSphere(dataset.digit(number), SIDE)),
        gap,
      ),
      centred.join(gap),
    ];
  };
  const heading = [
    "Three digits, and below them the same digits rotated. Each disc is the whole",
    "sphere: the south pole in its middle, the north pole all round the rim.",
  ];
  return [...heading, "", ...(await rowOf(upright)), "", ...(await rowOf(rotated))].join("\n");
}
