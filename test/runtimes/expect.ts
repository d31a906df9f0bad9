// What every runtime's report must say: the bits of the Node that runs the tests, and an error by name for each bad input.

import { expect, inject } from "vitest";
import type { Numbers, Report } from "./projects.ts";

/** The name and a telling part of the message. */
const REFUSALS: Readonly<Record<string, RegExp>> = {
  "a wasm file that is not ours": /^FormatError: .*not one of spherical-cnn's kernels/,
  "a wasm file of another version": /^FormatError: .*got "f32-plain" of version "0\.0\.9"/,
  "a source that is none": /^ValueError: init: expected a URL.* got 17$/,
  "a model larger than the memory": /^MemoryExhaustedError: .* and the limit is 1\.0 MB; use a smaller batch/,
  "a model that is no file of weights": /^FormatError: checkpoint: expected a file of weights/,
  "a memory limit of nothing": /^ValueError: createEngine: memoryLimit must be between 64 KiB and 4 GiB, got 0$/,
  "bandwidth 0": /^ValueError: .*bandwidth .* got 0$/,
  "a negative degree": /^ValueError: .*degree .* got -1$/,
  "an order beyond the degree": /^ValueError: .* got 3$/,
  "a NaN angle": /^ValueError: .* angle .* got NaN$/,
  "a NaN in a signal": /^ValueError: .*finite, got NaN/,
  "an engine that was released": /^ReleasedEngineError: /,
  "special: a negative degree": /^ValueError: .*got -1/,
  "special: an order beyond the degree": /^ValueError: .*got 3/,
  "special: bandwidth 0": /^ValueError: .*bandwidth .*got 0/,
  "special: a NaN angle": /^ValueError: .*NaN/,
};

const bits = ({ build, logits, loss, gradients, weights }: Numbers) => ({ build, logits, loss, gradients, weights });

/** @throws AssertionError unless the numbers are those of the reference, to the last bit, in the memory of a small host */
function expectBits(numbers: Numbers, reference: Numbers): void {
  expect(bits(numbers)).toEqual(bits(reference));
  expect(numbers.megabytes).toBeLessThanOrEqual(32);
}

/**
 * @param threads that a run with `threads(2)` should have; null where the report has no such run
 */
export function expectReport(report: Report, threads: 1 | 2 | null): void {
  const reference = inject("reference");
  expectBits(report.f32, reference.f32);
  expectBits(report.f64, reference.f64);
  expect(report.special).toBe(reference.special);
  expect(Math.abs(report.auto.loss / reference.f32.loss - 1)).toBeLessThan(1e-5); // another rounding, the same network
  expect(Object.keys(report.refusals).sort()).toEqual(Object.keys(REFUSALS).sort());
  for (const [what, said] of Object.entries(REFUSALS)) expect(report.refusals[what], what).toMatch(said);
  if (threads === null) return;
  expectBits(report.withThreads!.f32, reference.f32);
  expect(report.withThreads!.threads).toEqual([threads, threads]);
  const warning = expect.stringMatching(/^spherical-cnn: one thread instead of 2: this runtime lacks /);
  expect(report.withThreads!.warnings).toEqual(threads === 2 ? [] : [warning]);
}
