// `spherical-cnn predict`: logits of a network for signals in a .npy file.

import type { CAC } from "cac";
import { ShapeError, ValueError } from "../errors.ts";
import { readNpy, writeNpy } from "../formats/npy.ts";
import { createEngine } from "../tensor/engine.ts";
import { product } from "../tensor/layout.ts";
import type { TensorData } from "../tensor-data.ts";
import { loadCheckpoint } from "../train/checkpoint.ts";
import { predict } from "../train/evaluate.ts";
import { checkOutput, readInput, writeOutput } from "./files.ts";
import { flag, type Options, required, text } from "./options.ts";
import { progress } from "./progress.ts";

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
    .option("--json", "Say what was done in JSON")
    .action(run);
}

async function run(options: Options): Promise<void> {
  const [model, input, output] = [required(options, "model"), required(options, "input"), required(options, "output")];
  await checkOutput(output);
  const { data, shape } = signalsOf(readNpy(await readInput(input), input), input);
  const engine = await createEngine();
  const { network } = loadCheckpoint(engine, await readInput(model), {
    network: text(options, "network"),
    where: model,
  });
  const bar = progress("predicting", shape[0]!);
  try {
    const logits = await predict(network, data, shape, { onProgress: (done) => bar.update(done) });
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
function signalsOf({ data, dtype, shape }: TensorData, where: string) {
  const signals = data instanceof Uint8Array || data instanceof Float32Array || data instanceof Float64Array;
  if (!signals || !["u8", "f32", "f64"].includes(dtype)) {
    throw new ValueError(`${where}: expected numbers of dtype u1, f4 or f8, got ${dtype}`);
  }
  const [count, channels, beta, alpha] = shape;
  if (shape.length !== 4 || channels === 0 || beta !== alpha || beta === 0 || beta! % 2 !== 0) {
    throw new ShapeError(`${where}: expected signals [N, 1, 60, 60] (β, α), got [${shape.join(", ")}]`);
  }
  if (count === 0) throw new ShapeError(`${where}: expected at least one signal, got [${shape.join(", ")}]`);
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    const signal = Math.floor(bad / product(shape.slice(1)));
    throw new ValueError(`${where}: numbers must be finite, got ${data[bad]} in signal ${signal}`);
  }
  return { data, shape };
}
