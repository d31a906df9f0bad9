// `spherical-cnn evaluate`: accuracy and confusion matrix of a network on the test digits of MNIST.

import type { CAC } from "cac";
import { loadMnist } from "../data/mnist.ts";
import { SphericalMnist, TEST_SEED } from "../data/spherical-mnist.ts";
import { createEngine } from "../tensor/engine.ts";
import { loadCheckpoint } from "../train/checkpoint.ts";
import { evaluate } from "../train/evaluate.ts";
import { readInput } from "./files.ts";
import { choice, flag, given, type Options, required, text, whole } from "./options.ts";
import { progress } from "./progress.ts";
import { THREADS, threadsOption } from "./threads.ts";

export function registerEvaluate(cli: CAC): void {
  cli
    .command("evaluate", "Accuracy and confusion matrix of a network on MNIST's test digits")
    .option("--model <file>", "Checkpoint (.safetensors), or PyTorch's weights (.pt, .pth, .safetensors)")
    .option(
      "--network <name>",
      "mnist-original, mnist-original-72 or mnist-deep, where the file carries no architecture",
    )
    .option("--data <dir>", "Folder with the files of MNIST")
    .option("--rotated", "Rotate the digits, uniformly at random")
    .option("--protocol <protocol>", "default (SOFT grid, a rotation for each digit) or paper (as in the original)")
    .option("--seed <seed>", `Of the rotations, ${TEST_SEED} by default`)
    .option("--limit <n>", "Only the first n digits")
    .option(...THREADS)
    .option("--json", "The result in JSON")
    .action(run);
}

async function run(options: Options): Promise<void> {
  const [model, data] = [required(options, "model"), required(options, "data")];
  const rotated = flag(options, "rotated");
  const protocol = choice(options, "protocol", ["default", "paper"]) ?? "default";
  const seed = whole(options, "seed", 0) ?? TEST_SEED;
  const limit = whole(options, "limit", 1);
  const threads = threadsOption(options);
  const engine = await createEngine({ threads });
  const { network } = loadCheckpoint(engine, await readInput(model), {
    network: text(options, "network"),
    where: model,
  });
  const digits = await loadMnist(data, "test", given({ limit }));
  const dataset = new SphericalMnist({ ...digits, rotated, protocol, seed });
  const bar = progress("evaluating", dataset.count);
  try {
    const began = performance.now();
    const result = await evaluate(network, dataset, { onProgress: (done) => bar.update(done) });
    const milliseconds = (performance.now() - began) / dataset.count;
    bar.stop();
    if (flag(options, "json")) {
      console.log(JSON.stringify({ model, rotated, protocol, seed, ...result, millisecondsPerDigit: milliseconds }));
      return;
    }
    const kind = rotated ? `rotated (seed ${seed})` : "upright";
    console.log(
      `${result.count} ${kind} digits, protocol ${protocol}: accuracy ${result.accuracy.toFixed(4)}, ` +
        `loss ${result.loss.toFixed(4)}, ${milliseconds.toFixed(2)} ms per digit\n`,
    );
    console.log(confusionTable(result.confusion));
  } finally {
    bar.stop();
  }
}

/** A row for each label, a column for each guess. */
function confusionTable(confusion: readonly (readonly number[])[]): string {
  const width = Math.max(5, ...confusion.flat().map((count) => String(count).length + 1));
  const line = (head: string, cells: readonly (number | string)[]) =>
    head.padEnd(7) + cells.map((cell) => String(cell).padStart(width)).join("");
  const columns = confusion.map((_, guess) => guess);
  const rows = confusion.map((counts, label) =>
    line(
      `is ${label}`,
      counts.map((count) => count || "·"),
    ),
  );
  return [line("guess", columns), ...rows].join("\n");
}
