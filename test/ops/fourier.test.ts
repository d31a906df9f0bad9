// The transforms against the reference tensors, which were computed by other code and by direct sums.

import { describe, expect, test } from "vitest";
import { MemoryExhaustedError, ShapeError, ValueError } from "../../src/errors.ts";
import { s2Fft, s2Ifft, so3Fft, so3Ifft } from "../../src/ops/fourier.ts";
import { resizeSpectrum } from "../../src/ops/resize-spectrum.ts";
import type { Engine } from "../../src/tensor/engine.ts";
import { coefficientCount, signalShape, spectrumLayout } from "../../src/tensor/layout.ts";
import type { ComplexArray, Tensor } from "../../src/tensor/tensor.ts";
import { inEveryEngine } from "../support/engines.ts";
import { random } from "../support/gradient-check.ts";
import { type ReferenceTensor, referenceTensors } from "../support/reference.ts";
import { largestError, signals } from "../support/signals.ts";
import { TRANSFORM } from "../support/tolerances.ts";

const BATCH = 2;
const TRANSFORMS = { s2: { fft: s2Fft, ifft: s2Ifft }, so3: { fft: so3Fft, ifft: so3Ifft } } as const;

/** Real and imaginary parts of `[…, 2]`. */
function parts({ values }: ReferenceTensor): ComplexArray {
  return { re: values.filter((_, i) => i % 2 === 0), im: values.filter((_, i) => i % 2 === 1) };
}

/** A spectrum of the files, `[coefficient, batch, 2]`, as `[batch, coefficient]`. */
function spectrumOf(tensor: ReferenceTensor): ComplexArray {
  const { re, im } = parts(tensor);
  const count = tensor.shape[0]!;
  const move = (x: Float64Array) => x.map((_, i) => x[(i % count) * BATCH + Math.floor(i / count)]!);
  return { re: move(re), im: move(im) };
}

inEveryEngine((engine) => {
  const tolerance = TRANSFORM[engine.dtype];

  describe.each([
    ["s2", 4, 4],
    ["so3", 4, 4],
    ["s2", 10, 6],
    ["so3", 10, 6],
  ] as const)("%s, grid %d, spectrum %d", (domain, grid, bandwidth) => {
    const reference = referenceTensors(`fft_b${grid}_to_${bandwidth}`);
    const { fft, ifft } = TRANSFORMS[domain];
    const get = (name: string) => reference.get(`${domain}_${name}`)!;
    const shape = signalShape(domain, grid, BATCH, 1);
    /** The same signals as batch and as channels: another layout of the spectrum. */
    const shapes = [shape, [1, BATCH, ...shape.slice(2)]];

    test("forward, real signal", () => {
      const expected = spectrumOf(get("X_real"));
      for (const each of shapes) {
        const { re, im } = fft(engine.signal(get("x_real").values, each), bandwidth).toComplex();
        expect(largestError([...re, ...im], [...expected.re, ...expected.im])).toBeLessThan(tolerance);
      }
    });

    test("forward, complex signal, as two real ones", () => {
      const x = parts(get("x_complex"));
      const u = fft(engine.signal(x.re, shape), bandwidth).toComplex();
      const v = fft(engine.signal(x.im, shape), bandwidth).toComplex();
      const expected = spectrumOf(get("X_complex"));
      const re = u.re.map((value, i) => value - v.im[i]!);
      const im = u.im.map((value, i) => value + v.re[i]!);
      expect(largestError([...re, ...im], [...expected.re, ...expected.im])).toBeLessThan(tolerance);
    });

    test("inverse, complex signal, as two real ones", () => {
      const { re, im } = spectrumOf(get("spec_in"));
      const expected = parts(get("ifft_out"));
      const realPart = (x: Float64Array, y: Float64Array) =>
        ifft(engine.spectrum(domain, bandwidth, [BATCH, 1], x, y), grid).toArray();
      expect(largestError(realPart(re, im), expected.re)).toBeLessThan(tolerance);
      const minusRe = re.map((value) => -value);
      expect(largestError(realPart(im, minusRe), expected.im)).toBeLessThan(tolerance); // of −iX
    });

    test("the real part of the inverse of a spectrum without the symmetry of a real signal", () => {
      const { re, im } = spectrumOf(get("spec_in"));
      const expected = domain === "so3" ? get("rifft_out").values : parts(get("ifft_out")).re;
      const X = engine.spectrum(domain, bandwidth, [BATCH, 1], re, im);
      expect(largestError(ifft(X, grid).toArray(), expected)).toBeLessThan(tolerance);
    });
  });

  test.each(["s2", "so3"] as const)("%s: inverse, then forward, is the identity on spectra", (domain) => {
    const { fft, ifft } = TRANSFORMS[domain];
    for (const b of [1, 2, 3, 5, 8, 11]) {
      for (const [batch, channels] of [
        [1, 1],
        [2, 3],
        [1, 4],
        [3, 8],
      ] as const) {
        const X = randomSpectrum(engine, domain, b, batch, channels);
        for (const grid of [b, b + 2]) {
          expect(largestError(fft(ifft(X, grid), b).view(), X.view())).toBeLessThan(tolerance);
        }
      }
    }
  });

  test("degrees that the grid does not resolve are zero, and those beyond the grid are left out", () => {
    const x = engine.signal(signals(2 * 64, 1, engine.dtype), [1, 2, 8, 8]);
    const [X, wide] = [s2Fft(x, 4).toComplex(), s2Fft(x, 6).toComplex()];
    for (let channel = 0; channel < 2; channel++) {
      expect(wide.re.slice(36 * channel, 36 * channel + 16)).toEqual(X.re.slice(16 * channel, 16 * channel + 16));
      expect(wide.re.slice(36 * channel + 16, 36 * channel + 36).every((value) => value === 0)).toBe(true);
    }
    expect(s2Ifft(s2Fft(x, 6), 4).toArray()).toEqual(s2Ifft(s2Fft(x, 4), 4).toArray());
  });

  test("refuses another layout and nonsense bandwidths", () => {
    const x = engine.signal(new Float64Array(16), [1, 1, 4, 4]);
    expect(() => so3Fft(x)).toThrow(ShapeError);
    expect(() => s2Ifft(x)).toThrow(ShapeError);
    expect(() => s2Fft(x, 0)).toThrow(ValueError);
    expect(() => s2Fft(x, 1.5)).toThrow(ValueError);
    expect(() => s2Ifft(s2Fft(x), 5000)).toThrow(/s2Ifft: the grid's bandwidth must be at most 4096/);
  });

  test.each([
    [4, 4],
    [5, 7],
    [6, 9],
    [9, 5],
  ])(
    "one signal on SO(3) alone, whose rings fill the lanes, as among others: bandwidth %i on the grid of %i",
    (b, grid) => {
      engine.scope(() => {
        const [several, size] = [6, coefficientCount("so3", b)];
        const spectra = random.spectrum(engine, "so3", b, several, 1).toComplex();
        const one = (i: number, count: number) =>
          engine.spectrum(
            "so3",
            b,
            [count, 1],
            spectra.re.slice(i * size, (i + count) * size),
            spectra.im.slice(i * size, (i + count) * size),
          );
        const together = so3Ifft(one(0, several), grid);
        const points = (2 * grid) ** 3;
        for (const [i, count] of [
          [0, 1],
          [5, 1],
          [2, 2],
        ] as const) {
          const alone = so3Ifft(one(i, count), grid);
          const wanted = together.toArray().slice(i * points, (i + count) * points);
          expect(largestError(alone.toArray(), wanted)).toBeLessThan(TRANSFORM[engine.dtype]);
          const back = so3Fft(alone, b).toComplex();
          const all = so3Fft(together, b).toComplex();
          const part = (x: ArrayLike<number>) => Array.from(x).slice(i * size, (i + count) * size);
          expect(largestError([...back.re, ...back.im], [...part(all.re), ...part(all.im)])).toBeLessThan(
            TRANSFORM[engine.dtype],
          );
        }
      });
    },
  );

  test("refuses what the kernels cannot address, before it allocates", () => {
    engine.scope(() => {
      const X = engine.empty(spectrumLayout("so3", 250), [1, 1, coefficientCount("so3", 250)]);
      const { used } = engine.memoryStatistics;
      expect(() => so3Ifft(X)).toThrow(/so3Ifft: bandwidth 250 on a grid of bandwidth 250 needs a table of/);
      expect(() => so3Ifft(X, 60000)).toThrow(ValueError);
      expect(engine.memoryStatistics.used).toBe(used);
      expect(() => so3Ifft(resizeSpectrum(X, 1), 60000)).toThrow(MemoryExhaustedError);
    });
  });
});

/** A spectrum with random numbers in the real basis: every one of them is that of a real signal. */
function randomSpectrum(engine: Engine, domain: "s2" | "so3", b: number, batch: number, channels: number): Tensor {
  const X = engine.empty(spectrumLayout(domain, b), [batch, channels, coefficientCount(domain, b)]);
  X.view().set(signals(X.length, b, engine.dtype));
  return X;
}
