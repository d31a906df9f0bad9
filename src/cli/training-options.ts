// The options of a training run, which several commands have.

import { ValueError } from "../errors.ts";
import type { Schedule } from "../optim/schedule.ts";
import type { TrainingOptions } from "../train/trainer.ts";
import { given, type Options, positive, text, whole } from "./options.ts";

/** What was asked for; what was left out is not in it. */
export function trainingOptions(options: Options): Partial<TrainingOptions> {
  return given({
    epochs: whole(options, "epochs", 1),
    batch: whole(options, "batch", 1),
    learningRate: positive(options, "lr"),
    weightDecay: positive(options, "weight-decay"),
    schedule: schedule(options),
    seed: whole(options, "seed", 0),
  });
}

/** The learning rate's schedule, undefined where none was asked for. */
function schedule(options: Options): Schedule | undefined {
  const milestones = text(options, "milestones");
  const gamma = positive(options, "gamma");
  const linear = whole(options, "linear", 1);
  const warmup = positive(options, "warmup");
  if (linear !== undefined) {
    if (milestones !== undefined || gamma !== undefined) {
      throw new ValueError("--linear, by which the rate falls step by step, excludes --milestones and --gamma");
    }
    return { linear, ...(warmup !== undefined && { warmup }) };
  }
  if (warmup !== undefined)
    throw new ValueError("--warmup needs --linear, the epoch at which the rate is down to zero");
  if (milestones !== undefined) {
    const epochs = milestones.split(",").map(Number);
    if (epochs.every((epoch) => Number.isSafeInteger(epoch) && epoch >= 1))
      return { milestones: epochs, gamma: gamma ?? 0.1 };
    throw new ValueError(`--milestones: expected epochs such as 10,15, got ${milestones}`);
  }
  if (gamma !== undefined) throw new ValueError("--gamma needs --milestones, the epochs after which the rate drops");
  return undefined;
}
