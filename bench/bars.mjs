// What the engine has to reach, and what it did: ratios of medians of one run. "c 128" is the C twin of the networks'
// stages at the 128 bits that WebAssembly has.

import { summary } from "./runner.mjs";

/** Ours as the bars mean it: the relaxed build, on Node 24 if that was measured. */
export function oursOf(rows, name, dtype = "f32") {
  const order = [
    ["ours-node24", "relaxed"],
    ["ours", "relaxed"],
    ["ours", "plain"],
  ];
  for (const [contender, build] of order) {
    const found = rows.find(
      (each) => each.row === name && each.contender === contender && each.build === build && each.dtype === dtype,
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

/** Ours over the other: within one row by rounds, between rows by medians with the spread of both; null without both. */
function ratio(ours, other) {
  if (!ours || !other) return null;
  if (ours.row === other.row && ours.rounds && other.rounds) {
    return summary(ours.rounds.map((ms, round) => ms / other.rounds[round]));
  }
  return { median: ours.ms / other.ms, low: ours.low / other.high, high: ours.high / other.low };
}

/** The same work so many times over. */
const times = (result, n) =>
  result && { row: `${n} times ${result.row}`, ms: n * result.ms, low: n * result.low, high: n * result.high };

const faster = (a, b) => (a && b ? (a.ms < b.ms ? a : b) : (a ?? b));

/** `[{what, against, bar, ratio}]`; a ratio is met when it is at most the bar. */
export function bars(rows) {
  const list = [];
  const add = (what, against, bar, measured) => {
    if (measured) list.push({ what, against, bar, ratio: measured });
  };
  const original = "`mnist-original`";
  const one = twin(rows, "forward/mnist-original/batch-1");
  const many = faster(twin(rows, "forward/mnist-original/batch-32"), times(one, 32));
  add(`${original} forward, batch 1`, "c 128", 1.3, ratio(oursOf(rows, "forward/mnist-original/batch-1"), one));
  add(
    `${original} forward, batch 32`,
    "c 128, the faster of batch 32 and 32 times batch 1",
    1.3,
    ratio(oursOf(rows, "forward/mnist-original/batch-32"), many),
  );
  for (const [network, points] of [
    ["mnist-original-72", 72],
    ["mnist-original", 192],
  ]) {
    const name = `train/${network}/batch-32`;
    add(`its training step, ${points} points`, "c 128", 1.4, ratio(oursOf(rows, name), twin(rows, name)));
  }
  const deep = "mnist-deep";
  add(
    `\`${deep}\` forward, batch 32`,
    "c 128 of `mnist-original`",
    28,
    ratio(oursOf(rows, `forward/${deep}/batch-32`), many),
  );
  add(
    `\`${deep}\` training step`,
    "c 128 of `mnist-original`",
    24,
    ratio(oursOf(rows, `train/${deep}/batch-32`), twin(rows, "train/mnist-original/batch-32")),
  );
  for (const n of [64, 128, 256]) {
    add(`GEMM f32, ${n}`, "c 128", 1 / 0.95, ratio(oursOf(rows, `gemm/${n}`), twin(rows, `gemm/${n}`)));
  }
  for (const n of [12, 20, 30, 60, 32, 64]) {
    const bar = n === 32 || n === 64 ? 1.3 : 1;
    add(
      `real DFT f32, ${n}`,
      "FFTW, best layout",
      bar,
      ratio(oursOf(rows, `dft/${n}`), best(rows, `dft/${n}`, "fftw")),
    );
  }
  for (const direction of ["fft", "ifft"]) {
    const name = `so3-${direction}/32`;
    add(`SO(3) ${direction} f32, b = 32`, "c 128, one digit forward", 4.5, ratio(oursOf(rows, name), one));
  }
  for (const b of [128, 256, 512]) {
    for (const direction of ["fft", "ifft"]) {
      const name = `s2-${direction}/${b}`;
      add(`S² ${direction} f64, b = ${b}`, "c 128", 1.1, ratio(oursOf(rows, name, "f64"), twin(rows, name, "f64")));
    }
  }
  return list;
}
