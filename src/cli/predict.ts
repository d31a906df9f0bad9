// `spherical-cnn predict`: logits of a network for signals in a .npy file.

import type { CAC } from "cac";
import { ShapeError, ValueError } from "../errors.ts";
import { readNpy, writeNpy } from "../formats/npy.ts";
import { NETWORKS } from "../models/networks.ts";
import { createEngine } from "../tensor/engine.ts";
import { product } from "../tensor/layout.ts";
import type { TensorData } from "../tensor-data.ts";
import { loadCheckpoint } from "../train/checkpoint.ts";
import { predict } from "../train/evaluate.ts";
import { checkOutput, readInput, writeOutput } from "./files.ts";
import { flag, type Options, required, text } from "./options.ts";
import { progress } from "./progress.ts";
import { THREADS, threadsOption } from "./threads.ts";

export function registerPredict(cli: CAC): void {
  cli
    .command("predict", "Logits of a network for the signals of a .npy file")
    .option("--model <file>", "Checkpoint (.safetensors), or PyTorch's weights (.pt, .pth, .safetensors)")
    .option(
      "--network <name>",
      "mnist-original, mnist-original-72 or mnist-deep, where the file carries no architecture",
    )
    .option("--input <file>", "[N, 1, 60, 60], axes β, α; values 0 … 255; u1, f4 or f8, C or Fortran order")
    .option("--output <file>", "Where to write the logits, float32 [N, 10]")
    .option(...THREADS)
    .option("--json", "Say what was done in JSON")
    .action(run);
}

interface Signals {
  readonly data: Uint8Array | Float32Array | Float64Array;
  readonly shape: readonly number[];
}

interface Range {
  readonly least: number;
  readonly most: number;
  readonly demand: string;
}

const FLOAT32_MAX = (2 - 2 ** -23) * 2 ** 127;
const FLOAT32: Range = { least: -FLOAT32_MAX, most: FLOAT32_MAX, demand: "numbers must fit f32 and be finite" };
const GREY: Range = { least: 0, most: 255, demand: "this network reads grey values from 0 to 255" };

async function run(options: Options): Promise<void> {
  const [model, input, output] = [required(options, "model"), required(options, "input"), required(options, "output")];
  const threads = threadsOption(options);
  await checkOutput(output, { model, input });
  const { data, shape } = signalsOf(readNpy(await readInput(input), input), input);
  const engine = await createEngine({ threads });
  const { network, info } = loadCheckpoint(engine, await readInput(model), {
    network: text(options, "network"),
    where: model,
  });
  if (info.network !== null && Object.hasOwn(NETWORKS, info.network)) checkRange({ data, shape }, input, GREY);
  const bar = progress("predicting", shape[0]!);
  try {
    const logits = await predict(network, data, shape, { onProgress: (done) => bar.update(done) }).catch((error) => {
      // What is wrong with the signals is said of their file.
      if (error instanceof ShapeError) throw new ShapeError(`${input}: ${error.message}`);
      throw error;
    });
    const outputShape = [shape[0]!, logits.length / shape[0]!];
    await writeOutput(output, writeNpy({ shape: outputShape, dtype: "f32", data: Float32Array.from(logits) }));
    bar.stop();
    if (flag(options, "json")) console.log(JSON.stringify({ model, input: shape, output: outputShape, file: output }));
    else console.log(`[${shape.join(", ")}] to logits [${outputShape.join(", ")}], written to ${output}`);
  } finally {
    bar.stop();
  }
}

/** The array, once it is known to be signals: the right dtype and shape, at least one, every number finite. */
function signalsOf({ data, dtype, shape }: TensorData, where: string): Signals {
  const signals = data instanceof Uint8Array || data instanceof Float32Array || data instanceof Float64Array;
  if (!signals || !["u8", "f32", "f64"].includes(dtype)) {
    throw new ValueError(`${where}: expected numbers of dtype u1, f4 or f8, got ${dtype}`);
  }
  const [count, channels, beta, alpha] = shape;
  if (shape.length !== 4 || channels === 0 || beta !== alpha || beta === 0 || beta! % 2 !== 0) {
    throw new ShapeError(`${where}: expected signals [N, 1, 60, 60] (β, α), got [${shape.join(", ")}]`);
  }
  if (count === 0) throw new ShapeError(`${where}: expected at least one signal, got [${shape.join(", ")}]`);
  checkRange({ data, shape }, where, FLOAT32);
  return { data, shape };
}

/** @throws ValueError naming the first number that is NaN or outside the range */
function checkRange({ data, shape }: Signals, where: string, { least, most, demand }: Range): void {
  const bad = data.findIndex((value) => !(value >= least && value <= most));
  if (bad < 0) return;
  const signal = Math.floor(bad / product(shape.slice(1)));
  throw new ValueError(`${where}: ${demand}, got ${data[bad]} in signal ${signal}`);
}
