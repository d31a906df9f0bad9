// Real DFTs as graphs of sums and multiples of the samples.
//
// The analysis is a complex DFT written on real inputs: zeros vanish, values equal up to sign are computed once, and
// what no output needs is left out, so that conjugate columns cost nothing and pruned orders little. The synthesis is
// the same graph with every edge reversed, hence the exact transpose.
//
// Algorithms: Good–Thomas for coprime factors, conjugate-pair split radix for powers of two, folding for odd factors.

import { Graph, operations, transpose } from "./graph.mjs";

/** 1 and π with 128 bits after the point. */
const ONE = 1n << 128n;
const PI = 0x3243f6a8885a308d313198a2e03707344n;

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

  sum(terms) {
    return terms.reduce((sum, term) => this.add(sum, term));
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

  /** Good (1958), Thomas (1963): with j = rest·a + p·b mod n, e^{2πijk/n} = e^{2πiak/p} e^{2πibk/rest}. */
  transform(x, factors) {
    const [p, ...others] = factors;
    if (others.length === 0) return p % 2 === 0 ? this.splitRadix(x) : this.folded(x);
    const n = x.length;
    const rest = n / p;
    const columns = sequence(rest, (b) =>
      this.transform(
        sequence(p, (a) => x[(rest * a + p * b) % n]),
        [p],
      ),
    );
    return this.across(columns, others);
  }

  /** The rest of it: columns are the transforms of length p of the residue classes. */
  across(columns, factors) {
    const p = columns[0].length;
    const rest = columns.length;
    const rows = sequence(p, (k) =>
      this.transform(
        columns.map((column) => column[k]),
        factors,
      ),
    );
    return sequence(p * rest, (k) => rows[k % p][k % rest]);
  }

  /** Kamar, Elcherif (1989): samples 2j, 4j + 1 and 4j − 1, so that the two odd parts share their twiddles. */
  splitRadix(x) {
    const n = x.length;
    if (n === 1) return x;
    if (n === 2) return [this.add(x[0], x[1]), this.sub(x[0], x[1])];
    const part = (count, start) => this.splitRadix(sequence(count, (j) => x[((n / count) * j + start + n) % n]));
    const even = part(n / 2, 0);
    const next = part(n / 4, 1);
    const previous = part(n / 4, -1);
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

  /** Odd n: X_t, X_{n−t} = Σ (x_u + x_{n−u}) cos ± i Σ (x_u − x_{n−u}) sin, u up to (n − 1)/2. */
  folded(x) {
    const n = x.length;
    const half = sequence((n - 1) / 2, (u) => u + 1);
    const sums = half.map((u) => this.add(x[u], x[n - u]));
    const differences = half.map((u) => this.turned(this.sub(x[u], x[n - u])));
    const total = this.sum(sums);
    const X = [this.add(x[0], total)];
    const golden = n === 5 ? this.golden(x[0], total, sums) : [];
    for (const t of half) {
      const turns = half.map((u) => turn((t * u) % n, n));
      const even = n === 5 ? golden[t - 1] : this.sum([x[0], ...sums.map((term, u) => this.scale(term, turns[u].cos))]);
      const odd = this.sum(differences.map((term, u) => this.scale(term, turns[u].sin)));
      X[t] = this.add(even, odd);
      X[n - t] = this.sub(even, odd);
    }
    return X;
  }

  /** x + a cos(2π/5) + b cos(4π/5) and the other way round, as cosines −1/4 ± √5/4. */
  golden(x, total, [a, b]) {
    const mean = this.add(x, this.scale(total, -1 / 4));
    const spread = this.scale(this.sub(a, b), Math.sqrt(5) / 4);
    return [this.add(mean, spread), this.sub(mean, spread)];
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

/** The numbers c0, c1, s1, … of a transform X of real samples. */
const realOrders = (X, orders) =>
  sequence(2 * orders - 1, (c) => (c % 2 ? X[(c + 1) / 2][0] : c === 0 ? X[0][0] : X[c / 2][1]));

/** The analysis of n real samples, with Good–Thomas factors in the given order. */
function analysisInOrder(n, orders, factors) {
  const graph = new Graph();
  const X = new ComplexDft(graph).transform(
    sequence(n, (k) => [graph.input(k), 0]),
    factors,
  );
  return { graph, outputs: realOrders(X, orders), inputs: n };
}

/** The same without its first step: input p·b + c is number c of the analysis of residue class b. */
function analysisAcrossClasses(n, orders, p, factors) {
  const graph = new Graph();
  const columns = sequence(n / p, (b) =>
    sequence(p, (t) => {
      const order = Math.min(t, p - t);
      const [re, im] = [graph.input(p * b + Math.max(0, 2 * order - 1)), order && graph.input(p * b + 2 * order)];
      return [re, t === order ? im : -im];
    }),
  );
  const X = new ComplexDft(graph).across(columns, factors);
  return { graph, outputs: realOrders(X, orders), inputs: n };
}

/**
 * Analyses and syntheses, one for every order of the factors that takes about the fewest operations, those first that
 * take the fewest. Transposed twice, an analysis has lost its negations.
 */
function withSyntheses(analyses) {
  const syntheses = analyses.map(transpose).sort((a, b) => operations(a) - operations(b));
  const good = syntheses.filter((synthesis) => operations(synthesis) <= 1.05 * operations(syntheses[0]));
  return { analyses: good.map(transpose), syntheses: good };
}

export function transforms(n, orders) {
  return withSyntheses(permutations(primePowers(n)).map((factors) => analysisInOrder(n, orders, factors)));
}

/**
 * The part of Good and Thomas's algorithm between lines and the DFTs of their residue classes: n/p classes of p
 * samples, of which sample a of class b is number n/p·a + p·b mod n of the line.
 */
export function transformsAcrossClasses(n, orders, p) {
  const factors = primePowers(n / p);
  return withSyntheses(permutations(factors).map((order) => analysisAcrossClasses(n, orders, p, order)));
}

/** Samples in a residue class: the largest odd prime below 8 that divides n, n greater, once; 1 if there is none. */
export function classSize(n) {
  return [7, 5, 3].find((p) => n > p && n % p === 0 && (n / p) % p !== 0) ?? 1;
}
