// Elementwise kernels and reductions against the same formula in f64, at every length to 65, with sentinels past the end.

import { describe, expect, it } from "vitest";
import { BUILDS, kernelBench } from "../support/kernels.ts";
import { signals } from "../support/signals.ts";
import { ROUNDING } from "../support/tolerances.ts";

const SENTINEL = 777;
const LENGTHS = Array.from({ length: 66 }, (_, n) => n);

describe.each(BUILDS)("elementwise, $dtype $build", ({ dtype, build }) => {
  const bench = kernelBench(dtype, build, 32);
  const numbers = (n: number, seed: number) => signals(n, seed, dtype);

  /** Runs the kernel on an output of n numbers preset to `before` and compares with the oracle. */
  function expectEach(
    oracle: (x: number, y: number, before: number) => number,
    run: (n: number, x: number, y: number, out: number) => void,
  ) {
    for (const n of LENGTHS) {
      bench.reset();
      const [x, y, before] = [numbers(n, 1), numbers(n, 2), numbers(n, 3)];
      const out = bench.put([...before, ...new Array(9).fill(SENTINEL)]);
      run(n, bench.put(x), bench.put(y), out);
      const got = bench.get(out, n + 9);
      for (let i = 0; i < n; i++) {
        const wanted = oracle(x[i]!, y[i]!, before[i]!);
        expect(Math.abs(got[i]! - wanted), `${i} of ${n}`).toBeLessThanOrEqual(ROUNDING[dtype]);
      }
      expect(
        got.slice(n).every((value) => value === SENTINEL),
        `past the end of ${n}`,
      ).toBe(true);
    }
  }

  const k = bench.k;
  it("fill", () =>
    expectEach(
      () => 0.5,
      (n, _x, _y, out) => k.fill!(n, 0.5, out),
    ));
  it("copyScaled", () =>
    expectEach(
      (x) => -1.5 * x,
      (n, x, _y, out) => k.copyScaled!(n, -1.5, x, out),
    ));
  it("axpy", () =>
    expectEach(
      (x, _y, z) => z + 0.75 * x,
      (n, x, _y, out) => k.axpy!(n, 0.75, x, out),
    ));
  it("add", () =>
    expectEach(
      (x, y) => x + y,
      (n, x, y, out) => k.add!(n, x, y, out),
    ));
  it("multiply", () =>
    expectEach(
      (x, y) => x * y,
      (n, x, y, out) => k.multiply!(n, x, y, out),
    ));
  it("reluForward", () =>
    expectEach(
      (x) => Math.max(x, 0),
      (n, x, _y, out) => k.reluForward!(n, x, out),
    ));
  it("reluForward in place", () =>
    expectEach(
      (_x, _y, z) => Math.max(z, 0),
      (n, _x, _y, out) => k.reluForward!(n, out, out),
    ));
  it("reluBackward", () =>
    expectEach(
      (x, y) => (x > 0 ? y : 0),
      (n, x, y, out) => k.reluBackward!(n, x, y, out),
    ));
  it("softplusForward", () =>
    expectEach(
      (x) => Math.log1p(Math.exp(x)),
      (n, x, _y, out) => k.softplusForward!(n, x, out),
    ));
  it("softplusBackward", () =>
    expectEach(
      (x, y) => y / (1 + Math.exp(-x)),
      (n, x, y, out) => k.softplusBackward!(n, x, y, out),
    ));

  it("ReLU passes NaN on, and its gradient is 0 where the output is 0", () => {
    bench.reset();
    const x = bench.put([Number.NaN, -1, 0, 2]);
    const y = bench.alloc(64);
    k.reluForward!(4, x, y);
    expect([...bench.get(y, 4)]).toEqual([Number.NaN, 0, 0, 2]);
    k.reluBackward!(4, y, bench.put([1, 1, 1, 1]), y);
    expect([...bench.get(y, 4)]).toEqual([0, 0, 0, 1]);
  });

  it("checkFinite finds the first NaN or infinity, wherever it is", () => {
    for (const n of LENGTHS) {
      bench.reset();
      // Past the end there may be anything.
      const values = [...numbers(n, 1), Number.NaN, Number.POSITIVE_INFINITY, Number.NaN];
      const p = bench.put(values);
      expect(k.checkFinite!(n, p)).toBe(-1);
      for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
        for (const at of [0, n >> 1, n - 1]) {
          if (at < 0 || at >= n) continue;
          const broken = values.slice();
          broken[at] = bad;
          if (at + 3 < n) broken[at + 3] = Number.NaN;
          expect(k.checkFinite!(n, bench.put(broken)), `${bad} at ${at} of ${n}`).toBe(at);
        }
    }
    const largest = dtype === "f32" ? 3.4028234663852886e38 : Number.MAX_VALUE;
    expect(k.checkFinite!(17, bench.put(new Array(17).fill(largest)))).toBe(-1);
  });

  it("sum counts n numbers and no more", () => {
    for (const n of LENGTHS) {
      bench.reset();
      const x = numbers(n, 1);
      const px = bench.put([...x, Number.NaN, Number.NaN, Number.NaN]);
      expect(k.sum!(n, px)).toBeCloseTo(
        x.reduce((s, v) => s + v, 0),
        13,
      );
    }
  });

  it("the sum of a million numbers keeps the precision of f64", () => {
    bench.reset();
    const n = 1_000_003;
    const x = numbers(n, 4).map((v) => (dtype === "f32" ? Math.fround(v + 1) : v + 1));
    const p = bench.put(x);
    const sum = x.reduce((total, v) => total + v, 0);
    // The oracle's own sum, one after the other, is good to about √n ε = 1e-13.
    expect(Math.abs(k.sum!(n, p) / sum - 1)).toBeLessThan(1e-12);
  });
});
