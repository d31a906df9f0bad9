// Writes assembly/generated/codelets.ts: straight-line real DFTs of the common line lengths, both directions.
//
// The analysis is a complex DFT written on real inputs: zeros vanish, values equal up to sign are computed once, and what
// no output needs is left out, so that conjugate columns cost nothing and pruned orders little. The synthesis is the same
// graph with every edge reversed (graph.mjs), hence the exact transpose.
//
// Algorithms: Good–Thomas for coprime factors, conjugate-pair split radix for powers of two, folding for odd primes.

import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { Graph, operations, statements, transpose } from "./graph.mjs";

/** Line lengths, and the orders each codelet keeps: all ⌊(n−1)/2⌋ + 1 and the pruned ones of the networks. */
const CODELETS = [
  { n: 6 },
  { n: 8 },
  { n: 10 },
  { n: 12 },
  { n: 14 },
  { n: 16 },
  { n: 20, pruned: [6] },
  { n: 24 },
  { n: 30, pruned: [7] },
  { n: 32 },
  { n: 40 },
  { n: 48 },
  { n: 60, pruned: [10] },
  { n: 64 },
];

/** 1 and π with 128 bits after the point. */
const ONE = 1n << 128n;
const PI = 0x3243f6a8885a308d313198a2e03707344n;

/** Values at hand in a codelet: V8 has 15 vector registers, one or two of which hold constants. */
const REGISTERS = 10;

/** cos and sin of 2πk/n by their series in integers: correctly rounded, the same on every machine. */
function turn(k, n) {
  const angle = (2n * PI * BigInt(k)) / BigInt(n);
  const sums = [0n, 0n, 0n, 0n];
  for (let [power, term] = [0n, ONE]; term !== 0n; power++, term = (term * angle) / (power * ONE))
    sums[power % 4n] += term;
  const rounded = (x) => Number((x + (1n << 19n)) >> 20n) * 2 ** -108;
  return { cos: rounded(sums[0] - sums[2]), sin: rounded(sums[1] - sums[3]) };
}

/** Complex DFTs as functions from pairs (real, imaginary) of references to such pairs. */
class ComplexDft {
  constructor(graph) {
    this.graph = graph;
  }

  add(x, y) {
    return [this.graph.add(x[0], y[0]), this.graph.add(x[1], y[1])];
  }

  sub(x, y) {
    return [this.graph.add(x[0], -y[0]), this.graph.add(x[1], -y[1])];
  }

  scale(x, factor) {
    return [this.graph.scale(x[0], factor), this.graph.scale(x[1], factor)];
  }

  /** i x. */
  turned(x) {
    return [-x[1], x[0]];
  }

  /** x e^{2πik/n}, |k| < n/4. */
  twiddled(x, k, n) {
    const { cos, sin } = turn(k, n);
    if (8 * Math.abs(k) === n)
      return this.scale(k > 0 ? this.add(x, this.turned(x)) : this.sub(x, this.turned(x)), cos);
    return this.add(this.scale(x, cos), this.scale(this.turned(x), sin));
  }

  /** An inner transform: its results are where a codelet may pause. */
  inner(x, transform) {
    const X = transform(x);
    for (const reference of X.flat()) {
      const number = Math.abs(reference) - 1;
      if (reference === 0 || this.graph.nodes[number].input !== undefined) continue;
      this.graph.boundary.set(number, Math.max(x.length, this.graph.boundary.get(number) ?? 0));
    }
    return X;
  }

  /** Good (1958), Thomas (1963): with j = rest·a + p·b mod n, e^{2πijk/n} = e^{2πiak/p} e^{2πibk/rest}. */
  transform(x, factors) {
    const [p, ...others] = factors;
    if (others.length === 0) return p % 2 === 0 ? this.splitRadix(x) : this.oddPrime(x);
    const n = x.length;
    const rest = n / p;
    const columns = sequence(rest, (b) =>
      this.inner(
        sequence(p, (a) => x[(rest * a + p * b) % n]),
        (column) => this.transform(column, [p]),
      ),
    );
    const rows = sequence(p, (k) =>
      this.transform(
        columns.map((column) => column[k]),
        others,
      ),
    );
    return sequence(n, (k) => rows[k % p][k % rest]);
  }

  /** Kamar, Elcherif (1989): samples 2j, 4j + 1 and 4j − 1, so that the two odd parts share their twiddles. */
  splitRadix(x) {
    const n = x.length;
    if (n === 1) return x;
    if (n === 2) return [this.add(x[0], x[1]), this.sub(x[0], x[1])];
    const part = (count, step, start) =>
      this.inner(
        sequence(count, (j) => x[(step * j + start + n) % n]),
        (samples) => this.splitRadix(samples),
      );
    const even = part(n / 2, 2, 0);
    const next = part(n / 4, 4, 1);
    const previous = part(n / 4, 4, -1);
    const X = [];
    for (let k = 0; k < n / 4; k++) {
      const a = this.twiddled(next[k], k, n);
      const b = this.twiddled(previous[k], -k, n);
      const sum = this.add(a, b);
      const difference = this.turned(this.sub(a, b));
      X[k] = this.add(even[k], sum);
      X[k + n / 2] = this.sub(even[k], sum);
      X[k + n / 4] = this.add(even[k + n / 4], difference);
      X[k + (3 * n) / 4] = this.sub(even[k + n / 4], difference);
    }
    return X;
  }

  /** X_t, X_{p−t} = Σ (x_u + x_{p−u}) cos ± i Σ (x_u − x_{p−u}) sin; for p = 5 the cosines as −1/4 ± √5/4. */
  oddPrime(x) {
    const p = x.length;
    const half = sequence((p - 1) / 2, (u) => u + 1);
    const sums = half.map((u) => this.add(x[u], x[p - u]));
    const differences = half.map((u) => this.turned(this.sub(x[u], x[p - u])));
    const total = sums.reduce((sum, term) => this.add(sum, term));
    const X = [this.add(x[0], total)];
    const even = half.map((t) =>
      sums.reduce((sum, term, u) => this.add(sum, this.scale(term, turn((t * (u + 1)) % p, p).cos)), x[0]),
    );
    if (p === 5) {
      const mean = this.add(x[0], this.scale(total, -0.25));
      const spread = this.scale(this.sub(sums[0], sums[1]), Math.sqrt(5) / 4);
      even.splice(0, 2, this.add(mean, spread), this.sub(mean, spread));
    }
    for (const t of half) {
      const odd = differences
        .map((term, u) => this.scale(term, turn((t * (u + 1)) % p, p).sin))
        .reduce((sum, term) => this.add(sum, term));
      X[t] = this.add(even[t - 1], odd);
      X[p - t] = this.sub(even[t - 1], odd);
    }
    return X;
  }
}

const sequence = (count, make) => Array.from({ length: count }, (_, index) => make(index));

/** Prime powers of n, largest prime first. */
function primePowers(n) {
  const powers = [];
  for (let p = 2; n > 1; p++) {
    let power = 1;
    for (; n % p === 0; n /= p) power *= p;
    if (power > 1) powers.push(power);
  }
  return powers;
}

function permutations(items) {
  if (items.length < 2) return [items];
  return items.flatMap((item, i) => permutations(items.toSpliced(i, 1)).map((others) => [item, ...others]));
}

/** The analysis c0, c1, s1, … of n real samples, with Good–Thomas factors in the given order. */
function analysisInOrder(n, orders, factors) {
  const graph = new Graph();
  const X = new ComplexDft(graph).transform(
    sequence(n, (k) => [graph.input(k), 0]),
    factors,
  );
  const outputs = sequence(2 * orders - 1, (c) => (c % 2 ? X[(c + 1) / 2][0] : c === 0 ? X[0][0] : X[c / 2][1]));
  return { graph, outputs, inputs: n };
}

/** Analysis and synthesis with the fewest operations. Transposed twice, the analysis has lost its negations. */
export function transforms(n, orders) {
  const candidates = permutations(primePowers(n)).map((factors) => analysisInOrder(n, orders, factors));
  const synthesis = transpose(candidates.reduce((best, next) => (operations(next) < operations(best) ? next : best)));
  return { analysis: transpose(synthesis), synthesis };
}

/** Orders of every codelet of a length, ascending. */
const allOrders = ({ n, pruned = [] }) => [...pruned, ((n - 1) >> 1) + 1];

const element = (base, index) => (index === 0 ? base : `${base} + ${index} * ${base}Step`);

function functionText(name, from, to, program, registers) {
  const body = statements(
    program,
    (index) => `v128.load(${element(from, index)})`,
    (index, value) => `v128.store(${element(to, index)}, ${value})`,
    registers,
  );
  const side = (base) => `${base}: usize, ${base}Step: usize, ${base}Line: usize`;
  return `function ${name}(lines: i32, ${side(from)}, ${side(to)}, scratch: usize): void {
  for (let i = 0; i < lines; i++) {
    ${body.lines.join("\n    ")}
    ${from} += ${from}Line;
    ${to} += ${to}Line;
  }
}
`;
}

function dispatchText(kind, from, to) {
  const side = (base) => `${base}: usize, ${base}Step: usize, ${base}Line: usize`;
  const call = `lines, ${from}, ${from}Step, ${from}Line, ${to}, ${to}Step, ${to}Line, scratch`;
  const cases = CODELETS.flatMap((codelet) =>
    allOrders(codelet).map(
      (orders) => `  if (n == ${codelet.n} && orders == ${orders}) return ${kind}${codelet.n}to${orders}(${call});`,
    ),
  );
  return `/** ${kind}Lines of dft.ts for a length and orders that codeletOrders gave. */
export function ${kind}Codelet(
  n: i32, orders: i32, lines: i32, ${side(from)}, ${side(to)}, scratch: usize,
): void {
${cases.join("\n")}
}
`;
}

/** The whole file. */
function moduleText() {
  const functions = CODELETS.flatMap((codelet) =>
    allOrders(codelet).flatMap((orders) => {
      const { n } = codelet;
      const { analysis, synthesis } = transforms(n, orders);
      return [
        functionText(`analyze${n}to${orders}`, "x", "X", analysis, REGISTERS),
        functionText(`synthesize${n}to${orders}`, "X", "x", synthesis, REGISTERS),
      ];
    }),
  );
  const choices = CODELETS.flatMap((codelet) =>
    allOrders(codelet).map((orders) => `  if (n == ${codelet.n} && orders <= ${orders}) return ${orders};`),
  );
  return `// Generated by build/codelets.mjs; dft.ts says what analysis and synthesis are.

import { madd, nmadd } from "../simd";

/** Smallest number of orders, at least \`orders\`, for which lines of n have a codelet; 0 if there is none. */
export function codeletOrders(n: i32, orders: i32): i32 {
${choices.join("\n")}
  return 0;
}

${[dispatchText("analyze", "x", "X"), dispatchText("synthesize", "X", "x"), ...functions].join("\n")}`;
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
