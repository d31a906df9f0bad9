// The real DFTs of the C twin: build/fourier.mjs gives the algorithm, as for the kernels, here in C. gcc has its own way
// with registers, so nothing is put aside in memory by hand.

import { writeFileSync } from "node:fs";
import { transforms } from "../../build/fourier.mjs";
import { statements } from "../../build/schedule.mjs";

/** Line lengths and orders: whole lines, and what the networks keep of them. */
const CODELETS = [
  [6, 3],
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

const toC = (line) =>
  line
    .replace(/^const /, "const vec ")
    .replace(/^v128\.store\(scratch, (.*), (\d+)\);$/, "const vec constant$2 = $1;")
    .replace(/v128\.load\(scratch, (\d+)\)/g, "constant$1")
    .replace(/v128\.splat<real>\(<real>(-?[\d.e-]+)\)/g, "splat($1)")
    .replace(/v128\.(add|sub|mul|neg)<real>/g, "v_$1");

function codelet(name, program) {
  const { constants, lines } = statements(
    program,
    program.graph.live(program.outputs),
    { load: (i) => `x[${i} * xStep]`, store: (i, value) => `X[${i} * XStep] = ${value}` },
    Infinity,
  );
  return `static void ${name}(int lines, const vec *restrict x, long xStep, long xLine, vec *restrict X, long XStep, long XLine) {
  ${constants.map(toC).join("\n  ")}
  for (int i = 0; i < lines; i++, x += xLine, X += XLine) {
    ${lines.map(toC).join("\n    ")}
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
