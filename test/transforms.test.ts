// The transforms of plain arrays against the reference, real and complex, in every build; what they refuse.

import { beforeAll, describe, expect, test } from "vitest";
import { MemoryExhaustedError, ShapeError, ValueError } from "../src/errors.ts";
import { createEngine, type Engine } from "../src/tensor/engine.ts";
import { type NumbersIn, type TransformName, transform } from "../src/transforms.ts";
import { BUILDS } from "./support/kernels.ts";
import { type ReferenceTensor, referenceTensors } from "./support/reference.ts";
import { largestError, signals } from "./support/signals.ts";

/** A reference tensor whose last axis is (re, im), as two. */
function complex({ shape, values }: ReferenceTensor): { re: Float64Array; im: Float64Array; shape: number[] } {
  const part = (offset: number) => Float64Array.from({ length: values.length / 2 }, (_, i) => values[2 * i + offset]!);
  return { re: part(0), im: part(1), shape: shape.slice(0, -1) };
}

/** Reference spectra have the coefficient first: `[coefficient, batch, 2]`. Ours has it last. */
function coefficientLast(tensor: ReferenceTensor): { re: Float64Array; im: Float64Array; shape: number[] } {
  const { re, im, shape } = complex(tensor);
  const [coefficients, batch] = shape as [number, number];
  const move = (x: Float64Array) => x.map((_, i) => x[(i % coefficients) * batch + Math.floor(i / coefficients)]!);
  return { re: move(re), im: move(im), shape: [batch, coefficients] };
}

describe.each(BUILDS)("$dtype $build", ({ dtype, build }) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await createEngine({ dtype, build });
  });
  /** What the reference allows in f64; in f32 the DFT and the Legendre sum each round a few times 2⁻²⁴. */
  const tolerance = dtype === "f64" ? 1e-12 : 1e-6;
  const expectEqual = (
    got: { re: Float64Array; im: Float64Array; shape: readonly number[] },
    wanted: { re: Float64Array; im: Float64Array; shape: readonly number[] },
  ) => {
    expect(got.shape).toEqual(wanted.shape);
    expect(largestError([...got.re, ...got.im], [...wanted.re, ...wanted.im])).toBeLessThan(tolerance);
  };

  describe.each(["fft_b4_to_4", "fft_b10_to_6"])("%s", (file) => {
    const reference = referenceTensors(file);
    const [grid, spectral] = file === "fft_b4_to_4" ? [4, 4] : [10, 6];

    test.each(["s2", "so3"])("%s, forward of real and complex signals, inverse of any spectrum", (domain) => {
      const forward = `${domain}-fft` as TransformName;
      const real = reference.get(`${domain}_x_real`)!;
      const bandwidth = spectral;
      const fromReal = transform(engine, forward, { re: real.values, shape: real.shape }, { bandwidth });
      expectEqual(fromReal, coefficientLast(reference.get(`${domain}_X_real`)!));
      const x = complex(reference.get(`${domain}_x_complex`)!);
      expectEqual(transform(engine, forward, x, { bandwidth }), coefficientLast(reference.get(`${domain}_X_complex`)!));
      const X = coefficientLast(reference.get(`${domain}_spec_in`)!);
      const inverse = transform(engine, `${domain}-ifft` as TransformName, X, { bandwidth: grid });
      expectEqual(inverse, complex(reference.get(`${domain}_ifft_out`)!));
      const part = reference.get(`${domain}_rifft_out`);
      if (part) expect(largestError(inverse.re, part.values)).toBeLessThan(tolerance);
    });
  });

  test("any leading axes or none, and more signals than fit one chunk", () => {
    const b = 12;
    const points = 8 * b ** 3;
    const count = 2 * 3 * 60;
    const re = signals(count * points, 1, dtype);
    const all = transform(engine, "so3-fft", { re, shape: [2, 3, 60, 2 * b, 2 * b, 2 * b] }, { bandwidth: 3 });
    expect(all.shape).toEqual([2, 3, 60, 35]);
    for (const i of [0, 1, count - 1]) {
      const shape = [2 * b, 2 * b, 2 * b];
      const one = transform(
        engine,
        "so3-fft",
        { re: re.subarray(i * points, (i + 1) * points), shape },
        { bandwidth: 3 },
      );
      expect(one.shape).toEqual([35]);
      expect(largestError(all.re.subarray(35 * i, 35 * (i + 1)), one.re)).toBeLessThan(tolerance);
    }
    expect(engine.memoryStatistics.peak).toBeLessThan(150e6);
  });

  test("a higher bandwidth than the input's means zeros, and the way back is exact", () => {
    const x = { re: signals(16 * 2, 2, dtype), im: signals(16 * 2, 3, dtype), shape: [2, 16] };
    const up = transform(engine, "s2-ifft", x, { bandwidth: 9 });
    expect(up.shape).toEqual([2, 18, 18]);
    const wide = transform(engine, "s2-fft", up, { bandwidth: 11 });
    expect(wide.shape).toEqual([2, 121]);
    expect(wide.re.subarray(81, 121).every((value) => value === 0)).toBe(true);
    const back = transform(engine, "s2-fft", up, { bandwidth: 4 });
    expectEqual(back, x);
  });
});

describe("refused, before anything is computed", async () => {
  const engine = await createEngine({ dtype: "f64" });
  const of = (shape: number[]): NumbersIn => ({ re: new Float64Array(shape.reduce((a, n) => a * n, 1)), shape });

  test.each([
    ["s2-fft", [3, 7, 7]],
    ["s2-fft", [6, 8]],
    ["s2-fft", [8]],
    ["s2-fft", [0, 0]],
    ["so3-fft", [6, 6, 8]],
    ["so3-fft", [4, 4]],
    ["s2-fft", [0, 4, 4]],
    ["s2-ifft", []],
    ["so3-ifft", [0, 10]],
  ] as const)("%s of shape %j", (name, shape) => {
    expect(() => transform(engine, name, of([...shape]))).toThrow(ShapeError);
  });

  test("counts of coefficients that no bandwidth has", () => {
    expect(() => transform(engine, "s2-ifft", of([2, 15]))).toThrow(/expected b\^2 coefficients.*got 15/);
    expect(() => transform(engine, "so3-ifft", of([2, 11]))).toThrow(ValueError);
  });

  test("NaN, infinity, a count that disagrees, a name, a bandwidth, a result beyond all memory", () => {
    const bad = new Float64Array(16);
    bad[3] = Number.NaN;
    const nan = /finite, got NaN at row-major place 3/;
    expect(() => transform(engine, "s2-fft", { re: bad, shape: [4, 4] })).toThrow(nan);
    expect(() => transform(engine, "s2-fft", { re: new Float64Array(16), im: bad, shape: [4, 4] })).toThrow(nan);
    const large = Float64Array.from({ length: 16 }, (_, i) => ([0, 2, 6, 12].includes(i) ? 5e307 : 0)); // order 0
    expect(() => transform(engine, "s2-ifft", { re: large, shape: [16] })).toThrow(/the result is not finite .* f64/);
    expect(() => transform(engine, "s2-fft", { re: bad, shape: [1, 4, 2] })).toThrow(ShapeError);
    expect(() => transform(engine, "s2-fft", { re: bad.subarray(1), shape: [4, 4] })).toThrow(
      /holds 16 numbers, re has 15/,
    );
    expect(() => transform(engine, "s2" as TransformName, of([4, 4]))).toThrow(/expected one of s2-fft/);
    for (const bandwidth of [0, -1, 1.5, Number.NaN, 65537]) {
      expect(() => transform(engine, "s2-fft", of([4, 4]), { bandwidth })).toThrow(ValueError);
    }
    expect(() => transform(engine, "so3-ifft", of([10]), { bandwidth: 65536 })).toThrow(MemoryExhaustedError);
  });
});
