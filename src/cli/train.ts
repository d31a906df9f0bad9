// `spherical-cnn train`: trains a network on MNIST's digits, upright or rotated. After every epoch, and when it is
// interrupted, the checkpoint is written with all that the run needs to go on bit for bit.

import type { CAC } from "cac";
import { loadMnist } from "../data/mnist.ts";
import { SphericalMnist } from "../data/spherical-mnist.ts";
import { ValueError } from "../errors.ts";
import { buildNetwork, NETWORKS } from "../models/networks.ts";
import { createEngine } from "../tensor/engine.ts";
import { type CheckpointInfo, loadCheckpoint, saveCheckpoint } from "../train/checkpoint.ts";
import { type EpochRecord, Trainer, type TrainingState } from "../train/trainer.ts";
import { checkOutput, readInput, writeOutput } from "./files.ts";
import { endBeforeTraining, INTERRUPTED, onInterrupt, resumeCommand } from "./interrupt.ts";
import { choice, flag, given, type Options, required, whole } from "./options.ts";
import { type Progress, progress } from "./progress.ts";
import { THREADS, threadsOption } from "./threads.ts";
import { trainingOptions } from "./training-options.ts";

const EPOCHS = 20;

export function registerTrain(cli: CAC): void {
  cli
    .command("train", "Train a network on MNIST; Ctrl-C ends it so that it can go on")
    .option("--network <name>", Object.keys(NETWORKS).join(", "))
    .option("--data <dir>", "Folder with the files of MNIST")
    .option("--train <digits>", "nr (upright) or r (rotated, uniformly at random)")
    .option("--output <file>", "The checkpoint, written after every epoch")
    .option("--protocol <protocol>", "default (SOFT grid, a rotation for each digit) or paper (as in the original)")
    .option("--epochs <n>", `${EPOCHS} by default`)
    .option("--batch <n>", "Digits per step, 32 by default")
    .option("--lr <rate>", "Learning rate of Adam, by default the network's: 0.005, planar 0.0005")
    .option("--milestones <epochs>", "Epochs after which the learning rate drops, such as 10,15")
    .option("--gamma <factor>", "What each drop multiplies it by, 0.1 by default")
    .option("--linear <epoch>", "Instead: the learning rate falls in a straight line, to zero at this epoch")
    .option("--warmup <epochs>", "It first rises in a straight line for so many epochs")
    .option("--seed <seed>", "Of weights, order and rotations, 0 by default")
    .option("--limit <n>", "Only the first n digits")
    .option("--resume", "Go on with the run that --output is the checkpoint of")
    .option("--overwrite", "Replace the file of --output, if there is one")
    .option(...THREADS)
    .option("--json", "The result in JSON")
    .action(run);
}

/** What the digits depend on; a run can only go on with the same. */
interface Source {
  readonly train: "nr" | "r";
  readonly protocol: "default" | "paper";
}

async function run(options: Options): Promise<void> {
  const reading = onInterrupt(endBeforeTraining);
  const [name, data, output] = [required(options, "network"), required(options, "data"), required(options, "output")];
  required(options, "train");
  const source: Source = {
    train: choice(options, "train", ["nr", "r"])!,
    protocol: choice(options, "protocol", ["default", "paper"]) ?? "default",
  };
  const asked = trainingOptions(options);
  const limit = whole(options, "limit", 1);
  const threads = threadsOption(options);
  choice(options, "network", Object.keys(NETWORKS));
  const resume = flag(options, "resume");
  if ((await checkOutput(output)) && !resume && !flag(options, "overwrite")) {
    throw new ValueError(
      `--output: there is a file ${output} already; --resume goes on with its run, --overwrite replaces it`,
    );
  }

  const engine = await createEngine({ threads });
  const before = resume ? loadCheckpoint(engine, await readInput(output), { network: name, where: output }) : null;
  const state = before && resumable(before.info, source, output);
  const { learningRate } = NETWORKS[name]!;
  const settings = { epochs: EPOCHS, seed: 0, learningRate, ...state?.options, ...asked };
  if (state && state.epoch >= settings.epochs) {
    throw new ValueError(
      `--epochs: the run of ${output} has done ${state.epoch} epochs already, got ${settings.epochs}; ask for more`,
    );
  }
  const network = before?.network ?? buildNetwork(name, engine, { seed: settings.seed });
  const digits = await loadMnist(data, "train", given({ limit }));
  const dataset = new SphericalMnist({
    ...digits,
    rotated: source.train === "r",
    protocol: source.protocol,
    seed: settings.seed,
    cache: settings.epochs > 1,
  });
  const trainer = new Trainer(network, dataset, settings);
  if (state) trainer.loadState(state);

  const save = () => {
    const training = { ...source, ...trainer.options, digits: dataset.count, records: trainer.records };
    const resume = trainer.finished ? null : trainer.state();
    return writeOutput(output, saveCheckpoint(network, { network: name, seed: settings.seed, training, resume }));
  };
  reading.off();
  const outcome = await runUntilStopped(trainer, save, flag(options, "json"));
  if (outcome === "stopped") {
    const { epoch, sums } = trainer.state();
    console.error(
      `stopped in epoch ${epoch + 1} of ${settings.epochs} after ${sums.done} of ${dataset.count} digits, written to ` +
        `${output}; go on with: spherical-cnn ${resumeCommand()}`,
    );
    process.exitCode = INTERRUPTED;
  }
  if (flag(options, "json")) {
    console.log(
      JSON.stringify({ network: name, ...source, ...settings, outcome, records: trainer.records, file: output }),
    );
  } else if (outcome === "finished") console.log(`written to ${output}`);
}

/** The state to go on from. @throws ValueError if there is none, or it belongs to other digits */
function resumable({ resume, training }: CheckpointInfo, source: Source, output: string): TrainingState {
  if (!resume && training !== null) {
    throw new ValueError(
      `--resume: the run of ${output} is finished, and a finished run keeps no state to go on from; for more epochs ` +
        "train anew with --epochs, and --overwrite or another --output",
    );
  }
  if (!resume) throw new ValueError(`--resume: ${output} holds weights alone, not a run that train has begun`);
  for (const [key, value] of Object.entries(source)) {
    const then = (training as Record<string, unknown> | null)?.[key];
    if (then !== value) throw new ValueError(`--resume: the run of ${output} had --${key} ${then}, this one ${value}`);
  }
  return resume;
}

/** Trains to the end or until Ctrl-C; a second Ctrl-C ends the program at once. */
async function runUntilStopped(trainer: Trainer, save: () => Promise<void>, quiet: boolean): Promise<string> {
  const stop = new AbortController();
  const interrupted = onInterrupt(() => {
    console.error("finishing the step at hand");
    stop.abort();
  });
  let bar: Progress | null = null;
  try {
    const outcome = await trainer.run({
      stop: stop.signal,
      onStep: ({ epoch, done, count, meanLoss, accuracy, signalsPerSecond }) => {
        bar ??= progress(`epoch ${epoch + 1}/${trainer.options.epochs}`, count);
        bar.update(
          done,
          `loss ${meanLoss.toFixed(3)}, accuracy ${accuracy.toFixed(3)}, ${signalsPerSecond.toFixed(0)}/s`,
        );
      },
      onEpoch: async (record) => {
        bar?.stop();
        bar = null;
        if (!quiet) console.log(epochLine(record, trainer.options.epochs));
        await save();
      },
    });
    if (outcome === "stopped") await save();
    return outcome;
  } finally {
    (bar as Progress | null)?.stop();
    interrupted.off();
  }
}

function epochLine({ epoch, loss, accuracy, seconds, signalsPerSecond }: EpochRecord, epochs: number): string {
  const speed = `${seconds.toFixed(1)} s, ${signalsPerSecond.toFixed(0)} digits/s`;
  return `epoch ${epoch + 1}/${epochs}: loss ${loss.toFixed(4)}, accuracy ${accuracy.toFixed(4)}, ${speed}`;
}
