// The contender `typescript`, part two: the transforms on S² and SO(3) as docs/conventions.md has them, separated into
// DFTs and Wigner sums, with nothing folded and nothing fast. Spectra are in the public complex order.

import { s2Index, so3CoefficientCount, so3Index, softBeta } from "../../src/sphere/indices.ts";
import { type Complex, complexZeros, dft, dft2, dft2Adjoint, dftAdjoint } from "./linear.ts";

/** What depends on the bandwidth and the grid alone. */
export interface NaivePlan {
  readonly domain: "s2" | "so3";
  readonly bandwidth: number;
  /** Bandwidth of the grid. */
  readonly grid: number;
  /** Σ_j weights_j · points per β = 1. */
  readonly weights: readonly number[];
  /** [j][so3Index(l, m, n)], and [j][s2Index(l, m)] for n = 0 on S². */
  readonly d: readonly number[][];
}

const parity = (k: number) => (k % 2 === 0 ? 1 : -1);

/** d^l_mn(β) for l = max(|m|, |n|) … bandwidth − 1: closed form, then the recurrence in l (Varshalovich 1988, 4.8.2). */
function smallD(m: number, n: number, bandwidth: number, beta: number): number[] {
  const low = Math.max(Math.abs(m), Math.abs(n));
  /** √binomial(2L, L+k) cos(β/2)^{L+k} sin(β/2)^{L−k}, in logarithms. */
  const extreme = (k: number) => {
    let log = (low + k) * Math.log(Math.cos(beta / 2)) + (low - k) * Math.log(Math.sin(beta / 2));
    for (let i = 1; i <= low - k; i++) log += 0.5 * Math.log((low + k + i) / i);
    return Math.exp(log);
  };
  let value: number;
  if (m === low) value = parity(low - n) * extreme(n);
  else if (n === low) value = extreme(m);
  else if (m === -low) value = extreme(-n);
  else value = parity(low + m) * extreme(-m);
  const E = (l: number) => Math.sqrt((l * l - m * m) * (l * l - n * n));
  let before = 0;
  const values: number[] = [];
  for (let l = low; l < bandwidth; l++) {
    values.push(value);
    const next =
      l === 0
        ? Math.cos(beta)
        : ((2 * l + 1) * (l * (l + 1) * Math.cos(beta) - m * n) * value - (l + 1) * E(l) * before) / (l * E(l + 1));
    before = value;
    value = next;
  }
  return values;
}

export function naivePlan(domain: "s2" | "so3", bandwidth: number, grid: number): NaivePlan {
  const betas = [...softBeta(grid)];
  const weights = betas.map((beta) => {
    let sum = 0;
    for (let k = 0; k < grid; k++) sum += Math.sin((2 * k + 1) * beta) / (2 * k + 1);
    return ((2 / grid) * Math.sin(beta) * sum) / (domain === "s2" ? 4 * grid : 8 * grid ** 2);
  });
  const d = betas.map((beta) => {
    const row: number[] = new Array(domain === "s2" ? bandwidth ** 2 : so3CoefficientCount(bandwidth)).fill(0);
    for (let m = 1 - bandwidth; m < bandwidth; m++) {
      for (const n of domain === "s2" ? [0] : ordersBelow(bandwidth)) {
        smallD(m, n, bandwidth, beta).forEach((value, i) => {
          const l = Math.max(Math.abs(m), Math.abs(n)) + i;
          row[domain === "s2" ? s2Index(l, m) : so3Index(l, m, n)] = value;
        });
      }
    }
    return row;
  });
  return { domain, bandwidth, grid, weights, d };
}

const ordersBelow = (bandwidth: number) => Array.from({ length: 2 * bandwidth - 1 }, (_, i) => i - bandwidth + 1);

/** Calls `visit` for each coefficient: its index, its degree, and its place in a plane of orders. */
function forCoefficients(
  { domain, bandwidth }: NaivePlan,
  visit: (i: number, l: number, m: number, n: number) => void,
) {
  for (let l = 0; l < bandwidth; l++) {
    for (let m = -l; m <= l; m++) {
      if (domain === "s2") visit(s2Index(l, m), l, m + bandwidth - 1, 0);
      else for (let n = -l; n <= l; n++) visit(so3Index(l, m, n), l, m + bandwidth - 1, n + bandwidth - 1);
    }
  }
}

/** The forward transform of one real signal, row-major. */
export function naiveForward(plan: NaivePlan, signal: ArrayLike<number>): Complex {
  const { domain, bandwidth, grid, weights, d } = plan;
  const n = 2 * grid;
  const lines = domain === "s2" ? 1 : n;
  const X = complexZeros(d[0]!.length);
  for (let j = 0; j < n; j++) {
    const plane = Array.from({ length: lines }, (_, a): Complex => {
      const start = (j * lines + a) * n;
      return { re: Array.from({ length: n }, (_, k) => signal[start + k]!), im: new Array(n).fill(0) };
    });
    const F = domain === "s2" ? dft(plane[0]!, bandwidth) : null;
    const F2 = F ? null : dft2(plane, bandwidth);
    forCoefficients(plan, (i, _, m, k) => {
      const scale = weights[j]! * d[j]![i]!;
      X.re[i]! += scale * (F ? F.re[m]! : F2![m]!.re[k]!);
      X.im[i]! += scale * (F ? F.im[m]! : F2![m]!.im[k]!);
    });
  }
  return X;
}

/** The inverse transform: the real part of Σ (2l+1) d e^{i(mα+nγ)} X, row-major. */
export function naiveInverse(plan: NaivePlan, X: Complex): number[] {
  const { domain, bandwidth, grid, d } = plan;
  const n = 2 * grid;
  const width = 2 * bandwidth - 1;
  const signal: number[] = [];
  for (let j = 0; j < n; j++) {
    const F = Array.from({ length: width }, () => complexZeros(domain === "s2" ? 1 : width));
    forCoefficients(plan, (i, l, m, k) => {
      const scale = (2 * l + 1) * d[j]![i]!;
      F[m]!.re[k]! += scale * X.re[i]!;
      F[m]!.im[k]! += scale * X.im[i]!;
    });
    const planes =
      domain === "s2" ? [dftAdjoint({ re: F.map((f) => f.re[0]!), im: F.map((f) => f.im[0]!) }, n)] : dft2Adjoint(F, n);
    for (const line of planes) signal.push(...line.re);
  }
  return signal;
}
