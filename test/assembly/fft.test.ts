// Complex FFT of any length against its definition in f64.

import { describe, expect, it } from "vitest";
import { BUILDS, type KernelBench, kernelBench } from "../support/kernels.ts";
import { relativeError, signals } from "../support/signals.ts";
import { DFT } from "../support/tolerances.ts";

/** The definition, on [transform][element][re | im][lane]. */
function dft(x: Float64Array, n: number, lanes: number, inverse: boolean): Float64Array {
  const X = new Float64Array(x.length);
  const roots = Array.from({ length: n }, (_, k) => [Math.cos((2 * Math.PI * k) / n), Math.sin((2 * Math.PI * k) / n)]);
  for (let start = 0; start < x.length; start += 2 * n * lanes) {
    for (let m = 0; m < n; m++) {
      for (let k = 0; k < n; k++) {
        const [c, sine] = roots[(m * k) % n]!;
        const s = inverse ? -sine! : sine!;
        for (let lane = 0; lane < lanes; lane++) {
          const a = x[start + 2 * k * lanes + lane]!;
          const b = x[start + (2 * k + 1) * lanes + lane]!;
          X[start + 2 * m * lanes + lane]! += a * c! + b * s;
          X[start + (2 * m + 1) * lanes + lane]! += b * c! - a * s;
        }
      }
    }
  }
  return X;
}

function transform(bench: KernelBench, n: number, inverse: boolean, x: Float64Array): Float32Array | Float64Array {
  const { k, lanes } = bench;
  bench.reset();
  const from = bench.put(x);
  const to = bench.put(new Float64Array(x.length));
  const table = bench.alloc(k.fftTableBytes!(n));
  const guard = bench.put([12345]);
  k.fftTable!(n, table);
  const scratch = bench.alloc(k.fftScratchBytes!(n));
  const secondGuard = bench.put([12345]);
  k.fft!(n, inverse ? 1 : 0, x.length / (2 * n * lanes), from, to, table, scratch);
  expect([bench.get(guard, 1)[0], bench.get(secondGuard, 1)[0]], "writes past table and scratch").toEqual([
    12345, 12345,
  ]);
  expect(Array.from(bench.get(from, x.length)), "the input").toEqual(Array.from(x));
  return bench.get(to, x.length);
}

describe.each(BUILDS)("FFT, $dtype $build", ({ dtype, build }) => {
  const bench = kernelBench(dtype, build, 16);
  const tolerance = DFT[dtype];

  const check = (n: number, count: number, inverse: boolean) => {
    const x = signals(2 * n * count * bench.lanes, n, dtype);
    const error = relativeError(transform(bench, n, inverse, x), dft(x, n, bench.lanes, inverse));
    expect(error, `n = ${n}, ${inverse ? "inverse" : "forward"}`).toBeLessThan(tolerance);
  };

  it("agrees with the definition for n = 1 … 130, both directions", () => {
    for (let n = 1; n <= 130; n++) {
      check(n, 2, false);
      check(n, 1, true);
    }
  });

  it("agrees for long transforms: smooth, squares of primes, large primes", () => {
    for (const n of [240, 256, 289, 343, 360, 500, 512, 509, 1018]) check(n, 1, n % 2 === 1);
  });

  it("comes back scaled by n", () => {
    for (const n of [2048, 3000, 4099]) {
      const x = signals(2 * n * bench.lanes, n, dtype);
      const back = transform(bench, n, true, Float64Array.from(transform(bench, n, false, x)));
      expect(
        relativeError(
          back.map((value) => value / n),
          x,
        ),
      ).toBeLessThan(2 * tolerance);
    }
  });
});
