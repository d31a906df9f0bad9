// What the engine has to reach, and what it did. "c 128" is the C twin of the networks' stages at the 128 bits that
// WebAssembly has. Ours is the relaxed build, on Node 24 if that was measured; the plain build of the runtime that ran the
// suite stands beside it.

import { REST } from "./profile.mjs";
import { summary } from "./runner.mjs";

const FAST = [
  ["ours-node24", "relaxed"],
  ["ours", "relaxed"],
  ["ours", "plain"],
];
const PLAIN = [["ours", "plain"]];

/** Ours as the bars mean it, or the first of other choices; null where none was measured. */
export function oursOf(rows, name, { dtype = "f32", threads = 1, choices = FAST } = {}) {
  for (const [contender, build] of choices) {
    const found = rows.find(
      (each) =>
        each.row === name &&
        each.contender === contender &&
        each.build === build &&
        each.dtype === dtype &&
        each.threads === threads,
    );
    if (found) return found;
  }
  return null;
}

/** The fastest result of a contender; of the twin, at one width. */
function best(rows, name, contender, dtype = "f32", build = null) {
  const found = rows.filter(
    (each) =>
      each.row === name && each.contender === contender && each.dtype === dtype && (!build || each.build === build),
  );
  return found.sort((a, b) => a.ms - b.ms)[0] ?? null;
}

const twin = (rows, name, dtype) => best(rows, name, "c", dtype, "128");

/** One over the other: within one row by rounds, between rows by medians with the spread of both; null without both. */
function ratio(one, other) {
  if (!one || !other) return null;
  if (one.row === other.row && one.rounds?.length === other.rounds?.length) {
    return summary(one.rounds.map((ms, round) => ms / other.rounds[round]));
  }
  return { median: one.ms / other.ms, low: one.low / other.high, high: one.high / other.low };
}

/** The same work so many times over. */
const times = (result, n) =>
  result && { row: `${n} times ${result.row}`, ms: n * result.ms, low: n * result.low, high: n * result.high };

const faster = (a, b) => (a && b ? (a.ms < b.ms ? a : b) : (a ?? b));

/** Ratios of times, at most so much: `{what, digits, against, name, dtype, other, atMost}`; digits: in a call of ours. */
function comparisons(rows) {
  const one = twin(rows, "forward/mnist-original/batch-1");
  const many = faster(twin(rows, "forward/mnist-original/batch-32"), times(one, 32));
  const trained = twin(rows, "train/mnist-original/batch-32");
  const network = (what, name, digits, against, other, atMost) => ({ what, name, digits, against, other, atMost });
  const kernel = (what, name, against, other, atMost, dtype) => ({ what, name, against, other, atMost, dtype });
  const both = ["fft", "ifft"];
  return [
    network("`mnist-original` forward, batch 1", "forward/mnist-original/batch-1", 1, "c 128", one, 1.3),
    network(
      "`mnist-original` forward, batch 32",
      "forward/mnist-original/batch-32",
      32,
      "c 128, the faster of batch 32 and 32 times batch 1",
      many,
      1.3,
    ),
    ...[
      ["mnist-original-72", 72],
      ["mnist-original", 192],
    ].map(([network_, points]) => {
      const name = `train/${network_}/batch-32`;
      return network(`its training step, ${points} points`, name, 32, "c 128", twin(rows, name), 1.4);
    }),
    network("`mnist-deep` forward, batch 32", "forward/mnist-deep/batch-32", 32, "c 128 of `mnist-original`", many, 28),
    network("`mnist-deep` training step", "train/mnist-deep/batch-32", 32, "c 128 of `mnist-original`", trained, 24),
    ...[64, 128, 256].map((n) => kernel(`GEMM f32, ${n}`, `gemm/${n}`, "c 128", twin(rows, `gemm/${n}`), 1 / 0.95)),
    ...[12, 20, 30, 60, 32, 64].map((n) =>
      kernel(
        `real DFT f32, ${n}`,
        `dft/${n}`,
        "FFTW, best layout",
        best(rows, `dft/${n}`, "fftw"),
        n === 32 || n === 64 ? 1.3 : 1,
      ),
    ),
    ...both.map((direction) =>
      kernel(`SO(3) ${direction} f32, b = 32`, `so3-${direction}/32`, "c 128, one digit forward", one, 4.5),
    ),
    ...[128, 256, 512].flatMap((b) =>
      both.map((direction) => {
        const name = `s2-${direction}/${b}`;
        return kernel(`S² ${direction} f64, b = ${b}`, name, "c 128", twin(rows, name, "f64"), 1.1, "f64");
      }),
    ),
  ];
}

/** Bars on what was measured without another: `{what, value, atMost or atLeast, unit}`. */
function limits(rows, profiles) {
  const found = [];
  for (const [what, name] of [
    ["inference", "forward/mnist-original/batch-32"],
    ["training, 192 points", "train/mnist-original/batch-32"],
    ["`mnist-deep` inference", "forward/mnist-deep/batch-32"],
    ["`mnist-deep` training", "train/mnist-deep/batch-32"],
  ]) {
    const gain = ratio(oursOf(rows, name), oursOf(rows, name, { threads: 2 }));
    if (gain) found.push({ what: `two threads, batch 32, ${what}`, ...gain, atLeast: 1.8, unit: "×" });
  }
  for (const { row, ms, shares } of profiles.filter(({ row }) => row.startsWith("train/"))) {
    const rest = shares.find(({ name }) => name === REST);
    found.push({ what: `not kernels, of \`${row}\``, median: (100 * rest.ms) / ms, atMost: 5, unit: "%" });
  }
  const small = oursOf(rows, "s2-fft/128", { dtype: "f64" });
  const large = oursOf(rows, "s2-fft/512", { dtype: "f64" });
  if (small && large) {
    const median = Math.log2(large.ms / small.ms) / 2;
    found.push({ what: "S² fft f64, cost as a power of b, 128 to 512", median, atMost: 3.1, unit: "" });
  }
  const fresh = (what, name, dtype, of, atMost, unit) => {
    const result = oursOf(rows, name, { dtype });
    if (result) found.push({ what, ...of(result), atMost, unit });
  };
  const megabytes = (bytes) => ({ median: bytes / 1e6 });
  const peak = (result) => megabytes(result.peak);
  const time = ({ ms, low, high }) => ({ median: ms, low, high });
  fresh("cold start: import, load, first digit", "cold-start/mnist-original-72", "f32", time, 100, "ms");
  fresh("resident at inference, batch 32", "memory/forward/mnist-original/batch-32", "f32", peak, 120, "MB");
  fresh("resident in training, batch 32", "memory/train/mnist-original/batch-32", "f32", peak, 200, "MB");
  fresh(
    "S², b = 1024, f64, there and back: error",
    "round-trip/s2/1024",
    "f64",
    ({ error }) => ({ median: error }),
    1e-12,
    "",
  );
  fresh("S², b = 1024, f64: resident", "round-trip/s2/1024", "f64", peak, 2000, "MB");
  fresh("SO(3), b = 128, f32, 3 channels: resident", "round-trip/so3/128", "f32", peak, 2000, "MB");
  fresh("tables of SO(3), b = 64", "tables/so3/64", "f32", ({ bytes }) => megabytes(bytes), 25, "MB");
  return found;
}

/**
 * All bars for which there are results: `{what, against, unit, atMost or atLeast, median, low, high}` and for ratios of times
 * `plain`, the ratio of our plain build, and milliseconds, of a digit where there are digits: `ours`, `theirs`.
 */
export function bars(rows, profiles) {
  const compared = comparisons(rows).flatMap(({ name, dtype, digits = 1, other, ...rest }) => {
    const ours = oursOf(rows, name, { dtype });
    const measured = ratio(ours, other);
    if (!measured) return [];
    const plain = ratio(oursOf(rows, name, { dtype, choices: PLAIN }), other);
    // A row of one digit may stand against one of 32.
    const theirs = other.ms / (other.row.endsWith("batch-32") || other.row.startsWith("32 times") ? 32 : 1);
    return [{ ...rest, ...measured, unit: "×", plain, ours: ours.ms / digits, theirs }];
  });
  return [...compared, ...limits(rows, profiles)];
}
