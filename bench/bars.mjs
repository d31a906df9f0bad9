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

const DESIGNS = "[designs measured](designs-measured.md)";
const DESIGN = "[design](design.md)";

/** Why a bar is not met where it is not, and where the designs that were measured stand. */
const WHY = {
  network: `the stages are those of the twin, so what is left is V8's code for them: constants and vectors that gcc keeps at
    hand are loaded and stored again, and with one digit the products have few rows (${DESIGNS}: real DFT, GEMM, Wigner stage)`,
  gemm: `the same tile, but V8 orders and unrolls its innermost loop, and at 64 packing is a larger part (${DESIGNS}: GEMM)`,
  shortDft: `so short a line takes about as long as its share of the call from JavaScript, which FFTW does not have: of two
    transforms in one call a line of 12 takes 1.6 ns (${DESIGNS}: real DFT)`,
  dft: `V8 spills what does not fit its registers, and has no vector constants in memory (${DESIGNS}: real DFT)`,
  so3: `of one signal the rings fill the lanes, and each d is loaded for one signal only (${DESIGNS}: Wigner stage)`,
  s2: `the recurrence and its sums need more registers than V8 gives them in one loop (${DESIGNS}: Legendre sums)`,
  threads: `a thread that is held up holds up the other at every kernel, and kernels of a small network are short; bursts of
    1.8 to 1.9 were seen, whole runs of the suite do not keep them. Serial are the input
    on its way in and dispatch, and operands are packed by every thread anew (${DESIGN}: threads)`,
  rest: `tensors, tape and calls of kernels are JavaScript; inference plans have none of them (${DESIGN}: inference plan)`,
  power: `the signal of 0.5 MB at 128 stays in a cache that the one of 8 MB at 512 does not fit (${DESIGNS}: Legendre sums)`,
  start: `V8 compiles the library and the module, then come tables and the filters' spectra (${DESIGN}: inference plan)`,
  memory: `the runtime itself, activations and tables add up (${DESIGN}: memory and lifetimes)`,
  tables: `d is tabulated for m ≥ n ≥ 0, and a recurrence in its place wins nothing (${DESIGNS}: Wigner stage)`,
  error: `the recurrence's rounding, which grows with b (${DESIGNS}: Legendre sums)`,
};

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

/**
 * Ratios of times, at most so much: `{what, digits, against, name, dtype, other, atMost, why}`; digits: in a call of ours;
 * why: what to say where it is more.
 */
function comparisons(rows) {
  const one = twin(rows, "forward/mnist-original/batch-1");
  const many = faster(twin(rows, "forward/mnist-original/batch-32"), times(one, 32));
  const trained = twin(rows, "train/mnist-original/batch-32");
  const network = (what, name, digits, against, other, atMost) => {
    return { what, name, digits, against, other, atMost, why: WHY.network };
  };
  const kernel = (why, what, name, against, other, atMost, dtype) => {
    return { what, name, against, other, atMost, dtype, why };
  };
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
    ...[64, 128, 256].map((n) =>
      kernel(WHY.gemm, `GEMM f32, ${n}`, `gemm/${n}`, "c 128", twin(rows, `gemm/${n}`), 1 / 0.95),
    ),
    ...[12, 20, 30, 60, 32, 64].map((n) =>
      kernel(
        n === 12 ? WHY.shortDft : WHY.dft,
        `real DFT f32, ${n}`,
        `dft/${n}`,
        "FFTW, best layout",
        best(rows, `dft/${n}`, "fftw"),
        n === 32 || n === 64 ? 1.3 : 1,
      ),
    ),
    ...both.map((direction) =>
      kernel(WHY.so3, `SO(3) ${direction} f32, b = 32`, `so3-${direction}/32`, "c 128, one digit forward", one, 4.5),
    ),
    ...[128, 256, 512].flatMap((b) =>
      both.map((direction) => {
        const name = `s2-${direction}/${b}`;
        return kernel(WHY.s2, `S² ${direction} f64, b = ${b}`, name, "c 128", twin(rows, name, "f64"), 1.1, "f64");
      }),
    ),
  ];
}

/** Bars on what was measured without another: `{what, median, low, high, atMost or atLeast, unit, why}`. */
function limits(rows, profiles) {
  const found = [];
  for (const [what, name] of [
    ["inference", "forward/mnist-original/batch-32"],
    ["training, 192 points", "train/mnist-original/batch-32"],
    ["`mnist-deep` inference", "forward/mnist-deep/batch-32"],
    ["`mnist-deep` training", "train/mnist-deep/batch-32"],
  ]) {
    const gain = ratio(oursOf(rows, name), oursOf(rows, name, { threads: 2 }));
    if (gain)
      found.push({ what: `two threads, batch 32, ${what}`, ...gain, atLeast: 1.8, unit: "×", why: WHY.threads });
  }
  for (const { row, ms, shares } of profiles.filter(({ row }) => row.startsWith("train/"))) {
    const rest = shares.find(({ name }) => name === REST);
    const median = (100 * rest.ms) / ms;
    found.push({ what: `not kernels, of \`${row}\``, median, atMost: 5, unit: "%", why: WHY.rest });
  }
  const small = oursOf(rows, "s2-fft/128", { dtype: "f64" });
  const large = oursOf(rows, "s2-fft/512", { dtype: "f64" });
  if (small && large) {
    const median = Math.log2(large.ms / small.ms) / 2;
    found.push({ what: "S² fft f64, cost as a power of b, 128 to 512", median, atMost: 3.1, unit: "", why: WHY.power });
  }
  const megabytes = (bytes) => ({ median: bytes / 1e6 });
  const peak = (result) => megabytes(result.peak);
  const time = ({ ms, low, high }) => ({ median: ms, low, high });
  const error = (result) => ({ median: result.error });
  const tables = ({ bytes }) => megabytes(bytes);
  for (const [what, name, dtype, of, atMost, unit, why] of [
    ["cold start: import, load, first digit", "cold-start/mnist-original-72", "f32", time, 100, "ms", WHY.start],
    ["resident at inference, batch 32", "memory/forward/mnist-original/batch-32", "f32", peak, 120, "MB", WHY.memory],
    ["resident in training, batch 32", "memory/train/mnist-original/batch-32", "f32", peak, 200, "MB", WHY.memory],
    ["S², b = 1024, f64, there and back: error", "round-trip/s2/1024", "f64", error, 1e-12, "", WHY.error],
    ["S², b = 1024, f64: resident", "round-trip/s2/1024", "f64", peak, 2000, "MB", WHY.memory],
    ["SO(3), b = 128, f32, 3 channels: resident", "round-trip/so3/128", "f32", peak, 2000, "MB", WHY.memory],
    ["tables of SO(3), b = 64", "tables/so3/64", "f32", tables, 25, "MB", WHY.tables],
  ]) {
    const result = oursOf(rows, name, { dtype });
    if (result) found.push({ what, ...of(result), atMost, unit, why });
  }
  return found;
}

/**
 * All bars for which there are results: `{what, against, unit, atMost or atLeast, median, low, high, miss, why}`, met where
 * `miss`, the factor to the bar, is at most 1, and for ratios of times
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
  return [...compared, ...limits(rows, profiles)].map((bar) => {
    const miss = bar.atMost === undefined ? bar.atLeast / bar.median : bar.median / bar.atMost;
    return { ...bar, miss, why: bar.why.replaceAll(/\s+/g, " ") };
  });
}
