// Exact values of what src/special computes, each rounded to f64 once: integers, or integers scaled by 2^bits.

import { exactWignerD, type HalfAngle, pi, sineCosine, squareRoot, toNumber } from "../support/wigner-oracle.ts";

export interface Complex {
  readonly re: number;
  readonly im: number;
}

/** Bits below the point: where d^l of this degree is computed, 3l may cancel (wigner-oracle.ts). */
const bitsOf = (l: number) => BigInt(3 * l + 192);

/** The double x times 2^bits, which are enough for all of its own. */
function scaled(x: number, bits: bigint): bigint {
  let [significand, exponent] = [x, 0n];
  while (!Number.isInteger(significand)) {
    significand *= 2;
    exponent++;
  }
  return (BigInt(significand) << bits) >> exponent;
}

const halves = new Map<string, HalfAngle>();

/** The half of the double β, less whole turns: angles of any size are exact. */
function reducedHalfAngle(beta: number, bits: bigint): HalfAngle {
  const key = `${beta} ${bits}`;
  let half = halves.get(key);
  if (half === undefined) {
    const wide = bits + 64n;
    half = sineCosine(((scaled(beta, wide) >> 1n) % (2n * pi(wide))) >> 64n, bits);
    halves.set(key, half);
  }
  return half;
}

/** e^{i(mα + nγ)}. */
export function exactPhase(m: number, alpha: number, n = 0, gamma = 0): Complex {
  const bits = 320n;
  const angle = (BigInt(m) * scaled(alpha, bits) + BigInt(n) * scaled(gamma, bits)) % (2n * pi(bits));
  const { cosine, sine } = sineCosine(angle, bits);
  return { re: toNumber(cosine, bits), im: toNumber(sine, bits) };
}

/** √((2l+1)/4π), to the last place. */
export function exactNorm(l: number): number {
  const bits = 256n;
  const square = (BigInt(2 * l + 1) << (2n * bits)) / (4n * pi(bits));
  return toNumber(squareRoot(square << bits), bits);
}

/** √((l−m)!/(l+m)!) P_l^m(x) of the double x in [−1, 1]: cos(β/2) is √((1+x)/2), sin(β/2) is √((1−x)/2). */
export function exactLegendre(l: number, m: number, x: number): number {
  const bits = bitsOf(l);
  const one = 1n << bits;
  const root = (square: bigint) => squareRoot((square << bits) >> 1n);
  const half = { bits, cosine: root(one + scaled(x, bits)), sine: root(one - scaled(x, bits)) };
  return exactWignerD(l, m, 0)(half);
}

/** d^l_mn(β) for several β. */
export function exactSmallD(l: number, m: number, n: number, betas: readonly number[]): number[] {
  const exact = exactWignerD(l, m, n);
  return betas.map((beta) => exact(reducedHalfAngle(beta, bitsOf(l))));
}

const factorials = [1n];
function factorial(n: number): bigint {
  for (let i = factorials.length; i <= n; i++) factorials.push(factorials[i - 1]! * BigInt(i));
  return factorials[n]!;
}

/**
 * ⟨l1 m1 l2 m2 | l3 m3⟩ by Racah's sum (Varshalovich et al. 1988, 8.2), with binomials,
 *
 *   √((2l3+1) (l1+m1)! (l1−m1)! (l2+m2)! (l2−m2)! (l3+m3)! (l3−m3)! / ((s+1)! u! v! w!))
 *     · Σ_k (−1)^k C(u, k) C(v, l1−m1−k) C(w, l2+m2−k)
 *
 * s = l1+l2+l3, u = l1+l2−l3, v = l1+l3−l2, w = l2+l3−l1.
 */
export function exactClebschGordan(l1: number, m1: number, l2: number, m2: number, l3: number, m3: number): number {
  const [u, v, w] = [l1 + l2 - l3, l1 + l3 - l2, l2 + l3 - l1];
  if (m3 !== m1 + m2 || Math.abs(m3) > l3 || Math.min(u, v, w) < 0) return 0;
  const choose = (n: number, k: number) => factorial(n) / (factorial(k) * factorial(n - k));
  const [p, q] = [l1 - m1, l2 + m2];
  const first = Math.max(0, p - v, q - w);
  let term = choose(u, first) * choose(v, p - first) * choose(w, q - first);
  let sum = 0n;
  for (let k = first; k <= Math.min(u, p, q); k++) {
    sum += k & 1 ? -term : term;
    term = (term * BigInt(u - k)) / BigInt(k + 1);
    term = (term * BigInt(p - k)) / BigInt(v - p + k + 1);
    term = (term * BigInt(q - k)) / BigInt(w - q + k + 1);
  }
  let numerator = BigInt(2 * l3 + 1) * sum * sum;
  for (const [l, m] of [
    [l1, m1],
    [l2, m2],
    [l3, m3],
  ] as const) {
    numerator *= factorial(l + m) * factorial(l - m);
  }
  const denominator = factorial(l1 + l2 + l3 + 1) * factorial(u) * factorial(v) * factorial(w);
  const size = toNumber(squareRoot((numerator << 256n) / denominator), 128n);
  return sum < 0n ? -size : size;
}
