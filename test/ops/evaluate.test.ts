// Evaluation at points against the inverse transform on its grid, change of bandwidth, power per degree.

import { beforeAll, describe, expect, test } from "vitest";
import { ShapeError, ValueError } from "../../src/errors.ts";
import { evaluateSpectrum } from "../../src/ops/evaluate.ts";
import { s2Fft, s2Ifft, so3Fft, so3Ifft } from "../../src/ops/fourier.ts";
import { powerPerDegree } from "../../src/ops/power.ts";
import { changeBandwidth, resizeSpectrum } from "../../src/ops/resize-spectrum.ts";
import { rotateSpectrum } from "../../src/ops/rotate.ts";
import { Random } from "../../src/random.ts";
import { s2SoftGrid, so3SoftGrid } from "../../src/sphere/grids.ts";
import { randomRotation } from "../../src/sphere/rotations.ts";
import { createEngine, type Engine } from "../../src/tensor/engine.ts";
import { coefficientCount, type Domain, degreeSize, signalShape } from "../../src/tensor/layout.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { BUILDS } from "../support/kernels.ts";
import { largestError, signals } from "../support/signals.ts";
import { EVALUATION } from "../support/tolerances.ts";

const DOMAINS = {
  s2: { fft: s2Fft, ifft: s2Ifft, grid: s2SoftGrid },
  so3: { fft: so3Fft, ifft: so3Ifft, grid: so3SoftGrid },
} as const;

/** ⟨out, weights⟩ pulled back to X by `backward`, against the change of ⟨out, weights⟩ along `direction`. */
function pullBack(out: Tensor, weights: Tensor): Tensor {
  return out.node!.backward(weights)[0]!;
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

describe.each(BUILDS)("$dtype $build", ({ dtype, build }) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await createEngine({ dtype, build });
  });
  const tolerance = EVALUATION[dtype];
  const spectrum = (domain: Domain, b: number, seed: number, batch = 2, channels = 3) => {
    const shape = signalShape(domain, b, batch, channels);
    return DOMAINS[domain].fft(
      engine.signal(
        signals(
          shape.reduce((p, n) => p * n),
          seed,
          dtype,
        ),
        shape,
      ),
    );
  };

  describe.each(["s2", "so3"] as const)("%s", (domain) => {
    test("values at the points of the grid are the inverse transform", () => {
      for (const b of [1, 4, 7]) {
        const X = spectrum(domain, b, b);
        const values = evaluateSpectrum(X, DOMAINS[domain].grid(b).points);
        expect(values.shape).toEqual([2, 3, (2 * b) ** (domain === "s2" ? 2 : 3)]);
        expect(largestError(values.toArray(), DOMAINS[domain].ifft(X).toArray())).toBeLessThan(tolerance);
      }
    });

    test("whole turns make no difference", () => {
      const X = spectrum(domain, 7, 18);
      const turns = 2 * Math.PI * 8192;
      const turned = signals(domain === "s2" ? 6 : 9, 19).map((x) => 3 * (x + 1) + turns);
      const points = turned.map((angle) => angle - turns); // exact
      expect(evaluateSpectrum(X, turned).toArray()).toEqual(evaluateSpectrum(X, points).toArray());
    });

    test("many points, in blocks, equal the points one by one", () => {
      const b = domain === "s2" ? 40 : 12;
      const X = spectrum(domain, b, 3, 1, 2);
      const row = domain === "s2" ? 2 : 3;
      const points = signals(row * 900, 4).map((angle) => 3 * (angle + 1));
      const values = evaluateSpectrum(X, points).toArray();
      for (const p of [0, 451, 899]) {
        const one = evaluateSpectrum(X, points.subarray(row * p, row * (p + 1))).toArray();
        expect(largestError([values[p]!, values[900 + p]!], one)).toBeLessThan(tolerance);
      }
    });

    test("backward is the adjoint of evaluation, rotation and resizing", () => {
      const random = new Random(8);
      const rotations = [randomRotation(random), randomRotation(random)];
      const points = signals(domain === "s2" ? 34 : 51, 9).map((angle) => 3 * angle);
      const X = spectrum(domain, 5, 10);
      const maps = [
        (x: Tensor) => evaluateSpectrum(x, points),
        (x: Tensor) => rotateSpectrum(x, rotations),
        (x: Tensor) => rotateSpectrum(x, rotations[0]!),
        (x: Tensor) => resizeSpectrum(x, 3),
        (x: Tensor) => resizeSpectrum(x, 8),
      ];
      X.requiresGrad = true;
      for (const map of maps) {
        const out = map(X);
        const y = engine.empty(out.layout, out.shape);
        y.view().set(signals(out.length, 11, dtype));
        const pulled = pullBack(out, y);
        const size = Math.sqrt(dot(out.view(), out.view()) * dot(y.view(), y.view()));
        expect(Math.abs(dot(out.view(), y.view()) - dot(X.view(), pulled.view())) / size).toBeLessThan(tolerance);
      }
    });

    test("a higher bandwidth leaves the signal as it is, a lower one its low degrees", () => {
      const { fft, ifft } = DOMAINS[domain];
      const X = spectrum(domain, 4, 12);
      const x = ifft(X);
      const up = changeBandwidth(x, 7);
      expect(up.shape).toEqual(signalShape(domain, 7, 2, 3));
      expect(largestError(changeBandwidth(up, 4).toArray(), x.toArray())).toBeLessThan(tolerance);
      const low = fft(changeBandwidth(x, 2)).toComplex();
      const cut = resizeSpectrum(X, 2).toComplex();
      expect(largestError([...low.re, ...low.im], [...cut.re, ...cut.im])).toBeLessThan(tolerance);
      expect(resizeSpectrum(resizeSpectrum(X, 9), 4).view()).toEqual(X.view());
    });

    test("power per degree is the sum of squared magnitudes, and no rotation changes it", () => {
      const b = 5;
      const X = spectrum(domain, b, 13);
      const { re, im } = X.toComplex();
      const power = powerPerDegree(X).toArray();
      const expected = Array.from({ length: 6 * b }, (_, i) => {
        const [signal, l] = [Math.floor(i / b), i % b];
        const start = signal * coefficientCount(domain, b) + coefficientCount(domain, l);
        const [u, v] = [re, im].map((part) => part.subarray(start, start + degreeSize(domain, l))) as [
          Float64Array,
          Float64Array,
        ];
        return dot(u, u) + dot(v, v);
      });
      expect(largestError(power, expected)).toBeLessThan(tolerance);
      const turned = powerPerDegree(rotateSpectrum(X, randomRotation(new Random(14)))).toArray();
      expect(largestError(turned, power)).toBeLessThan(tolerance);
    });

    test("the gradient of power is 2 X times the gradient of its degree: exact on a quadratic form", () => {
      const X = spectrum(domain, 4, 15);
      X.requiresGrad = true;
      const power = powerPerDegree(X);
      const weights = engine.tensor(signals(power.length, 16, dtype), power.shape);
      const gradient = pullBack(power, weights).view();
      // P is quadratic, so P(X + d) − P(X − d) = 2 ⟨∇P, d⟩ without a remainder.
      const along = (sign: number) => {
        const moved = engine.empty(X.layout, X.shape);
        const direction = signals(X.length, 17, dtype);
        moved.view().set(X.view().map((value, i) => value + sign * direction[i]!));
        return dot(powerPerDegree(moved).view(), weights.view());
      };
      const [up, down] = [along(1), along(-1)];
      const slope = dot(gradient, signals(X.length, 17, dtype));
      expect(Math.abs((up - down) / 2 - slope) / (Math.abs(up) + Math.abs(down))).toBeLessThan(tolerance);
    });
  });
});

describe("refused", async () => {
  const engine = await createEngine();
  const X = s2Fft(engine.signal(signals(32, 1), [2, 1, 4, 4]));

  test("points that are no rows, none, or not finite", () => {
    expect(() => evaluateSpectrum(X, [1, 2, 3])).toThrow(/rows \(β, α\) for s2, got 3 numbers/);
    expect(() => evaluateSpectrum(X, [])).toThrow(ShapeError);
    expect(() => evaluateSpectrum(X, [1, 2, 3, Number.NaN])).toThrow(/α of point 1 must be finite/);
    expect(() => evaluateSpectrum(X, [1, 6e9])).toThrow(/α of point 0 must be finite and at most 100000 in size/);
  });

  test("a bandwidth beyond what the harmonics are exact for", () => {
    const wide = resizeSpectrum(X, 4097);
    expect(() => evaluateSpectrum(wide, [1, 2])).toThrow(
      /evaluateSpectrum: the bandwidth must be an integer from 1 to 4096/,
    );
    wide.dispose();
  });

  test("what is no spectrum or signal, and what is no bandwidth", () => {
    const dense = engine.tensor([1]);
    for (const call of [evaluateSpectrum, powerPerDegree, resizeSpectrum, changeBandwidth]) {
      expect(() => call(dense, [1, 2] as never)).toThrow(ShapeError);
    }
    expect(() => resizeSpectrum(X, 0)).toThrow(ValueError);
    expect(() => changeBandwidth(s2Ifft(X), 1.5)).toThrow(ValueError);
  });
});
