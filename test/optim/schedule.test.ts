import { expect, it } from "vitest";
import { ValueError } from "../../src/errors.ts";
import { scheduleFactor } from "../../src/optim/schedule.ts";

const factors = (schedule: Parameters<typeof scheduleFactor>[0], epochs: number) =>
  Array.from({ length: epochs }, (_, epoch) => scheduleFactor(schedule, epoch));

it("drops the rate every so many epochs, as StepLR", () => {
  expect(factors({ every: 2, gamma: 0.5 }, 7)).toEqual([1, 1, 0.5, 0.5, 0.25, 0.25, 0.125]);
});

it("drops the rate at milestones, as MultiStepLR", () => {
  expect(factors({ milestones: [1, 4], gamma: 0.5 }, 6)).toEqual([1, 0.5, 0.5, 0.5, 0.25, 0.25]);
});

it("rises and falls in straight lines, within epochs too", () => {
  expect(factors({ linear: 4 }, 6)).toEqual([1, 0.75, 0.5, 0.25, 0, 0]);
  expect([0, 0.5, 1, 1.5, 2, 3.5, 5].map((epoch) => scheduleFactor({ linear: 5, warmup: 1 }, epoch))).toEqual([
    0, 0.5, 1, 0.875, 0.75, 0.375, 0,
  ]);
});

it("refuses what is no schedule", () => {
  expect(() => scheduleFactor({ every: 0, gamma: 0.1 }, 0)).toThrow(ValueError);
  expect(() => scheduleFactor({ every: 10, gamma: 0 }, 0)).toThrow(/gamma must be a positive number, got 0/);
  expect(() => scheduleFactor({ milestones: [10, 12.5], gamma: 0.1 }, 0)).toThrow(/whole and positive, got 12.5/);
  for (const warmup of [-1, 5, 6, "1"]) {
    expect(() => scheduleFactor({ linear: 5, warmup } as never, 0)).toThrow(/warm-up/);
  }
  for (const schedule of [
    { linear: 0 },
    { linear: 2.5 },
    { linear: "3" },
    5,
    "step",
    {},
    { gamma: 0.1 },
    { gamma: "0.1", every: 1 },
    { gamma: 0.1, milestones: 3 },
  ]) {
    expect(() => scheduleFactor(schedule as never, 0)).toThrow(ValueError);
  }
});
