// Interleaved rounds: the contenders of a row take turns, a fraction of a second each, so that whatever else the machine
// does slows all of them alike, and a ratio is taken within a round.

import Benchmark from "benchmark";

/** Samples of one round, at least; and seconds of one sample, so short that few are interrupted on a busy machine. */
const SAMPLES = 3;
const SAMPLE_SECONDS = 0.0005;

/** Seconds of a call beyond which it is timed by itself, and of one that takes part in the first round only. */
const LONG = 0.05;
const TOO_LONG = 3;

/**
 * A sampler of a function of this process: seconds per call, several times, during about `seconds`. Each sample is a
 * cycle of the package `benchmark`, which chooses the number of calls in it, or one long call.
 */
export function sampler(call) {
  const timed = () => {
    const start = performance.now();
    call();
    return (performance.now() - start) / 1e3;
  };
  // V8 compiles the kernels again, faster, while they run.
  const began = performance.now();
  let last = timed();
  for (let i = 1; i < 3 || performance.now() - began < 60; i++) {
    if (i > 1 && last > 1) break;
    last = timed();
  }
  if (last > LONG) return async (seconds) => repeated(timed, seconds);
  let count = 1;
  return async (seconds) => {
    const options = { fn: call, minSamples: SAMPLES, minTime: SAMPLE_SECONDS, maxTime: seconds, initCount: count };
    const benchmark = new Benchmark(options).run();
    if (benchmark.error) throw benchmark.error;
    count = benchmark.count;
    return benchmark.stats.sample;
  };
}

/** At least one sample, and more until the time is over. */
function repeated(timed, seconds) {
  const samples = [];
  for (let sum = 0; sum < seconds; sum += samples.at(-1)) samples.push(timed());
  return samples;
}

function quantile(values, q) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = q * (sorted.length - 1);
  const low = Math.floor(at);
  return sorted[low] + (at - low) * ((sorted[low + 1] ?? sorted[low]) - sorted[low]);
}

export const median = (values) => quantile(values, 0.5);

/** Median, and the quartiles as its spread. */
export const summary = (values) => ({
  median: median(values),
  low: quantile(values, 0.25),
  high: quantile(values, 0.75),
});

/**
 * Measures one row. `contenders`: `{contender, threads, dtype, build, sample, close}`. Each result has the milliseconds
 * of all samples, the median of each round, and the rounds' ratio to the first of ours in its dtype, or to the first of all.
 * Who needs seconds for a call takes part in the first round only.
 */
export async function measure(row, contenders, { rounds, seconds }) {
  const samples = contenders.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, contender] of contenders.entries()) {
      if (round === 0 || median(samples[i][0]) < TOO_LONG) samples[i].push(await contender.sample(seconds));
    }
  }
  return contenders.map(({ contender, threads, dtype, build }, i) => {
    const same = contenders.findIndex((each) => each.contender === "ours" && each.dtype === dtype);
    const reference = Math.max(0, same);
    const ratios = samples[i].map((values, round) => median(values) / median(samples[reference][round]));
    const { median: ms, low, high } = summary(samples[i].flat().map((value) => value * 1e3));
    const medians = samples[i].map((values) => median(values) * 1e3);
    return { row: row.name, contender, threads, dtype, build, ms, low, high, ratio: summary(ratios), rounds: medians };
  });
}
