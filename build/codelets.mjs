// Writes assembly/generated/codelets.ts: straight-line real DFTs of the common line lengths, analysis and synthesis;
// the part of them between lines and residue classes; and the classes' own synthesis and analysis with a rectifier in
// between (rectify-lines.ts).

import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { classSize, transforms, transformsAcrossClasses } from "./fourier.mjs";
import { rectifiedBetween } from "./graph.mjs";
import { statements } from "./schedule.mjs";

/** Line lengths and orders, for one length ascending: all ⌊(n−1)/2⌋ + 1 orders, and the pruned ones of the networks. */
const CODELETS = [
  [4, 2],
  [6, 3],
  [8, 4],
  [10, 5],
  [12, 6],
  [14, 3],
  [14, 7],
  [16, 8],
  [20, 6],
  [20, 10],
  [24, 12],
  [30, 7],
  [30, 15],
  [32, 16],
  [40, 20],
  [48, 24],
  [60, 10],
  [60, 15],
  [60, 30],
  [64, 32],
];
/** Those between lines and residue classes: the networks' alone, for they take a third of the room. */
const SPLIT = CODELETS.filter(([n]) => [6, 12, 14, 20, 30, 60].includes(n));
const lengthsOf = (codelets) => [...new Set(codelets.map(([n]) => n))];
const SIZES = [...new Set(SPLIT.map(([n]) => classSize(n)))];

/** Values at hand in a codelet, of V8's 15 vector registers: measured; intermediates take the rest. */
const REGISTERS = 11;

/** A side of a codelet: vectors apart by `Step` bytes or side by side, lines by `Line` or side by side too. */
const strided = (base) => {
  const element = (index) => (index === 0 ? base : `${base} + ${index} * ${base}Step`);
  return {
    base,
    arguments: [base, `${base}Step`, `${base}Line`],
    line: `${base}Line`,
    load: (index) => `v128.load(${element(index)})`,
    store: (index, value) => `v128.store(${element(index)}, ${value})`,
  };
};
const dense = (base, length) => ({
  base,
  arguments: length === undefined ? [base, `${base}Line`] : [base],
  line: length === undefined ? `${base}Line` : 16 * length,
  load: (index) => `v128.load(${base}, ${16 * index})`,
  store: (index, value) => `v128.store(${base}, ${value}, ${16 * index})`,
});
const parameters = (names) => names.map((name) => `${name}: usize`).join(", ");

/** A loop over lines with the cheapest of the programs; `extra` advances by so many bytes a line. */
function codeletText(name, from, to, programs, { rectify, extra = {} } = {}) {
  const text = { load: from.load, store: to.store, rectify };
  const candidates = programs.flatMap((program) =>
    [program.graph.live(program.outputs), program.graph.demanded(program.outputs)].map((order) =>
      statements(program, order, text, REGISTERS),
    ),
  );
  const { constants, lines, slots } = candidates.reduce((best, next) => (next.cost < best.cost ? next : best));
  const [{ inputs, outputs }] = programs;
  if (slots > 3 * Math.max(inputs, outputs.length)) throw new Error(`${name}: ${slots} vectors of scratch`);
  const advance = { [from.base]: from.line, [to.base]: to.line, ...extra };
  const names = [...new Set([...from.arguments, ...to.arguments, ...Object.keys(extra), "scratch"])];
  return `function ${name}(lines: i32, ${parameters(names)}): void {
  ${constants.join("\n  ")}
  for (let i = 0; i < lines; i++) {
    ${lines.join("\n    ")}
    ${Object.entries(advance)
      .map(([pointer, bytes]) => `${pointer} += ${bytes};`)
      .join("\n    ")}
  }
}
`;
}

/** A function `name` that chooses by n and orders among the codelets `name<n>to<orders>`. */
function dispatchText(name, documentation, from, to, codelets) {
  const names = [...from.arguments, ...to.arguments, "scratch"];
  const call = (n, orders) => `return ${name}${n}to${orders}(lines, ${names.join(", ")});`;
  const choose = ([orders, ...more], n) =>
    more.length === 0 ? call(n, orders) : `if (orders == ${orders}) ${call(n, orders)}\n    ${choose(more, n)}`;
  const cases = lengthsOf(codelets).map((n) => {
    const orders = codelets.filter(([length]) => length === n).map(([, orders]) => orders);
    return `  if (n == ${n}) {\n    ${choose(orders, n)}\n  }`;
  });
  return `/** ${documentation} */
export function ${name}(n: i32, orders: i32, lines: i32, ${parameters(names)}): void {
${cases.join("\n")}
}
`;
}

/** Whole lines. */
function lineTexts() {
  const documentation = (kind) =>
    `As ${kind}Lines of dft.ts, for orders that codeletOrders gave; the scratch takes 3n vectors.`;
  return [
    dispatchText("analyzeCodelet", documentation("analyze"), strided("x"), strided("X"), CODELETS),
    dispatchText("synthesizeCodelet", documentation("synthesize"), strided("X"), strided("x"), CODELETS),
    ...CODELETS.flatMap(([n, orders]) => {
      const { analyses, syntheses } = transforms(n, orders);
      return [
        codeletText(`analyzeCodelet${n}to${orders}`, strided("x"), strided("X"), analyses),
        codeletText(`synthesizeCodelet${n}to${orders}`, strided("X"), strided("x"), syntheses),
      ];
    }),
  ];
}

/** Between lines and residue classes; all side by side but the lines at X. */
function acrossTexts() {
  return [
    dispatchText("analyzeAcross", "Lines from the analyses of their classes.", dense("x", 0), dense("X"), SPLIT),
    dispatchText("synthesizeAcross", "The transpose of `analyzeAcross`.", dense("X"), dense("x", 0), SPLIT),
    ...SPLIT.flatMap(([n, orders]) => {
      const { analyses, syntheses } = transformsAcrossClasses(n, orders, classSize(n));
      return [
        codeletText(`analyzeAcross${n}to${orders}`, dense("x", n), dense("X"), analyses),
        codeletText(`synthesizeAcross${n}to${orders}`, dense("X"), dense("x", n), syntheses),
      ];
    }),
  ];
}

/** What happens to a sample between synthesis and analysis (rectifier.ts). */
const RECTIFIERS = {
  rectify: { constants: [], text: (x) => `rectified(${x})` },
  record: { constants: [], text: (x, sample) => `recorded(${x}, mask + ${sample})` },
  mask: { constants: ["laneBits()"], text: (x, sample, lanes) => `masked(${x}, mask + ${sample}, ${lanes})` },
};

/** Residue classes of p samples: synthesis, rectifier, analysis. */
function classTexts() {
  const dispatch = (name, pointers) => `export function ${name}(p: i32, lines: i32, ${parameters(pointers)}): void {
${SIZES.map((p) => `  if (p == ${p}) return ${name}${p}(lines, ${pointers.join(", ")});`).join("\n")}
}
`;
  const codelet = (name, p, rectify, to, outputs) => {
    const { analyses, syntheses } = transforms(p, (p + 1) / 2);
    const program = rectifiedBetween(syntheses[0], { ...analyses[0], outputs: analyses[0].outputs.slice(0, outputs) });
    return codeletText(`${name}${p}`, dense("x", p), to, [program], { rectify, extra: { mask: p } });
  };
  const lengths = (p) => lengthsOf(SPLIT).filter((n) => classSize(n) === p);
  const sizes = SIZES.map(
    (p) =>
      `  if (${lengths(p)
        .map((n) => `n == ${n}`)
        .join(" || ")}) return ${p};`,
  );
  return [
    `/** Samples in a residue class of a line of n; 1 where n has no codelets that know classes. */
export function classSize(n: i32): i32 {
${sizes.join("\n")}
  return 1;
}
`,
    ...Object.entries(RECTIFIERS).flatMap(([kind, rectify]) => [
      `/** Classes of p samples in place: synthesis, ${kind}, analysis. */`,
      dispatch(`${kind}Classes`, ["x", "mask", "scratch"]),
      ...SIZES.map((p) => codelet(`${kind}Classes`, p, rectify, dense("x", p), p)),
    ]),
    ...["rectify", "record"].flatMap((kind) => [
      `/** The same, but the sum of the samples alone, to X. */`,
      dispatch(`${kind}ClassSums`, ["x", "X", "mask", "scratch"]),
      ...SIZES.map((p) => codelet(`${kind}ClassSums`, p, RECTIFIERS[kind], dense("X", 1), 1)),
    ]),
  ];
}

function moduleText() {
  const choices = CODELETS.map(([n, orders]) => `  if (n == ${n} && orders <= ${orders}) return ${orders};`);
  return `// Generated by build/codelets.mjs; dft.ts says what analysis and synthesis are.

import { laneBits, masked, recorded, rectified } from "../rectifier";
import { madd, nmadd, zero } from "../simd";

/** Smallest number of orders, at least \`orders\`, for which lines of n have a codelet; 0 if there is none. */
export function codeletOrders(n: i32, orders: i32): i32 {
${choices.join("\n")}
  return 0;
}

${[...lineTexts(), ...acrossTexts(), ...classTexts()].join("\n")}`;
}

/** Writes the file if its text has changed, so that its time tells whether to compile again. */
export function writeCodelets(path = resolve(import.meta.dirname, "../assembly/generated/codelets.ts")) {
  const text = moduleText();
  if (existsSync(path) && readFileSync(path, "utf8") === text) return;
  mkdirSync(dirname(path), { recursive: true });
  const partial = `${path}.${process.pid}`;
  writeFileSync(partial, text);
  renameSync(partial, path);
}
