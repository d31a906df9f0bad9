// Exponential, logarithm, softplus and sigmoid in units of the last place, through the kernels that consist of them.

import { describe, expect, it } from "vitest";
import { BUILDS, kernelBench } from "../support/kernels.ts";

describe.each(BUILDS)("exponential, $dtype $build", ({ dtype, build }) => {
  const bench = kernelBench(dtype, build, 8);
  const round = dtype === "f32" ? Math.fround : (x: number) => x;
  const epsilon = dtype === "f32" ? 2 ** -23 : 2 ** -52;
  const tiny = dtype === "f32" ? 2 ** -126 : 2 ** -1022;
  // Half a unit is the rounding of the result; Math.exp and Math.log, the oracle in f64, err by up to one themselves.
  const units = dtype === "f32" ? 1.5 : 2.5;

  /** Numbers spread evenly over [from, to], ends included. */
  function spread(from: number, to: number, count = 20_000): Float64Array {
    return Float64Array.from({ length: count }, (_, i) => round(from + ((to - from) * i) / (count - 1)));
  }

  function apply(kernel: string, x: ArrayLike<number>, ...more: ArrayLike<number>[]) {
    bench.reset();
    const inputs = [x, ...more].map((values) => bench.put(values));
    const y = bench.alloc(x.length * 8);
    bench.k[kernel]!(x.length, ...inputs, y);
    return bench.get(y, x.length);
  }

  /** eˣ: the gradient of log softmax at logarithms (x, 0) against (0, −1) is (eˣ, 0). */
  function exponentials(x: ArrayLike<number>): Float64Array {
    bench.reset();
    const y = bench.put(Array.from(x).flatMap((value) => [value, 0]));
    const dy = bench.put(Array.from(x).flatMap(() => [0, -1]));
    bench.k.logSoftmaxBackward!(x.length, 2, y, dy, dy);
    return Float64Array.from(x, (_, i) => bench.get(dy + 2 * i * (dtype === "f32" ? 4 : 8), 1)[0]!);
  }

  /** Largest error in units of the last place (of the smallest normal number below it). */
  function worst(got: ArrayLike<number>, x: Float64Array, oracle: (x: number) => number): number {
    let largest = 0;
    x.forEach((value, i) => {
      const wanted = oracle(value);
      const unit = epsilon * Math.max(2 ** Math.floor(Math.log2(wanted)), tiny);
      largest = Math.max(largest, Math.abs(got[i]! - wanted) / unit);
    });
    return largest;
  }

  it("eˣ over the whole range, into the subnormal numbers", () => {
    const x = spread(dtype === "f32" ? -103 : -744, dtype === "f32" ? 88.7 : 709.7);
    expect(worst(exponentials(x), x, Math.exp)).toBeLessThan(units);
    const near = spread(-1, 1);
    expect(worst(exponentials(near), near, Math.exp)).toBeLessThan(units);
  });

  it("eˣ at its limits", () => {
    const x = [0, -0, Number.NEGATIVE_INFINITY, -1e30, Number.POSITIVE_INFINITY, 1e30, Number.NaN];
    expect([...exponentials(x)]).toEqual([1, 1, 0, 0, Infinity, Infinity, Number.NaN]);
  });

  it("log n: the softmax of n equal numbers", () => {
    for (const n of [1, 2, 3, 5, 6, 7, 10, 11, 63, 64, 65, 1000, 2 ** 15 - 1, 2 ** 15, 100_003]) {
      bench.reset();
      const y = bench.alloc(n * 8);
      bench.k.logSoftmaxForward!(1, n, bench.put(new Float64Array(n).fill(0.75)), y);
      const got = bench.get(y, n);
      expect(worst([-got[0]!], Float64Array.of(n), Math.log), `log ${n}`).toBeLessThan(units);
      expect(got.every((value) => value === got[0])).toBe(true);
    }
  });

  it("softplus keeps its relative accuracy where eˣ is tiny and where it overflows", () => {
    const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
    for (const x of [spread(-80, 80), spread(-3, 3)]) {
      expect(worst(apply("softplusForward", x), x, softplus)).toBeLessThan(units + 1);
    }
    expect([...apply("softplusForward", [1e30, -1e30, Number.NaN])]).toEqual([round(1e30), 0, Number.NaN]);
  });

  it("the gradient of softplus is the sigmoid, on both sides", () => {
    const sigmoid = (x: number) => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x)));
    const x = spread(-80, 80);
    const ones = new Float64Array(x.length).fill(1);
    expect(worst(apply("softplusBackward", x, ones), x, sigmoid)).toBeLessThan(units + 1.5);
    expect([...apply("softplusBackward", [1e30, -1e30, Number.NaN], [2, 2, 2])]).toEqual([2, 0, Number.NaN]);
  });
});
