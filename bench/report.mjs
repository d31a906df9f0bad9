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

function barTable(judged) {
  const lines = judged.map((bar) => {
    const { what, against, unit, atMost, atLeast, plain, ours, theirs, miss } = bar;
    const text = (x) => amount(x, unit);
    return [
      what,
      ours === undefined ? "" : duration(ours),
      against === undefined ? "" : `${against}: ${duration(theirs)}`,
      atMost === undefined ? `≥ ${text(atLeast)}` : `≤ ${text(atMost)}`,
      `${text(bar.median)}${spread(bar, text)}`,
      plain ? factor(plain.median) : "",
      miss <= 1 ? "met" : `**missed by ${missText(bar)}**`,
    ];
  });
  return table(["what", "ours", "against", "bar", "measured", "plain", ""], lines);
}

/** How far a result is beyond its bar. */
function missText({ atMost, miss }) {
  const percent = 100 * (atMost === undefined ? 1 - 1 / miss : miss - 1);
  return `${percent.toFixed(percent < 9.95 ? 1 : 0)} %`;
}

/** Why bars are missed, each reason once; empty where none is. */
function misses(judged) {
  const byReason = new Map();
  for (const bar of judged.filter(({ miss }) => miss > 1)) {
    byReason.set(bar.why, [...(byReason.get(bar.why) ?? []), `${bar.what} (by ${missText(bar)})`]);
  }
  const lines = [...byReason].map(([why, whats]) => `- ${whats.join("; ")}: ${why}.`);
  return lines.length === 0 ? "" : `### Why bars are missed\n\n${lines.join("\n")}\n\n`;
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

const sizeOf = (row) => Number(row.split("/")[1]);

/** Time against the number at the end of rows' names: `{name, style, dashed, points}` of each contender in each direction. */
function series(rows, { prefixes, dtype, contenders }) {
  return ["ours", ...contenders].flatMap((contender, style) =>
    Object.entries(prefixes).map(([direction, prefix], i) => {
      const names = new Set(
        rows.map(({ row }) => row).filter((row) => row.startsWith(prefix) && !row.includes("-to-")),
      );
      const points = [...names].flatMap((name) => {
        const result = contender === "ours" ? oursOf(rows, name, { dtype }) : resultOf(rows, name, contender, dtype);
        return result ? [{ x: sizeOf(name), y: result.ms }] : [];
      });
      points.sort((a, b) => a.x - b.x);
      return { name: [contender, direction].filter(Boolean).join(", "), style, dashed: i > 0, points };
    }),
  );
}

/** Plain TypeScript has but one type of numbers. */
const resultOf = (rows, name, contender, dtype) =>
  rows.find(
    (each) => each.row === name && label(each) === contender && (each.dtype === dtype || contender === "typescript"),
  );

const transformChart = (domain, dtype, sign) => ({
  title: `${sign} transform, ${dtype}, one signal`,
  size: "bandwidth",
  prefixes: { forward: `${domain}-fft/`, inverse: `${domain}-ifft/` },
  dtype,
  contenders: ["c 128", "c 512", "typescript"],
});

const CHARTS = {
  "s2-transform": transformChart("s2", "f64", "S²"),
  "so3-transform": transformChart("so3", "f32", "SO(3)"),
  gemm: {
    title: "Matrix product f32, n × n × n",
    size: "n",
    prefixes: { "": "gemm/" },
    dtype: "f32",
    contenders: ["c 128", "openblas native", "typescript"],
  },
  dft: {
    title: "Real DFT f32, n lines of 4 signals",
    size: "n",
    prefixes: { "": "dft/" },
    dtype: "f32",
    contenders: ["c 128", "fftw native", "typescript"],
  },
};

/** Charts of cost against size on two logarithmic axes, of what has two sizes at least. */
function charts(rows, chartSvg) {
  mkdirSync(new URL("charts/", docs), { recursive: true });
  const written = [];
  for (const [name, { title, size, ...chosen }] of Object.entries(CHARTS)) {
    const lines = series(rows, chosen);
    const ticks = [...new Set(lines.flatMap(({ points }) => points.map(({ x }) => x)))].sort((a, b) => a - b);
    if (ticks.length < 2) continue;
    const y = { label: "time", scale: "log", format: duration };
    const chart = chartSvg({ title, x: { label: size, scale: "log", ticks }, y, series: lines });
    writeFileSync(new URL(`charts/${name}.svg`, docs), chart);
    written.push(`![${title}: time against ${size}, both logarithmic](charts/${name}.svg)`);
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
  const judged = bars(rows, profiles);
  const threads = rows.some((each) => each.threads > 1)
    ? "Figures are of one thread, except where a column or a bar says two."
    : "All figures are of one thread.";
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

${threads} The contenders of a row take turns in rounds, so that
a ratio compares what ran side by side; a time is the median of all samples with their quartiles, and × is the ratio to the first
of ours in the row: the median of the rounds' ratios and its quartiles. Where other programs run besides, times are too long,
ratios are noisy, and both show it in their spread.

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
out what is too small to count, and changing the order of numbers between two stages. Another native program
of this design, not part of this repository, at 128 bits without FMA too, took 0.244 to 0.247 ms a digit forward and 0.70 to 0.75 ms
in training (72 and 192 points) on the same sort of machine (Zen 4), run by hand at other times than the tables below. By as much as
the twin's own figures there are longer, the bars of the networks are easier than against that program.

On S² it is slower than that: it writes every row of d to memory, where a WebAssembly program that does not is known to need 0.53,
3.9 and 29 ms at b = 128, 256 and 512. On SO(3) its lanes are different signals: of one signal alone it uses one lane, and its times
there are no limit.

${barTable(judged)}

${misses(judged)}## Where the time goes

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
