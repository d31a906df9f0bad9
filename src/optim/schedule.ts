// Step schedules: the learning rate as a function of the epoch alone, so that a resumed run needs nothing but the epoch.

import { ValueError } from "../errors.ts";

/** When the rate is multiplied by `gamma`: after every so many epochs, or at the beginning of the epochs listed. Plain JSON. */
export type Schedule =
  | { readonly every: number; readonly gamma: number }
  | { readonly milestones: readonly number[]; readonly gamma: number };

/**
 * What the first epoch's learning rate is multiplied by in `epoch`, counted from 0; PyTorch's StepLR and MultiStepLR.
 * @throws ValueError unless gamma is positive and the epochs are whole and positive
 */
export function scheduleFactor(schedule: Schedule, epoch: number): number {
  const { gamma, every, milestones } = (schedule ?? {}) as { gamma?: unknown; every?: unknown; milestones?: unknown };
  if (!(typeof gamma === "number" && gamma > 0 && gamma < Number.POSITIVE_INFINITY)) {
    throw new ValueError(`schedule: gamma must be a positive number, got ${gamma}`);
  }
  const epochs: readonly unknown[] = Array.isArray(milestones) ? milestones : [every];
  const strange = epochs.findIndex((each) => !Number.isInteger(each) || (each as number) < 1);
  if (strange >= 0) throw new ValueError(`schedule: epochs must be whole and positive, got ${epochs[strange]}`);
  const drops = Array.isArray(milestones)
    ? milestones.filter((milestone) => milestone <= epoch).length
    : Math.floor(epoch / (every as number));
  let factor = 1;
  for (let i = 0; i < drops; i++) factor *= gamma;
  return factor;
}
