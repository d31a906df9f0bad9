// Schedules: the learning rate as a function of the epoch alone, so that a resumed run needs nothing but its position. Only
// operations that IEEE 754 rounds exactly, so that it is the same number on every runtime; hence no cosine.

import { quote, ValueError } from "../errors.ts";

/**
 * The rate is multiplied by `gamma` after every so many epochs, or at the beginning of the epochs listed; or it rises in a
 * straight line from zero to the full rate at epoch `warmup` and falls in another to zero at epoch `linear`, step by step. Plain
 * JSON.
 */
export type Schedule =
  | { readonly every: number; readonly gamma: number }
  | { readonly milestones: readonly number[]; readonly gamma: number }
  | { readonly linear: number; readonly warmup?: number };

/**
 * What the learning rate is multiplied by: PyTorch's StepLR and MultiStepLR, or a linear warm-up and decay.
 * @param epoch counted from 0; the part that is done of the epoch at hand counts where the schedule is linear
 * @throws ValueError unless gamma is positive and epochs are whole and positive; for a warm-up that is negative or leaves no
 *   decay
 */
export function scheduleFactor(schedule: Schedule, epoch: number): number {
  const { linear } = (schedule ?? {}) as { linear?: unknown };
  if (linear !== undefined) return linearFactor(linear, (schedule as { warmup?: unknown }).warmup ?? 0, epoch);
  const { gamma, every, milestones } = (schedule ?? {}) as { gamma?: unknown; every?: unknown; milestones?: unknown };
  if (!(typeof gamma === "number" && gamma > 0 && gamma < Number.POSITIVE_INFINITY)) {
    throw new ValueError(`schedule: gamma must be a positive number, got ${quote(gamma)}`);
  }
  const epochs: readonly unknown[] = Array.isArray(milestones) ? milestones : [every];
  const strange = epochs.findIndex((each) => !Number.isInteger(each) || (each as number) < 1);
  if (strange >= 0) throw new ValueError(`schedule: epochs must be whole and positive, got ${quote(epochs[strange])}`);
  const drops = Array.isArray(milestones)
    ? milestones.filter((milestone) => milestone <= epoch).length
    : Math.floor(epoch / (every as number));
  let factor = 1;
  for (let i = 0; i < drops; i++) factor *= gamma;
  return factor;
}

function linearFactor(end: unknown, warmup: unknown, epoch: number): number {
  if (!(typeof end === "number" && Number.isInteger(end) && end >= 1)) {
    throw new ValueError(`schedule: epochs must be whole and positive, got ${quote(end)}`);
  }
  if (!(typeof warmup === "number" && warmup >= 0 && warmup < end)) {
    throw new ValueError(`schedule: expected a warm-up of 0 or more and less than ${end} epochs, got ${quote(warmup)}`);
  }
  return epoch < warmup ? epoch / warmup : Math.max(0, (end - epoch) / (end - warmup));
}
