// Wigner's functions and quadrature weights as users get them, against the reference and their definition, in all builds.

import { expect, it } from "vitest";
import { ValueError } from "../../src/errors.ts";
import { softBeta } from "../../src/sphere/indices.ts";
import { quadratureWeights } from "../../src/tables/transforms.ts";
import { wignerD, wignerSmallD, wignerSmallDEntry } from "../../src/tables/wigner.ts";
import { inEveryEngine } from "../support/engines.ts";
import { referenceTensors } from "../support/reference.ts";
import { largestError } from "../support/signals.ts";

inEveryEngine((engine) => {
  const reference = referenceTensors("wigner_d");
  const betas = reference.get("betas")!.values;

  it.each([0, 1, 2, 3, 8, 16, 31, 64])("d is the reference's at degree %i, to 1e-12", (l) => {
    const { shape, values } = reference.get(`d_full_l${l}`)!;
    const size = (2 * l + 1) ** 2;
    const chosen = shape[0] === 5 ? [...betas] : [...betas.subarray(1, 4)];
    expect(chosen).toHaveLength(shape[0]!);
    chosen.forEach((beta, i) => {
      const wanted = values.subarray(i * size, (i + 1) * size);
      expect(largestError(wignerSmallD(engine, l, beta), wanted)).toBeLessThan(1e-12);
    });
  });

  it.each([127, 255])("entries are the reference's at degree %i, to 1e-12", (l) => {
    const pairs = reference.get(`mn_l${l}`)!.values;
    const samples = reference.get(`d_samples_l${l}`)!.values;
    const count = pairs.length / 2;
    betas.forEach((beta, i) => {
      const computed = Float64Array.from({ length: count }, (_, p) =>
        wignerSmallDEntry(engine, l, pairs[2 * p]!, pairs[2 * p + 1]!, beta),
      );
      expect(largestError(computed, samples.subarray(i * count, (i + 1) * count))).toBeLessThan(1e-12);
    });
  });

  it("D is d with the phases of its outer angles", () => {
    const [l, alpha, beta, gamma] = [5, 0.7, 1.9, -2.3];
    const d = wignerSmallD(engine, l, beta);
    const { re, im } = wignerD(engine, l, alpha, beta, gamma);
    for (let m = -l, i = 0; m <= l; m++) {
      for (let n = -l; n <= l; n++, i++) {
        const phase = m * alpha + n * gamma;
        expect(re[i]).toBeCloseTo(d[i]! * Math.cos(phase), 13);
        expect(im[i]).toBeCloseTo(d[i]! * Math.sin(phase), 13);
      }
    }
  });

  it.each([2, 8, 30])("quadrature at bandwidth %i is the reference's, to 1e-12", (b) => {
    const weights = referenceTensors("quadrature");
    expect(largestError(quadratureWeights(engine, b), weights.get(`w_b${b}`)!.values)).toBeLessThan(1e-12);
    expect(largestError(softBeta(b), weights.get(`beta_b${b}`)!.values)).toBeLessThan(1e-12);
  });

  it("refuses bandwidths that are none, or more than the kernel counts", () => {
    for (const b of [-1, 0, 1.5, 16385, 20000, Number.NaN]) {
      expect(() => quadratureWeights(engine, b)).toThrow(
        /quadratureWeights: the bandwidth must be an integer from 1 to 16384/,
      );
    }
  });

  it("refuses degrees, orders and angles that are none", () => {
    for (const l of [-1, 1.5, 2048, Number.NaN]) expect(() => wignerSmallD(engine, l, 1)).toThrow(ValueError);
    for (const beta of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => wignerSmallD(engine, 1, beta)).toThrow(/beta must be an angle/);
      expect(() => wignerD(engine, 1, 0, 0, beta)).toThrow(/gamma must be an angle/);
    }
    expect(() => wignerSmallDEntry(engine, 2, 3, 0, 1)).toThrow("m must be an integer from -2 to 2, got 3");
    expect(() => wignerSmallDEntry(engine, 2, 0, -0.5, 1)).toThrow("n must be an integer from -2 to 2, got -0.5");
  });
});
