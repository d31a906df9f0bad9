// Kernels on row-major matrices against loops in f64, for every width to 20 and beyond, at unaligned addresses, with
// sentinels before and after the output.

import { describe, expect, it } from "vitest";
import { BUILDS, kernelBench } from "../support/kernels.ts";
import { signals as numbers } from "../support/signals.ts";
import { ROWS } from "../support/tolerances.ts";

const SENTINEL = 777;
const SHAPES = [
  ...Array.from({ length: 20 }, (_, i) => [1 + (i % 5), i + 1] as const),
  [32, 10],
  [7, 64],
  [33, 55],
] as const;

describe.each(BUILDS)("dense, $dtype $build", ({ dtype, build }) => {
  const bench = kernelBench(dtype, build, 8);
  const k = bench.k;
  const bytes = dtype === "f32" ? 4 : 8;
  const close = ROWS[dtype];

  /** Values at an address that is aligned to a number only, NaN before and after. */
  const put = (values: ArrayLike<number>) => {
    const pointer = bench.put([Number.NaN, ...Array.from(values), Number.NaN, Number.NaN, Number.NaN]);
    return pointer + bytes;
  };

  /** An output of `count` numbers between sentinels, preset to `before`. */
  function output(before: ArrayLike<number>) {
    const count = before.length;
    const start = bench.put([SENTINEL, ...Array.from(before), SENTINEL, SENTINEL, SENTINEL]);
    return {
      at: start + bytes,
      expect(wanted: ArrayLike<number>, tolerance = close) {
        const got = bench.get(start, count + 4);
        for (let i = 0; i < count; i++) {
          expect(Math.abs(got[i + 1]! - wanted[i]!), `number ${i}`).toBeLessThanOrEqual(
            tolerance * (1 + Math.abs(wanted[i]!)),
          );
        }
        expect([got[0], ...got.subarray(count + 1)]).toEqual(new Array(4).fill(SENTINEL));
      },
    };
  }

  const blank = (count: number) => output(new Float64Array(count).fill(Number.NaN));

  function expectF64(pointer: number, wanted: ArrayLike<number>) {
    const got = bench.getF64(pointer, wanted.length + 1);
    for (let i = 0; i < wanted.length; i++) {
      expect(Math.abs(got[i]! - wanted[i]!), `number ${i}`).toBeLessThanOrEqual(1e-13 * (1 + Math.abs(wanted[i]!)));
    }
    expect(got[wanted.length]).toBe(SENTINEL);
  }

  const each = (run: (rows: number, columns: number, x: Float64Array, y: Float64Array) => void) => {
    for (const [rows, columns] of SHAPES) {
      bench.reset();
      run(rows, columns, numbers(rows * columns, 1, dtype), numbers(rows * columns, 2, dtype));
    }
  };

  /** Σ over rows of f, for each column. */
  const down = (rows: number, columns: number, f: (i: number, column: number) => number) =>
    Float64Array.from({ length: columns }, (_, j) => {
      let sum = 0;
      for (let r = 0; r < rows; r++) sum += f(r * columns + j, j);
      return sum;
    });

  it("adds a vector to every row", () =>
    each((rows, columns, x) => {
      const vector = numbers(columns, 3, dtype);
      const out = output(x);
      k.addRowVector!(rows, columns, out.at, put(vector));
      out.expect(x.map((v, i) => v + vector[i % columns]!));
    }));

  it("scales and shifts columns", () =>
    each((rows, columns, x) => {
      const [scale, shift] = [numbers(columns, 3, dtype), numbers(columns, 4, dtype)];
      const wanted = x.map((v, i) => v * scale[i % columns]! + shift[i % columns]!);
      const out = blank(x.length);
      k.columnAffine!(rows, columns, put(x), put(scale), put(shift), out.at);
      out.expect(wanted);
      const inPlace = output(x);
      k.columnAffine!(rows, columns, inPlace.at, put(scale), put(shift), inPlace.at);
      inPlace.expect(wanted);
    }));

  it("sums, dot products, means and variances of columns", () =>
    each((rows, columns, x, y) => {
      const wide = () => bench.putF64(new Array(columns + 1).fill(SENTINEL));
      const [sums, dots, mean, variance] = [wide(), wide(), wide(), wide()];
      const [px, py] = [put(x), put(y)];
      const totals = down(rows, columns, (i) => x[i]!);
      k.columnSumsF64!(rows, columns, px, sums);
      expectF64(sums, totals);
      const rounded = blank(columns);
      k.columnSums!(rows, columns, px, rounded.at);
      rounded.expect(totals);
      k.columnDots!(rows, columns, px, py, dots);
      expectF64(
        dots,
        down(rows, columns, (i) => x[i]! * y[i]!),
      );
      k.columnMoments!(rows, columns, px, mean, variance);
      const means = down(rows, columns, (i) => x[i]! / rows);
      expectF64(mean, means);
      expectF64(
        variance,
        down(rows, columns, (i, j) => (x[i]! - means[j]!) ** 2 / rows),
      );
    }));

  it("log-softmax and its gradient, for logits of any size", () =>
    each((rows, columns, x, dy) => {
      for (const size of [1, 60]) {
        const logits = x.map((v) => (dtype === "f32" ? Math.fround(size * v + 100) : size * v + 100));
        const wanted = new Float64Array(x.length);
        const gradient = new Float64Array(x.length);
        for (let r = 0; r < rows; r++) {
          const row = logits.subarray(r * columns, (r + 1) * columns);
          const top = Math.max(...row);
          const log = Math.log(row.reduce((s, v) => s + Math.exp(v - top), 0));
          const total = dy.subarray(r * columns, (r + 1) * columns).reduce((s, v) => s + v, 0);
          row.forEach((v, j) => {
            wanted[r * columns + j] = v - top - log;
            gradient[r * columns + j] = dy[r * columns + j]! - Math.exp(v - top - log) * total;
          });
        }
        const y = blank(x.length);
        k.logSoftmaxForward!(rows, columns, put(logits), y.at);
        y.expect(wanted);
        const dx = blank(x.length);
        k.logSoftmaxBackward!(rows, columns, y.at, put(dy), dx.at);
        // e^y carries the error of y, and the total reaches √columns.
        dx.expect(gradient, 60 * close);
      }
    }));

  it("negative log-likelihood and its gradient", () =>
    each((rows, columns, y) => {
      const labels = Array.from({ length: rows }, (_, r) => (7 * r + 3) % columns);
      const at = bench.putI32(labels);
      const wanted = -labels.reduce((s, label, r) => s + y[r * columns + label]!, 0) / rows;
      expect(k.negativeLogLikelihood!(rows, columns, put(y), at)).toBeCloseTo(wanted, 14);
      const dy = blank(y.length);
      k.negativeLogLikelihoodBackward!(rows, columns, at, 0.5, dy.at);
      dy.expect(y.map((_, i) => (labels[Math.floor(i / columns)] === i % columns ? -0.5 / rows : 0)));
    }));

  it("mean squared error and its gradient", () =>
    each((_rows, _columns, x, target) => {
      const n = x.length;
      const wanted = x.reduce((s, v, i) => s + (v - target[i]!) ** 2, 0) / n;
      expect(k.meanSquaredError!(n, put(x), put(target))).toBeCloseTo(wanted, 13);
      const dx = blank(n);
      k.meanSquaredErrorBackward!(n, put(x), put(target), 0.5, dx.at);
      dx.expect(x.map((v, i) => (v - target[i]!) / n));
    }));

  it("transposes the middle axes, whatever the run", () => {
    for (const run of [1, 2, 3, 4, 5, 8, 20, 21])
      for (const [a, b, c] of [
        [1, 1, 1],
        [2, 3, 5],
        [3, 4, 4],
        [1, 9, 13],
        [2, 8, 1],
        [1, 16, 7],
      ] as const) {
        bench.reset();
        const x = numbers(a * b * c * run, run, dtype);
        const y = blank(x.length);
        k.transposeMiddle!(a, b, c, run, put(x), y.at);
        const wanted = new Float64Array(x.length);
        x.forEach((v, i) => {
          const [r, kk, j, ii] = [
            i % run,
            Math.floor(i / run) % c,
            Math.floor(i / (run * c)) % b,
            Math.floor(i / (run * c * b)),
          ];
          wanted[((ii * c + kk) * b + j) * run + r] = v;
        });
        y.expect(wanted, 0);
      }
  });
});
