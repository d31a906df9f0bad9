// Inverse then forward is the identity on spectra, forward then inverse on band-limited signals; Parseval's identity.

import { describe, expect, test } from "vitest";
import { s2Fft, s2Ifft, so3Fft, so3Ifft } from "../../src/ops/fourier.ts";
import { powerPerDegree } from "../../src/ops/power.ts";
import { betaWeights } from "../../src/tables/transforms.ts";
import { coefficientCount } from "../../src/tensor/layout.ts";
import { inEveryEngine } from "../support/engines.ts";
import { largestError, signals } from "../support/signals.ts";
import { ROUND_TRIP } from "../support/tolerances.ts";

const FFT = { s2: s2Fft, so3: so3Fft };
const IFFT = { s2: s2Ifft, so3: so3Ifft };

inEveryEngine((engine) => {
  const tolerance = ROUND_TRIP[engine.dtype];

  test.each([
    ["s2", 1],
    ["s2", 30],
    ["s2", 128],
    ["so3", 1],
    ["so3", 10],
    ["so3", 32],
  ] as const)("%s, b = %i", (domain, b) => {
    engine.scope(() => {
      const count = 2 * coefficientCount(domain, b);
      const [re, im] = [signals(count, 1), signals(count, 2)];
      const X = engine.spectrum(domain, b, [1, 2], re, im);
      const x = IFFT[domain](X);
      const again = FFT[domain](x);
      expect(largestError(again.view(), X.view())).toBeLessThan(tolerance);
      expect(largestError(IFFT[domain](again).view(), x.view())).toBeLessThan(tolerance);
    });
    engine.releaseTables();
  });

  describe.each(["s2", "so3"] as const)("%s", (domain) => {
    test("Parseval: the mean of f² is Σ (2l+1) |X^l|²", () => {
      const b = 9;
      const count = 3 * coefficientCount(domain, b);
      const X = engine.spectrum(domain, b, [3, 1], signals(count, 3), signals(count, 4));
      const values = IFFT[domain](X).toArray();
      const weights = engine.view(betaWeights(engine, domain, b), 2 * b).slice();
      const power = powerPerDegree(X).toArray();
      const points = values.length / 3;
      const ring = points / (2 * b);
      const [means, sums] = [
        [0, 0, 0],
        [0, 0, 0],
      ];
      values.forEach((f, i) => {
        means[Math.floor(i / points)]! += weights[Math.floor((i % points) / ring)]! * f * f;
      });
      power.forEach((p, i) => {
        sums[Math.floor(i / b)]! += (2 * (i % b) + 1) * p;
      });
      expect(largestError(means, sums)).toBeLessThan(tolerance);
    });
  });
});
