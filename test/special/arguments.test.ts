// Arguments that are none get a named error that says what was expected and what came, before anything is compiled or
// allocated.

import { describe, expect, it, vi } from "vitest";
import {
  clebschGordan,
  legendre,
  quadratureWeights,
  ShapeError,
  SphericalCnnError,
  sphericalHarmonics,
  ValueError,
  wignerD,
  wignerSmallD,
} from "../../src/special/index.ts";

const NO_INTEGERS = [
  -1,
  0.5,
  NaN,
  Infinity,
  -Infinity,
  1e9,
  "2",
  2n,
  null,
  undefined,
  true,
  [2],
  {},
  Symbol("l"),
  () => 2,
];
const NO_ANGLES = [NaN, Infinity, -Infinity, 1e6, -1e6, "0.5", 1n, null, undefined, true, [0.5], {}, Symbol("a")];

/** Calls as users of JavaScript may. */
// biome-ignore lint/suspicious/noExplicitAny: values of any type
type Call = (value: any) => unknown;

const INTEGERS: [string, Call][] = [
  ["wignerSmallD: the degree l", (l) => wignerSmallD(l, 0.5)],
  ["wignerD: the degree l", (l) => wignerD(l, 0.1, 0.2, 0.3)],
  ["sphericalHarmonics: lmax", (l) => sphericalHarmonics(l, 0.1, 0.2)],
  ["legendre: the degree l", (l) => legendre(l, 0, 0.5)],
  ["quadratureWeights: the bandwidth", (b) => quadratureWeights(b)],
  ["clebschGordan: l1", (l) => clebschGordan(l, 1, 1)],
  ["clebschGordan: l2", (l) => clebschGordan(1, l, 1)],
  ["clebschGordan: l3", (l) => clebschGordan(1, 1, l)],
];

const ANGLES: [string, Call][] = [
  ["wignerSmallD: beta", (x) => wignerSmallD(2, x)],
  ["wignerD: alpha", (x) => wignerD(2, x, 0, 0)],
  ["wignerD: beta", (x) => wignerD(2, 0, x, 0)],
  ["wignerD: gamma", (x) => wignerD(2, 0, 0, x)],
  ["sphericalHarmonics: beta", (x) => sphericalHarmonics(2, x, 0)],
  ["sphericalHarmonics: alpha", (x) => sphericalHarmonics(2, 0, x)],
];

/** Nothing is compiled before the text that carries the module is decoded. */
const decoded = vi.spyOn(globalThis, "atob");

function refused(call: () => unknown, beginning: string): void {
  let error: unknown;
  try {
    call();
  } catch (caught) {
    error = caught;
  }
  expect(error).toBeInstanceOf(ValueError);
  expect(error).toBeInstanceOf(SphericalCnnError);
  const { message } = error as Error;
  expect(message.slice(0, beginning.length)).toBe(beginning);
  expect(message).toMatch(/ must be .* got /);
  expect(message.length).toBeLessThan(250);
}

describe("refuses", () => {
  it.each(INTEGERS)("%s that is no integer in range", (beginning, call) => {
    for (const value of NO_INTEGERS) refused(() => call(value), beginning);
  });

  it.each(ANGLES)("%s that is no angle", (beginning, call) => {
    for (const value of NO_ANGLES) refused(() => call(value), beginning);
  });

  it("a bandwidth of 0, degrees beyond 2047, bandwidths beyond 16384", () => {
    refused(() => quadratureWeights(0), "quadratureWeights: the bandwidth must be an integer from 1 to 16384, got 0");
    refused(() => quadratureWeights(16385), "quadratureWeights: the bandwidth must be an integer from 1 to 16384");
    refused(() => wignerSmallD(2048, 0), "wignerSmallD: the degree l must be an integer from 0 to 2047, got 2048");
  });

  it("an order beyond the degree", () => {
    for (const m of [3, -3, ...NO_INTEGERS.slice(1)]) {
      refused(() => legendre(2, m as number, 0.5), "legendre: the order m must be an integer from -2 to 2, got ");
    }
    refused(() => legendre(0, 1, 0.5), "legendre: the order m must be an integer from 0 to 0, got 1");
  });

  it("an x outside [−1, 1], also among others", () => {
    for (const x of [1.0000001, -2, ...NO_ANGLES, [0.1], new Float32Array(2)]) {
      refused(
        () => legendre(2, 1, x as number),
        "legendre: x must be a number from -1 to 1, or a Float64Array of such",
      );
    }
    for (const x of [NaN, 1.5, -Infinity]) {
      const call = () => legendre(2, 1, Float64Array.of(0, 1, x));
      refused(call, `legendre: each x must be a number from -1 to 1, got ${x} at index 2`);
    }
    const call = () => sphericalHarmonics(2, Float64Array.of(0, 1, NaN), Float64Array.of(0, 1, 2));
    refused(call, "sphericalHarmonics: each beta must be an angle in radians, at most 1e5 in size, got NaN at index 2");
  });

  it("what only says that it is a Float64Array", () => {
    refused(() => legendre(2, 1, { [Symbol.toStringTag]: "Float64Array" } as never), "legendre: x must be");
  });

  it("angles that do not belong together", () => {
    for (const [beta, alpha] of [
      [0.5, Float64Array.of(0.5)],
      [Float64Array.of(0.5), 0.5],
      [Float64Array.of(0.5, 1), Float64Array.of(0.5)],
    ] as const) {
      expect(() => sphericalHarmonics(1, beta as number, alpha as number)).toThrow(ShapeError);
      expect(() => sphericalHarmonics(1, beta as number, alpha as number)).toThrow(/one length, got .* and /);
    }
  });

  it("results of more than 2²⁶ numbers", () => {
    for (const call of [
      () => clebschGordan(512, 512, 512),
      () => clebschGordan(2047, 2047, 2047),
      () => sphericalHarmonics(2047, new Float64Array(9), new Float64Array(9)),
    ]) {
      expect(call).toThrow(ValueError);
      expect(call).toThrow(/may have at most 67108864 numbers, this one would have \d+; take /);
    }
  });

  it("all of these before a module is compiled", () => {
    expect(decoded).not.toHaveBeenCalled();
    expect(quadratureWeights(1)).toHaveLength(2);
    expect(decoded).toHaveBeenCalledOnce();
  });
});
