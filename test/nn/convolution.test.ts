// The correlation layers against the reference tensors, forward and all gradients.

import { describe, expect, test } from "vitest";
import { ShapeError, ValueError } from "../../src/errors.ts";
import { S2Convolution, SO3Convolution, SO3Shortcut } from "../../src/nn/convolution.ts";
import { multiply } from "../../src/ops/arithmetic.ts";
import { so3Fft, so3Ifft } from "../../src/ops/fourier.ts";
import { so3Integrate } from "../../src/ops/integrate.ts";
import { changeOrders } from "../../src/ops/resize-spectrum.ts";
import { sum } from "../../src/ops/sum.ts";
import { Random } from "../../src/random.ts";
import {
  s2EquatorialGrid,
  s2NearIdentityGrid,
  s2SoftGrid,
  so3EquatorialGrid,
  so3NearIdentityGrid,
} from "../../src/sphere/grids.ts";
import type { Engine } from "../../src/tensor/engine.ts";
import { inEveryEngine, inF64Engines } from "../support/engines.ts";
import { referenceTensors } from "../support/reference.ts";
import { largestError, signals } from "../support/signals.ts";
import { CONVOLUTION_GRADIENT, TRANSFORM } from "../support/tolerances.ts";

const s2 = { ni: s2NearIdentityGrid(), eq: s2EquatorialGrid({ nAlpha: 12 }) };
const so3 = { ni: so3NearIdentityGrid({ nAlpha: 6, nBeta: 2 }), eq: so3EquatorialGrid({ nAlpha: 12 }) };
const rng = () => new Random(1);

/** A layer of the files' features. */
function layer(engine: Engine, domain: "s2" | "so3", bandwidthIn: number, bandwidthOut: number, grid: "ni" | "eq") {
  const sizes = { featuresIn: 3, featuresOut: 4, bandwidthIn, bandwidthOut, rng: rng() };
  return domain === "s2"
    ? new S2Convolution(engine, { ...sizes, grid: s2[grid] })
    : new SO3Convolution(engine, { ...sizes, grid: so3[grid] });
}

inEveryEngine((engine) => {
  describe.each([
    ["s2", 6, 4, "ni"],
    ["s2", 6, 4, "eq"],
    ["s2", 4, 4, "ni"],
    ["so3", 6, 4, "ni"],
    ["so3", 6, 4, "eq"],
    ["so3", 4, 4, "ni"],
  ] as const)("%s, %d to %d, %s", (domain, bandwidthIn, bandwidthOut, grid) => {
    test("forward and gradients are the reference's", () => {
      const reference = referenceTensors(`${domain}conv_b${bandwidthIn}_to_${bandwidthOut}_${grid}`);
      const get = (name: string) => reference.get(name)!;
      const values = (name: string) => get(name).values;
      using module = layer(engine, domain, bandwidthIn, bandwidthOut, grid);
      module.kernel.assign(values("kernel"));
      module.bias.assign(values("bias"));
      engine.scope(() => {
        const x = engine.signal(values("x"), get("x").shape);
        x.requiresGrad = true;
        const y = module.forward(x);
        expect(y.shape).toEqual(get("y").shape);
        expect(largestError(y.toArray(), values("y"))).toBeLessThan(TRANSFORM[engine.dtype]);
        sum(multiply(y, engine.signal(values("grad_y"), get("grad_y").shape))).backward();
        const tolerance = CONVOLUTION_GRADIENT[engine.dtype];
        expect(largestError(x.grad!.toArray(), values("grad_x"))).toBeLessThan(tolerance);
        expect(largestError(module.kernel.grad!.toArray(), values("grad_kernel"))).toBeLessThan(tolerance);
        expect(largestError(module.bias.grad!.toArray(), values("grad_bias"))).toBeLessThan(tolerance);
      });
    });
  });
});

inF64Engines((engine) => {
  test("scaling has the check values of docs/conventions.md", () => {
    using first = new S2Convolution(engine, {
      featuresIn: 12,
      featuresOut: 15,
      bandwidthIn: 64,
      bandwidthOut: 32,
      grid: s2EquatorialGrid({ nAlpha: 64 }),
      rng: rng(),
    });
    using second = new SO3Convolution(engine, {
      featuresIn: 15,
      featuresOut: 21,
      bandwidthIn: 32,
      bandwidthOut: 24,
      grid: so3EquatorialGrid({ nAlpha: 64, maxGamma: 0, nGamma: 1 }),
      rng: rng(),
    });
    expect(first.scaling).toBeCloseTo(0.0022552745, 10);
    expect(second.scaling).toBeCloseTo(0.0496903995, 10);
  });

  test("a higher bandwidth out adds degrees that are zero", () => {
    const sizes = { featuresIn: 2, featuresOut: 3, bandwidthIn: 3, grid: so3.ni };
    using same = new SO3Convolution(engine, { ...sizes, bandwidthOut: 3, rng: rng() });
    using higher = new SO3Convolution(engine, { ...sizes, bandwidthOut: 5, rng: rng() });
    engine.scope(() => {
      const x = engine.signal(signals(2 * 216, 1), [1, 2, 6, 6, 6]);
      const y = higher.forward(x);
      expect(y.shape).toEqual([1, 3, 10, 10, 10]);
      // The mean over the group is degree 0, which the scalings alone tell apart.
      const ratio = higher.scaling / same.scaling;
      const mean = (z: typeof y) => so3Integrate(z).toArray();
      expect(
        largestError(
          mean(y),
          mean(same.forward(x)).map((value) => value * ratio),
        ),
      ).toBeLessThan(1e-12);
    });
  });

  test("few orders of γ are those of the whole result", () => {
    const sizes = { featuresIn: 2, featuresOut: 3, bandwidthIn: 4, bandwidthOut: 4, grid: so3.ni };
    using whole = new SO3Convolution(engine, { ...sizes, rng: rng() });
    using few = new SO3Convolution(engine, { ...sizes, rng: rng(), orders: 2 });
    engine.scope(() => {
      const x = engine.signal(signals(2 * 512, 1), [1, 2, 8, 8, 8]);
      const wanted = so3Ifft(changeOrders(changeOrders(so3Fft(whole.forward(x)), 2), 4));
      expect(largestError(few.forward(x).toArray(), wanted.toArray())).toBeLessThan(1e-12);
      expect(largestError(whole.forward(x).toArray(), wanted.toArray())).toBeGreaterThan(1e-3);
      const spectrum = few.correlate(changeOrders(few.transform(x), 1));
      expect(spectrum.describe()).toBe("so3 spectrum of bandwidth 4 with 2 orders of γ, [1, 3, 46]");
      expect(() => so3Ifft(spectrum)).toThrow(/so3Ifft: expected all orders of γ, got .*changeOrders/);
    });
  });

  test("a shortcut is the identity, or a convolution with one weight", () => {
    const sizes = { featuresIn: 2, featuresOut: 2, bandwidthIn: 4, bandwidthOut: 4 };
    using identity = new SO3Shortcut(engine, { ...sizes, rng: rng() });
    using convolution = new SO3Shortcut(engine, { ...sizes, featuresOut: 5, bandwidthOut: 3, rng: rng() });
    engine.scope(() => {
      const x = engine.signal(signals(2 * 512, 1), [1, 2, 8, 8, 8]);
      expect(identity.forward(x)).toBe(x);
      expect(identity.parameters()).toEqual([]);
      expect(convolution.forward(x).shape).toEqual([1, 5, 6, 6, 6]);
      expect(convolution.namedParameters().map(([name, { shape }]) => [name, shape])).toEqual([
        ["conv.kernel", [2, 5, 1]],
        ["conv.bias", [1, 5, 1, 1, 1]],
      ]);
    });
  });

  test("initial values: kernel U(−1, 1), bias zero", () => {
    using module = layer(engine, "so3", 4, 4, "ni");
    const numbers = module.kernel.toArray();
    expect(numbers.length).toBe(3 * 4 * so3.ni.count);
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(-1);
    expect(Math.max(...numbers)).toBeLessThan(1);
    expect(Math.min(...numbers)).toBeLessThan(-0.9);
    expect(Math.max(...numbers)).toBeGreaterThan(0.9);
    expect([...module.bias.toArray()]).toEqual([0, 0, 0, 0]);
    using again = layer(engine, "so3", 4, 4, "ni");
    expect(again.kernel.toArray()).toEqual(numbers);
  });

  test("refuses what does not fit", () => {
    const sizes = { featuresIn: 2, featuresOut: 3, bandwidthIn: 4, bandwidthOut: 4, rng: rng() };
    const make = (changes: object) => () => new S2Convolution(engine, { ...sizes, grid: s2.ni, ...changes });
    expect(make({ bandwidthOut: 5 })).toThrow(/S2Convolution: bandwidthOut must be at most bandwidthIn, got 5 and 4/);
    expect(make({ featuresIn: 0 })).toThrow(/S2Convolution: featuresIn must be an integer from 1/);
    expect(make({ featuresOut: 1.5 })).toThrow(ValueError);
    expect(make({ orders: 0 })).toThrow(/S2Convolution: orders must be an integer from 1/);
    expect(make({ grid: so3.ni })).toThrow(/expected a grid on S², got so3-near-identity/);
    expect(make({ featuresIn: 1 << 19, featuresOut: 1 << 19 })).toThrow(/at most 67108864 are allowed/);
    expect(() => new SO3Convolution(engine, { ...sizes, grid: s2SoftGrid(2) as never })).toThrow(ValueError);
    using module = make({})();
    engine.scope(() => {
      const wrong = [
        engine.signal(new Float64Array(2 * 36), [1, 2, 6, 6]),
        engine.signal(new Float64Array(3 * 64), [1, 3, 8, 8]),
        engine.signal(new Float64Array(2 * 512), [1, 2, 8, 8, 8]),
        engine.tensor(new Float64Array(128), [1, 2, 8, 8]),
      ];
      for (const x of wrong) {
        expect(() => module.forward(x)).toThrow(ShapeError);
        expect(() => module.forward(x)).toThrow(/S2Convolution: expected an s2 signal of bandwidth 4 with 2 channels/);
      }
    });
  });
});
