// The rectifier from spectrum to spectrum against the three operations that it is.

import { expect, test } from "vitest";
import { ShapeError, ValueError } from "../../src/errors.ts";
import { multiply } from "../../src/ops/arithmetic.ts";
import { evaluateSpectrum } from "../../src/ops/evaluate.ts";
import { so3Fft, so3Ifft } from "../../src/ops/fourier.ts";
import { so3Integrate } from "../../src/ops/integrate.ts";
import { rectify } from "../../src/ops/rectify.ts";
import { relu } from "../../src/ops/relu.ts";
import { changeOrders } from "../../src/ops/resize-spectrum.ts";
import { sum } from "../../src/ops/sum.ts";
import { softAlpha, softBeta } from "../../src/sphere/indices.ts";
import { quadratureWeights } from "../../src/tables/transforms.ts";
import { coefficientCount, type SpectrumLayout, spectrumLayout } from "../../src/tensor/layout.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { inEveryEngine } from "../support/engines.ts";
import { random } from "../support/gradient-check.ts";
import { largestError } from "../support/signals.ts";
import { TRANSFORM } from "../support/tolerances.ts";

const byParts = (X: Tensor, grid: number, bandwidth: number) => so3Fft(relu(so3Ifft(X, grid)), bandwidth);

inEveryEngine((engine) => {
  const tolerance = TRANSFORM[engine.dtype];

  /** Output and gradient of an operation on a random spectrum. */
  const run = (op: (X: Tensor) => Tensor, bandwidth: number, batch: number, channels: number) =>
    engine.scope(() => {
      const X = random.spectrum(engine, "so3", bandwidth, batch, channels);
      X.requiresGrad = true;
      const Y = op(X);
      sum(multiply(Y, random.like(Y, 2))).backward();
      return { Y: Y.view().slice(), gradient: X.grad!.view().slice() };
    });

  test.each([
    [2, 3, 4, 4, 4],
    [3, 4, 4, 4, 2],
    [1, 5, 3, 6, 6],
    [2, 8, 10, 10, 6],
    [1, 4, 6, 6, 1],
    [1, 1, 5, 4, 7],
    [1, 4, 7, 11, 7], // a length without codelets
  ])("batch %i, %i channels, bandwidth %i by way of %i to %i", (batch, channels, bandwidth, grid, target) => {
    const fused = run((X) => rectify(X, grid, target), bandwidth, batch, channels);
    const apart = run((X) => byParts(X, grid, target), bandwidth, batch, channels);
    expect(largestError(fused.Y, apart.Y)).toBeLessThan(tolerance);
    expect(largestError(fused.gradient, apart.gradient)).toBeLessThan(tolerance);
    expect(fused.gradient.some((value) => value !== 0)).toBe(true);
  });

  /** The same with full spectra, orders left out by hand. */
  const fewByParts = (X: Tensor, grid: number, target: number, gammaGrid: number, orders: number) => {
    const { bandwidth } = X.layout as SpectrumLayout;
    const few = so3Fft(relu(so3Ifft(changeOrders(X, bandwidth), grid)), target);
    return gammaGrid === grid ? changeOrders(few, orders) : few;
  };

  test.each([
    [2, 3, 5, 2, 5, 5, 3],
    [1, 5, 5, 1, 6, 4, 2],
    [3, 4, 6, 3, 6, 6, 6],
    [1, 2, 8, 3, 10, 6, 1],
  ])("batch %i, %i channels, bandwidth %i with %i orders, grid %i, to %i with %i", (...sizes) => {
    const [batch, channels, bandwidth, given, grid, target, orders] = sizes;
    const fewIn = (X: Tensor) => changeOrders(X, given);
    const fused = run((X) => rectify(fewIn(X), grid, target, { orders }), bandwidth, batch, channels);
    const apart = run((X) => fewByParts(fewIn(X), grid, target, grid, orders), bandwidth, batch, channels);
    expect(largestError(fused.Y, apart.Y)).toBeLessThan(tolerance);
    expect(largestError(fused.gradient, apart.gradient)).toBeLessThan(tolerance);
    expect(fused.gradient.some((value) => value !== 0)).toBe(true);
  });

  test("few samples of γ: what a signal without orders of γ is rectified to does not depend on their number", () => {
    const flat = (gammaGrid: number) =>
      run((X) => rectify(changeOrders(X, 1), 8, 6, { gammaGrid, orders: 1 }), 6, 2, 3);
    const [one, three, all] = [flat(1), flat(3), flat(8)];
    expect(largestError(one.Y, all.Y)).toBeLessThan(tolerance);
    expect(largestError(three.gradient, all.gradient)).toBeLessThan(tolerance);
  });

  test("few samples of γ: against the values on that grid", () => {
    engine.scope(() => {
      const [bandwidth, grid, gammaGrid, orders] = [4, 5, 3, 2];
      const X = changeOrders(random.spectrum(engine, "so3", bandwidth, 1, 2), orders);
      const weights = quadratureWeights(engine, grid);
      const mean = [0, 0];
      const betas = softBeta(grid);
      const points = [...betas].flatMap((beta) =>
        [...softAlpha(grid)].flatMap((alpha) => [...softAlpha(gammaGrid)].flatMap((gamma) => [beta, alpha, gamma])),
      );
      const values = evaluateSpectrum(changeOrders(X, bandwidth), points).toArray();
      const perBeta = 2 * grid * 2 * gammaGrid;
      for (let c = 0; c < 2; c++)
        for (let i = 0; i < 2 * grid * perBeta; i++)
          mean[c]! +=
            (Math.max(0, values[c * 2 * grid * perBeta + i]!) * weights[Math.floor(i / perBeta)]!) / (2 * perBeta);
      expect(largestError(rectify(X, grid, 1, { gammaGrid }).view(), mean)).toBeLessThan(tolerance);
    });
  });

  test("the same bits whether or not a gradient is to come back", () => {
    engine.scope(() => {
      const X = random.spectrum(engine, "so3", 6, 3, 3);
      const Y = rectify(X, 6, 4).toComplex();
      X.requiresGrad = true;
      expect(rectify(X, 6, 4).toComplex()).toEqual(Y);
    });
  });

  test("to degree 0 alone it is the mean over the rotation group", () => {
    engine.scope(() => {
      const X = random.spectrum(engine, "so3", 5, 3, 3);
      const mean = so3Integrate(relu(so3Ifft(X)));
      expect(largestError(rectify(X, 5, 1).view(), mean.view())).toBeLessThan(tolerance);
    });
  });

  test("degrees beyond the grid are zero", () => {
    engine.scope(() => {
      const { re, im } = rectify(random.spectrum(engine, "so3", 3, 1, 1), 3, 5).toComplex();
      const known = coefficientCount("so3", 3);
      expect([...re.slice(known), ...im.slice(known)].every((value) => value === 0)).toBe(true);
    });
  });

  test("refuses what is no spectrum on SO(3), no bandwidth, or cannot be addressed, before it allocates", () => {
    engine.scope(() => {
      const X = random.spectrum(engine, "so3", 2, 1, 1);
      expect(() => rectify(so3Ifft(X), 2, 2)).toThrow(ShapeError);
      expect(() => rectify(random.spectrum(engine, "s2", 2, 1, 1), 2, 2)).toThrow(
        /rectify: expected a spectrum on so3, got s2/,
      );
      expect(() => rectify(X, 0, 2)).toThrow(ValueError);
      expect(() => rectify(X, 2, 1.5)).toThrow(ValueError);
      const large = engine.empty(spectrumLayout("so3", 250), [1, 1, coefficientCount("so3", 250)]);
      const { used } = engine.memoryStatistics;
      expect(() => rectify(large, 250, 2)).toThrow(
        /rectify: bandwidth 250 on a grid of bandwidth 250 needs a table of/,
      );
      X.requiresGrad = true;
      expect(() => rectify(X, 800, 2)).toThrow(/a mask of 4.1 GB/);
      expect(engine.memoryStatistics.used).toBe(used);
    });
  });
});
