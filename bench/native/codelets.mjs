// The real DFTs of the C twin, and its lines with a rectifier between synthesis and analysis: build/fourier.mjs gives the
// algorithm, as for the kernels, here in C. gcc has its own way with registers and its stack is aligned, so nothing is put
// aside in memory by hand, and a rectified line is one expression from coefficients to coefficients.

import { writeFileSync } from "node:fs";
import { transforms } from "../../build/fourier.mjs";
import { rectifiedBetween } from "../../build/graph.mjs";
import { statements } from "../../build/schedule.mjs";

/** Line lengths and orders: whole lines, and what the networks keep of them. */
const CODELETS = [
  [6, 1],
  [6, 3],
  [12, 1],
  [12, 6],
  [14, 3],
  [14, 7],
  [20, 6],
  [20, 10],
  [30, 7],
  [30, 15],
  [32, 16],
  [60, 10],
  [60, 15],
  [60, 30],
  [64, 32],
  [128, 64],
];

/** Line length, orders before and after the rectifier; backward they change places. */
const RECTIFIERS = [
  [20, 10, 6],
  [12, 6, 1],
  [60, 30, 15],
  [30, 15, 15],
  [30, 15, 7],
  [14, 7, 7],
  [14, 7, 3],
  [6, 3, 3],
  [6, 3, 1],
];

const toC = (line) =>
  line
    .replace(/^const /, "const vec ")
    .replace(/^v128\.store\(scratch, (.*), (\d+)\);$/, "const vec constant$2 = $1;")
    .replace(/v128\.load\(scratch, (\d+)\)/g, "constant$1")
    .replace(/v128\.splat<real>\(<real>(-?[\d.e-]+)\)/g, "splat($1)")
    .replace(/v128\.(add|sub|mul|neg)<real>/g, "v_$1");

/** The body of a loop over lines, in the order of `chosen`: constants before it, statements in it. */
function body(program, text) {
  const order = program.graph[text.order ?? "live"](program.outputs);
  const { constants, lines } = statements(program, order, text, Infinity);
  return { constants: constants.map(toC).join("\n  "), lines: lines.map(toC).join("\n    ") };
}

function codelet(name, program) {
  const { constants, lines } = body(program, {
    load: (i) => `x[${i} * xStep]`,
    store: (i, value) => `X[${i} * XStep] = ${value}`,
  });
  return `static void ${name}(int lines, const vec *restrict x, long xStep, long xLine, vec *restrict X, long XStep, long XLine) {
  ${constants}
  for (int i = 0; i < lines; i++, x += xLine, X += XLine) {
    ${lines}
  }
}
`;
}

export function writeCodelets(path) {
  const bodies = CODELETS.flatMap(([n, orders]) => {
    const { analyses, syntheses } = transforms(n, orders);
    return [codelet(`analyze${n}to${orders}`, analyses[0]), codelet(`synthesize${n}to${orders}`, syntheses[0])];
  });
  const table = CODELETS.map(
    ([n, orders]) => `  {${n}, ${orders}, analyze${n}to${orders}, synthesize${n}to${orders}},`,
  );
  writeFileSync(path, `${bodies.join("\n")}\nstatic const Codelet CODELETS[] = {\n${table.join("\n")}\n};\n`);
}

/** What happens to a sample. */
const KINDS = {
  rectify: (x) => `rectified(${x})`,
  record: (x, sample) => `recorded(${x}, mask + ${sample})`,
  mask: (x, sample) => `masked(${x}, mask + ${sample})`,
};

function rectifier(kind, n, from, to) {
  const program = rectifiedBetween(transforms(n, from).syntheses[0], transforms(n, to).analyses[0]);
  const { constants, lines } = body(program, {
    load: (i) => `X[${i}]`,
    store: (i, value) => `Y[${i}] = ${value}`,
    rectify: { constants: [], text: KINDS[kind] },
    order: "demanded",
  });
  return `static void ${kind}${n}from${from}to${to}(int lines, const vec *restrict X, vec *restrict Y, bits *restrict mask) {
  ${constants}
  for (int i = 0; i < lines; i++, X += ${2 * from - 1}, Y += ${2 * to - 1}, mask += ${n}) {
    ${lines}
  }
}
`;
}

export function writeRectifiers(path) {
  const both = RECTIFIERS.flatMap(([n, from, to]) =>
    from === to
      ? [[n, from, to]]
      : [
          [n, from, to],
          [n, to, from],
        ],
  );
  const bodies = both.flatMap((sizes) => Object.keys(KINDS).map((kind) => rectifier(kind, ...sizes)));
  const names = (sizes) => Object.keys(KINDS).map((kind) => `${kind}${sizes[0]}from${sizes[1]}to${sizes[2]}`);
  const table = both.map((sizes) => `  {${[...sizes, ...names(sizes)].join(", ")}},`);
  writeFileSync(
    path,
    `${bodies.join("\n")}\nstatic const RectifierCodelet RECTIFIERS[] = {\n${table.join("\n")}\n};\n`,
  );
}
