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
  const { gamma } = schedule;
  const epochs = "every" in schedule ? [schedule.every] : schedule.milestones;
  if (!(gamma > 0 && gamma < Number.POSITIVE_INFINITY)) {
    throw new ValueError(`schedule: gamma must be positive, got ${gamma}`);
  }
  const strange = epochs.find((each) => !Number.isInteger(each) || each < 1);
  if (strange !== undefined) throw new ValueError(`schedule: epochs must be whole and positive, got ${strange}`);
  const drops =
    "every" in schedule ? Math.floor(epoch / schedule.every) : epochs.filter((milestone) => milestone <= epoch).length;
  let factor = 1;
  for (let i = 0; i < drops; i++) factor *= gamma;
  return factor;
}
