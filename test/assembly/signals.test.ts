// Moves into the signal layout and what happens per channel and per signal there, against loops over [signal][point].

import { describe, expect, it } from "vitest";
import { BUILDS, kernelBench } from "../support/kernels.ts";
import { signals as numbers } from "../support/signals.ts";

/** Batch items, channels, points: groups that straddle batch items, partial groups, one of everything. */
const SHAPES = [
  [1, 1, 1],
  [1, 1, 7],
  [3, 1, 5],
  [2, 3, 9],
  [1, 4, 16],
  [3, 5, 13],
  [5, 2, 1],
  [2, 20, 36],
  [7, 3, 64],
] as const;

describe.each(BUILDS)("signals, $dtype $build", ({ dtype, build }) => {
  const bench = kernelBench(dtype, build, 16);
  const { k, lanes: L } = bench;
  const bytes = dtype === "f32" ? 4 : 8;
  const round = dtype === "f32" ? Math.fround : (x: number) => x;
  const close = dtype === "f32" ? 1e-6 : 1e-14;
  const slots = (signals: number) => Math.ceil(signals / L) * L;

  /** Signal layout of [signals][points]; lanes past the last signal hold `pad`. */
  function lay(x: ArrayLike<number>, signals: number, points: number, pad: number): Float64Array {
    const y = new Float64Array(slots(signals) * points).fill(pad);
    for (let s = 0; s < signals; s++)
      for (let p = 0; p < points; p++) y[(Math.floor(s / L) * points + p) * L + (s % L)] = x[s * points + p]!;
    return y;
  }

  /** Random signals: their values and a pointer to the layout, whose unused lanes are NaN: nothing may depend on them. */
  function make(signals: number, points: number, seed: number) {
    const x = numbers(signals * points, seed, dtype).map((v) => round(v + 0.25));
    return { x, at: bench.put(lay(x, signals, points, Number.NaN)) };
  }

  function expectClose(got: ArrayLike<number>, wanted: ArrayLike<number>, tolerance = close) {
    expect(got.length).toBe(wanted.length);
    for (let i = 0; i < wanted.length; i++) {
      expect(Math.abs(got[i]! - wanted[i]!), `number ${i}`).toBeLessThanOrEqual(tolerance * (1 + Math.abs(wanted[i]!)));
    }
  }

  const each = (run: (batch: number, channels: number, points: number) => void) => {
    for (const [batch, channels, points] of SHAPES) {
      bench.reset();
      run(batch, channels, points);
    }
  };

  it("packs, with zero lanes at the end, and unpacks", () =>
    each((batch, channels, points) => {
      const signals = batch * channels;
      const x = numbers(signals * points, 1, dtype);
      const wanted = [...lay(x, signals, points, 0)];
      const y = bench.put(new Float64Array(wanted.length).fill(Number.NaN));
      k.packSignals!(signals, points, bench.put(x), y);
      expect([...bench.get(y, wanted.length)]).toEqual(wanted);

      const back = bench.put(new Float64Array(signals * points + 5).fill(777));
      k.unpackSignals!(signals, points, y, back);
      expect([...bench.get(back, signals * points + 5)]).toEqual([...x, 777, 777, 777, 777, 777]);
    }));

  it("sums, dot products, means and variances per channel", () =>
    each((batch, channels, points) => {
      const { x, at } = make(batch * channels, points, 2);
      const other = make(batch * channels, points, 3);
      const of = (f: (i: number, channel: number) => number) => {
        const totals = new Float64Array(channels);
        for (let i = 0; i < x.length; i++) {
          const channel = Math.floor(i / points) % channels;
          totals[channel]! += f(i, channel);
        }
        return totals;
      };
      const count = batch * points;
      const mean = of((i) => x[i]!).map((v) => v / count);
      const variance = of((i, c) => (x[i]! - mean[c]!) ** 2).map((v) => v / count);
      const [out, second] = [bench.alloc(channels * 8), bench.alloc(channels * 8)];
      k.channelSums!(batch, channels, points, at, out);
      expectClose(
        bench.getF64(out, channels),
        of((i) => x[i]!),
        1e-13,
      );
      k.channelDots!(batch, channels, points, at, other.at, out);
      expectClose(
        bench.getF64(out, channels),
        of((i) => x[i]! * other.x[i]!),
        1e-13,
      );
      k.channelMoments!(batch, channels, points, at, out, second);
      expectClose(bench.getF64(out, channels), mean, 1e-14);
      expectClose(bench.getF64(second, channels), variance, 1e-14);
    }));

  it("scales and shifts per channel, in place too", () =>
    each((batch, channels, points) => {
      const signals = batch * channels;
      const x = numbers(signals * points, 4, dtype);
      const [scale, shift] = [numbers(channels, 5, dtype), numbers(channels, 6, dtype)];
      const channel = (i: number) => Math.floor(i / points) % channels;
      const wanted = lay(
        x.map((v, i) => v * scale[channel(i)]! + shift[channel(i)]!),
        signals,
        points,
        0,
      );
      const at = bench.put(lay(x, signals, points, 0));
      k.channelAffine!(batch, channels, points, at, bench.put(scale), bench.put(shift), at);
      expectClose(bench.get(at, wanted.length), wanted);
    }));

  it("weighted sums over β and their adjoint", () =>
    each((batch, channels, points) => {
      const signals = batch * channels;
      const betas = 3;
      const { x, at } = make(signals, betas * points, 7);
      const weights = numbers(betas, 8, dtype);
      const w = bench.put(weights);
      const wanted = Float64Array.from({ length: signals }, (_, s) =>
        weights.reduce((total, weight, j) => {
          const ring = x.subarray((s * betas + j) * points, (s * betas + j + 1) * points);
          return total + weight * ring.reduce((sum, v) => sum + v, 0);
        }, 0),
      );
      const out = bench.put(new Float64Array(signals + 5).fill(777));
      k.betaWeightedSums!(signals, betas, points, at, w, out);
      const got = bench.get(out, signals + 5);
      // Rounding grows with the sum of magnitudes, here up to 3·64.
      expectClose(got.subarray(0, signals), wanted, 20 * close);
      expect([...got.subarray(signals)]).toEqual([777, 777, 777, 777, 777]);

      const dy = numbers(signals, 9, dtype);
      const dx = bench.put(new Float64Array(slots(signals) * betas * points).fill(Number.NaN));
      k.betaWeightedSpread!(signals, betas, points, bench.put([...dy, 5, 5, 5]), w, dx);
      const spread = Float64Array.from(
        x,
        (_, i) => weights[Math.floor(i / points) % betas]! * dy[Math.floor(i / (betas * points))]!,
      );
      expectClose(bench.get(dx, slots(signals) * betas * points), lay(spread, signals, betas * points, 0));
    }));

  it("the maximum, its first place, and the gradient that goes there", () =>
    each((batch, channels, points) => {
      const signals = batch * channels;
      const { x, at } = make(signals, points, 10);
      const rows = Array.from({ length: signals }, (_, s) => [...x.subarray(s * points, (s + 1) * points)]);
      const out = bench.put(new Float64Array(signals + 5).fill(777));
      const where = bench.putI32(new Array(signals + 5).fill(777));
      k.signalMax!(signals, points, at, out, where);
      const wanted = rows.map((row) => Math.max(...row));
      expect([...bench.get(out, signals + 5)]).toEqual([...wanted, 777, 777, 777, 777, 777]);
      // get reads numbers of the dtype: the indices are read through f64 words.
      const indices = new Int32Array(bench.getF64(where, Math.ceil((signals + 5) / 2)).buffer, 0, signals + 5);
      expect([...indices]).toEqual([...rows.map((row, s) => row.indexOf(wanted[s]!)), 777, 777, 777, 777, 777]);

      const dy = numbers(signals, 11, dtype);
      const dx = bench.put(new Float64Array(slots(signals) * points).fill(Number.NaN));
      k.signalMaxBackward!(signals, points, where, bench.put(dy), dx);
      const gradient = Float64Array.from(x, (_, i) => {
        const s = Math.floor(i / points);
        return i % points === indices[s] ? dy[s]! : 0;
      });
      expect([...bench.get(dx, slots(signals) * points)]).toEqual([...lay(gradient, signals, points, 0)]);
    }));

  it("equal maxima go to the first, and NaN wins", () => {
    bench.reset();
    const points = 6;
    const x = [0, 3, 1, 3, 2, 3, 0, Number.NaN, 9, Number.NaN, 2, 3].map(round);
    const out = bench.alloc(2 * bytes);
    const where = bench.alloc(8);
    k.signalMax!(2, points, bench.put(lay(x, 2, points, 0)), out, where);
    expect([...bench.get(out, 2)]).toEqual([3, Number.NaN]);
    expect([...new Int32Array(bench.getF64(where, 1).buffer)]).toEqual([1, 1]);
  });
});
