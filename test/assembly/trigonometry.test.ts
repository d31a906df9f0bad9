// Sines and cosines of the module against Taylor series in integers scaled by 2^256.

import { describe, expect, it } from "vitest";
import { BUILDS, kernelBench } from "../support/kernels.ts";

const BITS = 256n;
const ONE = 1n << BITS;

/** arctan(1/q), scaled. */
function arctanInverse(q: bigint): bigint {
  let sum = 0n;
  let power = ONE / q;
  for (let k = 1n; power !== 0n; k += 2n, power /= -q * q) sum += power / k;
  return sum;
}
const PI = 4n * (4n * arctanInverse(5n) - arctanInverse(239n));

/** sin and cos of a scaled angle, scaled. */
function exact(angle: bigint): { sine: bigint; cosine: bigint } {
  const reduced = angle % (2n * PI);
  let [sine, cosine] = [0n, 0n];
  let term = ONE;
  for (let k = 0n; term !== 0n; ) {
    const signed = k & 2n ? -term : term;
    if (k & 1n) sine += signed;
    else cosine += signed;
    k += 1n;
    term = (term * reduced) / (k << BITS);
  }
  return { sine, cosine };
}

/** A double, scaled, without rounding. */
function scaled(x: number): bigint {
  const exponent = Math.floor(Math.log2(Math.abs(x) || 1)) - 53;
  const significand = BigInt(x * 2 ** -exponent);
  return exponent < 0 ? (significand << BITS) >> BigInt(-exponent) : significand << (BITS + BigInt(exponent));
}

/** |computed − wanted| in units of the last place of `wanted`. */
function ulps(computed: number, wanted: bigint): number {
  const size = Math.abs(Number(wanted) * 2 ** -Number(BITS));
  const ulp = 2 ** (Math.floor(Math.log2(size)) - 52);
  return Math.abs(Number(scaled(computed) - wanted) * 2 ** -Number(BITS)) / ulp;
}

describe.each(BUILDS)("trigonometry, $dtype $build", ({ dtype, build }) => {
  const { k } = kernelBench(dtype, build, 1);
  const { cosTurn, sinTurn, cosine, sine } = k as Record<string, (...args: number[]) => number>;

  it("gives sines and cosines of turns to 1 ulp", () => {
    let worst = 0;
    const check = (index: number, n: number) => {
      const wanted = exact((2n * PI * BigInt(index)) / BigInt(n));
      const onAxis = (4 * index) % n === 0;
      if (!onAxis || (2 * index) % n === 0) worst = Math.max(worst, ulps(cosTurn!(index, n), wanted.cosine));
      if (!onAxis || (2 * index) % n !== 0) worst = Math.max(worst, ulps(sinTurn!(index, n), wanted.sine));
    };
    for (let n = 1; n <= 40; n++) for (let index = -n; index <= n; index++) check(index, n);
    for (const n of [1000, 4099, 65536, 1_000_003]) for (let i = 0; i < 100; i++) check((i * 99991) % n, n);
    expect(worst).toBeLessThan(1);
  });

  it("gives the axes and the diagonals exactly", () => {
    for (const n of [4, 8, 12, 40]) {
      expect([cosTurn!(0, n), sinTurn!(0, n)]).toEqual([1, 0]);
      expect([cosTurn!(n / 4, n), sinTurn!(n / 4, n)]).toEqual([0, 1]);
      expect([cosTurn!(n / 2, n), sinTurn!(n / 2, n)]).toEqual([-1, 0]);
      expect([cosTurn!((3 * n) / 4, n), sinTurn!((3 * n) / 4, n)]).toEqual([0, -1]);
      expect(cosTurn!(n, 8 * n)).toBe(sinTurn!(n, 8 * n));
    }
  });

  it("gives sines and cosines of radians to 1 ulp, near the zeros too", () => {
    let worst = 0;
    const check = (x: number) => {
      const wanted = exact(scaled(x));
      worst = Math.max(worst, ulps(sine!(x), wanted.sine), ulps(cosine!(x), wanted.cosine));
    };
    for (let i = 1; i <= 400; i++) {
      check(i * 0.0371);
      check(-i * 24.9173);
      check(2 ** (-i / 10));
    }
    for (let i = 1; i <= 400; i++) check((i * 15 * Math.PI) / 2); // the doubles closest to multiples of π/2
    expect(worst).toBeLessThan(1);
    expect([sine!(0), cosine!(0)]).toEqual([0, 1]);
  });
});
