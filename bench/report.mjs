// docs/performance.md and its charts, from the results of the suite.

import { mkdirSync, writeFileSync } from "node:fs";
import { bars, oursOf } from "./bars.mjs";
import { duration } from "./print.mjs";

const docs = new URL("../docs/", import.meta.url);

const SECTIONS = [
  ["Whole networks", /^(forward|train)\//],
  ["Layers, at inference", /^layer\//],
  ["Products of a layer's spectra, all degrees", /^blocks\//],
  ["Transforms on S², one signal", /^s2-i?fft\//],
  ["Transforms on SO(3), one signal", /^so3-/],
  ["Correlation on S², against its definition", /^s2-correlation\//],
  ["Real DFTs: n lines of 4 signals (`dft`), and the same planes both ways (`dft2`)", /^dft/],
  ["Matrix products", /^gemm\//],
];

const table = (head, lines) =>
  [head, head.map(() => "---"), ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

const factor = (x) => (x < 10 ? x.toFixed(2) : x.toFixed(0));

const spread = ({ low, high }, text) => (low === undefined ? "" : ` [${text(low)}, ${text(high)}]`);

const cell = ({ ms, low, high, ratio }) =>
  `${duration(ms)} [${duration(low)}, ${duration(high)}] × ${factor(ratio.median)}${spread(ratio, factor)}`;

const label = ({ contender, build, threads }) => {
  if (contender === "typescript" || contender === "definition") return contender;
  return `${contender} ${build}${threads > 1 ? `, ${threads} threads` : ""}`.trim();
};

/** One line for each row and dtype, one column for each contender that the section has. */
function section(rows, [title, pattern]) {
  const here = rows.filter(({ row }) => pattern.test(row));
  if (here.length === 0) return "";
  const columns = [...new Set(here.map(label))];
  const ofRow = (row, dtype) => here.filter((each) => each.row === row && each.dtype === dtype);
  const keys = [...new Set(here.map(({ row, dtype }) => `${row} ${dtype}`))].map((key) => key.split(" "));
  const lines = keys.map(([row, dtype]) => [
    `\`${row}\``,
    dtype,
    ...columns.map((column) => {
      const result = ofRow(row, dtype).find((each) => label(each) === column);
      return result ? cell(result) : "";
    }),
  ]);
  return `### ${title}\n\n${table(["row", "", ...columns], lines)}\n`;
}

/** A number of a bar in its unit. */
function amount(x, unit) {
  const digits = x === 0 || (x >= 0.01 && x < 1e4) ? factor(x) : x.toExponential(1);
  return unit === "×" || unit === "" ? digits : `${digits} ${unit}`;
}

function barTable(rows, profiles) {
  const lines = bars(rows, profiles).map(
    ({ what, against, unit, atMost, atLeast, plain, ours, theirs, ...measured }) => {
      const text = (x) => amount(x, unit);
      const miss = atMost === undefined ? atLeast / measured.median : measured.median / atMost;
      return [
        what,
        ours === undefined ? "" : duration(ours),
        against === undefined ? "" : `${against}: ${duration(theirs)}`,
        atMost === undefined ? `≥ ${text(atLeast)}` : `≤ ${text(atMost)}`,
        `${text(measured.median)}${spread(measured, text)}`,
        plain ? factor(plain.median) : "",
        miss <= 1 ? "met" : `**missed by ${factor(miss)} ×**`,
      ];
    },
  );
  return table(["what", "ours", "against", "bar", "measured", "plain", ""], lines);
}

/** What was measured in processes of its own. */
function freshTable(rows) {
  const megabytes = (bytes) => (bytes === undefined ? "" : `${(bytes / 1e6).toFixed(1)} MB`);
  const lines = rows
    .filter(({ peak }) => peak !== undefined)
    .map(({ row, contender, build, dtype, ms, low, high, peak, error, bytes }) => [
      `\`${row}\``,
      `${contender} ${build}`,
      dtype,
      `${duration(ms)}${low === high ? "" : ` [${duration(low)}, ${duration(high)}]`}`,
      megabytes(peak),
      error === undefined ? "" : error.toExponential(1),
      megabytes(bytes),
    ]);
  return table(["row", "", "", "time", "resident at most", "relative error", "tables"], lines);
}

function profileTable({ row, build, ms, shares }) {
  const lines = shares.map((share) => [
    share.name,
    duration(share.ms),
    `${((100 * share.ms) / ms).toFixed(1)} %`,
    share.calls ? String(Math.round(share.calls)) : "",
  ]);
  return `\`${row}\`, f32 ${build}, ${duration(ms)}:\n\n${table(["kernel", "time", "share", "calls"], lines)}\n`;
}

/** A contender's time against the number at the end of its rows' names. */
function series(rows, prefix, dtype, names) {
  const sizes = rows.filter(({ row }) => row.startsWith(prefix)).map(({ row }) => Number(row.slice(prefix.length)));
  const all = [...new Set(sizes)].sort((a, b) => a - b);
  const ours = { name: "ours", points: all.flatMap((n) => pointOf(n, oursOf(rows, `${prefix}${n}`, { dtype }))) };
  const others = names.map((name) => ({
    name,
    points: all.flatMap((n) =>
      pointOf(
        n,
        rows.find(
          (each) =>
            each.row === `${prefix}${n}` && label(each) === name && (each.dtype === dtype || name === "typescript"),
        ),
      ),
    ),
  }));
  return [ours, ...others];
}

const pointOf = (n, result) => (result ? [[n, result.ms]] : []);

const CHARTS = {
  "s2-transform": [
    "S² transform forward, f64, one signal",
    "bandwidth",
    "s2-fft/",
    "f64",
    ["c 128", "c 512", "typescript"],
  ],
  "so3-transform": [
    "SO(3) transform forward, f32, one signal",
    "bandwidth",
    "so3-fft/",
    "f32",
    ["c 128", "c 512", "typescript"],
  ],
  gemm: ["Matrix product f32, n × n × n", "n", "gemm/", "f32", ["c 128", "openblas native", "typescript"]],
  dft: ["Real DFT f32, n lines of 4 signals", "n", "dft/", "f32", ["c 128", "fftw native", "typescript"]],
};

/** A chart on two logarithmic axes: cost against size. */
function chartOf(title, label, lines, chartSvg) {
  const series = lines.map(({ name, points }) => ({ name, points: points.map(([x, y]) => ({ x, y })) }));
  const sizes = new Set(lines.flatMap(({ points }) => points.map(([x]) => x)));
  const ticks = [...sizes].sort((a, b) => a - b);
  const y = { label: "time", scale: "log", format: duration };
  return chartSvg({ title, x: { label, scale: "log", ticks }, y, series });
}

function charts(rows, chartSvg) {
  mkdirSync(new URL("charts/", docs), { recursive: true });
  const written = [];
  for (const [name, [title, xLabel, prefix, dtype, names]] of Object.entries(CHARTS)) {
    const chosen = rows.filter(({ row }) => !row.includes("-to-"));
    const lines = series(chosen, prefix, dtype, names);
    if (lines[0].points.length < 2) continue;
    writeFileSync(new URL(`charts/${name}.svg`, docs), chartOf(title, xLabel, lines, chartSvg));
    written.push(`![${title}: time against ${xLabel}, both logarithmic](charts/${name}.svg)`);
  }
  return written.join("\n\n");
}

/** @param results what `--json` writes; @param chartSvg of the library */
export function writeReport({ machine, rows, profiles }, chartSvg) {
  const {
    processor,
    cores,
    memory,
    system,
    load,
    runtime,
    commit,
    date,
    version,
    command,
    commands = [command],
  } = machine;
  const text = `# Performance

Written by the bench suite (\`bench/report.mjs\`) from

\`\`\`
${commands.join("\n")}
\`\`\`

| | |
|---|---|
| processor | ${processor}, ${cores} cores, ${memory} |
| system | ${system} |
| load average at the start | ${load.toFixed(1)}: ${load > 0.5 ? "other programs were running" : "nothing else was running"} |
| runtime | ${runtime}; \`ours-node24\` and the like name theirs |
| version | spherical-cnn ${version}, commit ${commit} |
| date | ${date.slice(0, 16).replace("T", " ")} UTC |

All figures are of one thread unless they say otherwise. The contenders of a row take turns in rounds, so that a ratio compares
what ran side by side; a time is the median of all samples with their quartiles, and × is the ratio to the first of ours in the
row: the median of the rounds' ratios and its quartiles. Where other programs run besides, times are too long, ratios are noisy,
and both show it in their spread.

Contenders: **ours** (relaxed: with fused multiply-add; plain: the same bits on every runtime); of whole networks at inference it
is the compiled plan, and **ours-layers** the same network layer by layer · **typescript** the formulas in plain arrays ·
**definition** correlation as a sum over turned filters · **fftw** FFTW 3, FFTW_PATIENT, batched, in the best of three layouts ·
**openblas** · **c** the engine's design written again in C, with vectors of 128 (without FMA, what WebAssembly SIMD becomes on
x86), 256 or 512 bits · **torch** PyTorch, FFT and einsum · **floor** the necessary stages of a network, each by the fastest of
FFTW, OpenBLAS and C at any width, added up.

## Bars

Ratios of times, ours over the other's: within a row the median and quartiles of the rounds' ratios, between rows of medians with
the quartiles of both. *measured* is the relaxed build, on Node 24 if that took part, *plain* the plain build in the runtime named
above; times of networks are those of one digit. Memory is the largest resident set of a process, the runtime's own included.

The twin is the same design, stage by stage: spectra from convolution to convolution, rectifiers that never have the signal in
memory, outer products of the first layer multiplied out on the fly, products of filters packed beforehand at inference. It leaves
out what is too small to count, and changing the order of numbers between two stages. Another native program of this design, not
part of this repository, 128 bits without FMA, is known to need 0.243 ms a digit at batch 1, 0.247 at batch 32, and 0.745 and
0.716 ms in training (192 and 72 points) on a quiet machine of this kind. On S² it writes
every row of d to memory, where a WebAssembly program that does not is known to need 0.53, 3.9 and 29 ms at b = 128, 256 and 512.
On SO(3) its lanes are different signals: of one signal alone it uses one lane, and its times there are no limit.

${barTable(rows, profiles)}

## Where the time goes

${profiles.map(profileTable).join("\n")}
## Cost against size

${charts(rows, chartSvg)}

## In a fresh process

The cold start runs from the first statement of the program to the first digit's logits, in processes one after the other; a round
trip is an inverse and a forward transform of one batch.

${freshTable(rows)}

## All rows

${SECTIONS.map((each) => section(rows, each))
  .filter(Boolean)
  .join("\n")}`;
  writeFileSync(new URL("performance.md", docs), text);
}
