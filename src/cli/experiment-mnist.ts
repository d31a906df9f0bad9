// `spherical-cnn experiment mnist`: trains a network on spherical MNIST and tests it, upright or rotated. In the folder of
// --out it leaves the record, <name>.jsonl, and the weights, <name>.safetensors; until it has finished also a checkpoint
// from which --resume goes on bit for bit, whatever ended it.
//
// The checkpoint is the truth: it is written first, and the record, which says no more than it, follows. At the end the
// weights are written, then the record with its result, and then the checkpoint goes.

import { rm } from "node:fs/promises";
import { TEST_SEED } from "../data/spherical-mnist.ts";
import { MnistRun, savedHeader } from "../experiments/mnist.ts";
import type { MnistSettings } from "../experiments/mnist-record.ts";
import { formatRecord, type RunHeader } from "../experiments/records.ts";
import { NETWORKS } from "../models/networks.ts";
import { createEngine } from "../tensor/engine.ts";
import type { Build } from "../wasm/load.ts";
import type { Experiment } from "./experiment.ts";
import { readInput, writeOutput } from "./files.ts";
import { endBeforeTraining, INTERRUPTED, onInterrupt, resumeCommand } from "./interrupt.ts";
import { provenance } from "./machine.ts";
import { commandOf, DEFAULTS, mnistDigits, nameOf, settingsOf } from "./mnist-settings.ts";
import { choice, flag, type Options, positive, text } from "./options.ts";
import { FOLDER, runFiles, runName } from "./run-files.ts";
import { type RunReporter, runReporter } from "./run-reporter.ts";
import { THREADS, threadsOption } from "./threads.ts";

export const MNIST_EXPERIMENT: Experiment = {
  summary: "train a network on spherical MNIST, validate and test it",
  options: {
    "--network <name>": Object.keys(NETWORKS).join(", "),
    "--data <dir>": "Folder with the files of MNIST",
    "--train <pose>": "nr (upright) or r (rotated, uniformly at random)",
    "--test <poses>": "nr, r or nr,r, which is the default",
    "--protocol <protocol>": "default (SOFT grid, a rotation for each digit) or paper (as in the original)",
    "--seed <seed>": `Of weights, order and rotations, ${DEFAULTS.seed} by default`,
    "--test-seed <seed>": `Of the test digits' rotations, ${TEST_SEED} by default`,
    "--epochs <n>": `${DEFAULTS.epochs} by default`,
    "--batch <n>": `Digits per step, ${DEFAULTS.batch} by default`,
    "--lr <rate>": "Learning rate of Adam, by default the network's",
    "--milestones <epochs>": "Epochs after which the learning rate drops, such as 10,15",
    "--gamma <factor>": "What each drop multiplies it by, 0.1 by default",
    "--linear <epoch>": "Instead: the learning rate falls in a straight line, to zero at this epoch",
    "--warmup <epochs>": "It first rises in a straight line for so many epochs",
    "--weight-decay <rate>": `${DEFAULTS.weightDecay} by default`,
    "--holdout <n>": "The last n training digits are for validation and never trained on; 0 by default",
    "--limit <n>": "Train on the first n digits only",
    "--test-limit <n>": "Test on the first n test digits only",
    "--build <build>": "Kernels: plain, relaxed (SIMD), or the best there is, which is the default",
    [THREADS[0]]: THREADS[1],
    "--out <dir>": `Folder of record and weights, made if need be; ${FOLDER} by default`,
    "--name <name>": "Of the files; mnist-<network>-<train>-<protocol>-s<seed> by default",
    "--checkpoint-every <seconds>": "60 by default",
    "--resume": "Go on with the run of that name, if it has begun",
    "--overwrite": "Begin anew though there is a run of that name",
    "--json": "The result in JSON",
  },
  run,
};

async function run(options: Options): Promise<void> {
  const reading = onInterrupt(endBeforeTraining);
  const saveEvery = positive(options, "checkpoint-every") ?? 60;
  const build = choice<Build>(options, "build", ["plain", "relaxed"]);
  const threads = threadsOption(options);
  const name = runName(options, () => nameOf(options));
  const files = await runFiles(options, name);

  const saved = files.goOn ? { bytes: await readInput(files.checkpoint), where: files.checkpoint } : null;
  const before = saved && savedHeader(saved);
  const as = build ?? (before?.settings.build as Build | undefined) ?? "auto";
  const engine = await createEngine({ build: as, threads });
  const digits = await mnistDigits(options);
  const settings = settingsOf(options, engine, digits);
  const experiment = new MnistRun(engine, settings, digits, saved);
  const header = before ?? headerOf(name, settings, provenance(engine, text(options, "threads")));
  if (!saved) for (const file of [files.record, files.weights, files.checkpoint]) await rm(file, { force: true });
  reading.off();

  const writeRecord = () => writeOutput(files.record, Buffer.from(formatRecord(header, experiment.rows)));
  const json = flag(options, "json");
  const reporter = runReporter(settings, json);
  reporter.begin(experiment.position);
  const outcome = await untilInterrupted(experiment, reporter, saveEvery, async () => {
    await writeOutput(files.checkpoint, experiment.checkpoint(header));
    await writeRecord();
  });
  if (outcome === "stopped") {
    const { epoch, done } = experiment.position;
    console.error(
      `stopped after ${epoch} of ${settings.epochs} epochs and ${done} of ${settings.digits} digits, written to ` +
        `${files.checkpoint}; go on with: spherical-cnn ${resumeCommand()}`,
    );
    process.exitCode = INTERRUPTED;
    return;
  }
  await writeOutput(files.weights, experiment.weights());
  await writeRecord();
  await rm(files.checkpoint, { force: true });
  const written = { record: files.record, weights: files.weights };
  console.log(
    json
      ? JSON.stringify({ ...header, rows: experiment.rows, ...written })
      : `written to ${Object.values(written).join(" and ")}`,
  );
}

function headerOf(name: string, settings: MnistSettings, from: ReturnType<typeof provenance>): RunHeader {
  return { kind: "mnist", name, command: commandOf(name, settings), ...from, settings: { ...settings } };
}

/** Runs to the end or until Ctrl-C; a second Ctrl-C ends the program at once. */
async function untilInterrupted(
  experiment: MnistRun,
  reporter: RunReporter,
  saveEvery: number,
  save: () => Promise<void>,
): Promise<"finished" | "stopped"> {
  const stop = new AbortController();
  const interrupted = onInterrupt(() => {
    console.error("finishing the step at hand");
    stop.abort();
  });
  try {
    const { onProgress, onEpoch } = reporter;
    return await experiment.run({ stop: stop.signal, onProgress, onEpoch, save, saveEvery });
  } finally {
    reporter.end(experiment.rows);
    interrupted.off();
  }
}
