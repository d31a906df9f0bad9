// What the two convolutions are, not how they are computed: correlation with a filter given at points,
//
//   S2Convolution   out(R) = 2·b_out · Σ_g κ_g f(R·g) + bias      g on the sphere
//   SO3Convolution  out(R) = Σ_g κ_g f(R·g) + bias                g a rotation, R·g their product
//
// summed over input features, κ = scaling · kernel (docs/conventions.md). The right sides are evaluated point by point. And
// what follows from it: equivariance under every rotation, since (L_Q f)(R·g) = f(Q⁻¹R·g).

import { describe, expect, test } from "vitest";
import { S2Convolution, SO3Convolution } from "../../src/nn/convolution.ts";
import { evaluateSpectrum } from "../../src/ops/evaluate.ts";
import { s2Fft, so3Fft } from "../../src/ops/fourier.ts";
import { changeBandwidth } from "../../src/ops/resize-spectrum.ts";
import { s2Rotation, so3Rotation } from "../../src/ops/rotate.ts";
import { Random } from "../../src/random.ts";
import {
  type S2Grid,
  type SO3Grid,
  s2EquatorialGrid,
  s2NearIdentityGrid,
  so3EquatorialGrid,
  so3NearIdentityGrid,
} from "../../src/sphere/grids.ts";
import {
  anglesFromPoint,
  composeRotations,
  pointFromAngles,
  type Quaternion,
  randomRotation,
  rotatePoint,
  toEuler,
} from "../../src/sphere/rotations.ts";
import type { Engine } from "../../src/tensor/engine.ts";
import { signalShape } from "../../src/tensor/layout.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { inEveryEngine } from "../support/engines.ts";
import { largestError, signals } from "../support/signals.ts";
import { DEFINITION, EQUIVARIANCE } from "../support/tolerances.ts";

const [INPUTS, OUTPUTS, ROTATIONS] = [2, 3, 100];

/** A random signal without degrees beyond those that the layer uses. */
function bandLimited(engine: Engine, domain: "s2" | "so3", b: number, limit: number): Tensor {
  const shape = signalShape(domain, b, 1, INPUTS);
  const numbers = signals(
    shape.reduce((product, n) => product * n),
    b,
    engine.dtype,
  );
  return changeBandwidth(changeBandwidth(engine.signal(numbers, shape), limit), b);
}

function randomRotations(seed: number): Quaternion[] {
  const random = new Random(seed);
  return Array.from({ length: ROTATIONS }, () => randomRotation(random));
}

/** A bias that is not zero, as a layer's is before training. */
function withBias<L extends S2Convolution | SO3Convolution>(layer: L): L {
  layer.bias.assign([0.5, -1, 2]);
  return layer;
}

/** The right side: `factor` · Σ over features and points of κ f + bias, `[out][rotation]`, from f at `[in][rotation][point]`. */
function correlation(layer: S2Convolution | SO3Convolution, values: ArrayLike<number>, factor: number): number[] {
  const { count } = layer.grid;
  const kernel = layer.kernel.toArray();
  const bias = layer.bias.toArray();
  return Array.from({ length: OUTPUTS * ROTATIONS }, (_, index) => {
    const [out, rotation] = [Math.floor(index / ROTATIONS), index % ROTATIONS];
    let sum = 0;
    for (let input = 0; input < INPUTS; input++) {
      for (let g = 0; g < count; g++) {
        sum += kernel[(input * OUTPUTS + out) * count + g]! * values[(input * ROTATIONS + rotation) * count + g]!;
      }
    }
    return factor * layer.scaling * sum + bias[out]!;
  });
}

const rows = (grid: S2Grid | SO3Grid) =>
  Array.from({ length: grid.count }, (_, g) => grid.points.subarray(g * grid.dimensions, (g + 1) * grid.dimensions));

function eulerRow(rotation: Quaternion): number[] {
  const { alpha, beta, gamma } = toEuler(rotation);
  return [beta, alpha, gamma];
}

const S2_CASES = [
  { bandwidthIn: 6, bandwidthOut: 6, grid: s2NearIdentityGrid() },
  { bandwidthIn: 7, bandwidthOut: 4, grid: s2EquatorialGrid({ maxBeta: 0.3, nBeta: 2, nAlpha: 5 }) },
];
const SO3_CASES = [
  { bandwidthIn: 4, bandwidthOut: 4, grid: so3NearIdentityGrid({ maxGamma: Math.PI / 8, nGamma: 3 }) },
  { bandwidthIn: 5, bandwidthOut: 3, grid: so3EquatorialGrid({ nAlpha: 7 }) },
  { bandwidthIn: 3, bandwidthOut: 5, grid: so3NearIdentityGrid({ nAlpha: 4, nBeta: 2 }) },
];
const sizes = { featuresIn: INPUTS, featuresOut: OUTPUTS };

inEveryEngine((engine) => {
  const pointwise = DEFINITION[engine.dtype];
  const equivariance = EQUIVARIANCE[engine.dtype];

  describe.each(S2_CASES)("S2Convolution, b $bandwidthIn to $bandwidthOut, $grid.kind", (options) => {
    const { bandwidthIn, bandwidthOut, grid } = options;
    const layer = withBias(new S2Convolution(engine, { ...sizes, ...options, rng: new Random(1) }));

    test("is 2·b_out Σ κ_g f(R·g) + bias at 100 random rotations", () => {
      const f = bandLimited(engine, "s2", bandwidthIn, bandwidthOut);
      const rotations = randomRotations(2);
      const points = rotations.flatMap((R) =>
        rows(grid).flatMap(([beta, alpha]) => {
          const moved = anglesFromPoint(rotatePoint(R, pointFromAngles(beta!, alpha!)));
          return [moved.beta, moved.alpha];
        }),
      );
      const wanted = correlation(layer, evaluateSpectrum(s2Fft(f), points).toArray(), 2 * bandwidthOut);
      const out = evaluateSpectrum(so3Fft(layer.forward(f)), rotations.flatMap(eulerRow)).toArray();
      expect(largestError(out, wanted)).toBeLessThan(pointwise);
    });

    test("is equivariant: first rotated or afterwards, the same", () => {
      const f = bandLimited(engine, "s2", bandwidthIn, bandwidthIn);
      for (const R of randomRotations(3).slice(0, 10)) {
        const before = layer.forward(s2Rotation(f, R)).toArray();
        expect(largestError(before, so3Rotation(layer.forward(f), R).toArray())).toBeLessThan(equivariance);
      }
    });
  });

  describe.each(SO3_CASES)("SO3Convolution, b $bandwidthIn to $bandwidthOut, $grid.kind", (options) => {
    const { bandwidthIn, bandwidthOut, grid } = options;
    const layer = withBias(new SO3Convolution(engine, { ...sizes, ...options, rng: new Random(4) }));

    test("is Σ κ_g f(R·g) + bias at 100 random rotations", () => {
      const f = bandLimited(engine, "so3", bandwidthIn, Math.min(bandwidthIn, bandwidthOut));
      const rotations = randomRotations(5);
      const points = rotations.flatMap((R) =>
        rows(grid).flatMap(([beta, alpha, gamma]) =>
          eulerRow(composeRotations(R, { alpha: alpha!, beta: beta!, gamma: gamma! })),
        ),
      );
      const wanted = correlation(layer, evaluateSpectrum(so3Fft(f), points).toArray(), 1);
      const out = evaluateSpectrum(so3Fft(layer.forward(f)), rotations.flatMap(eulerRow)).toArray();
      expect(largestError(out, wanted)).toBeLessThan(pointwise);
    });

    test("is equivariant: first rotated or afterwards, the same", () => {
      const f = bandLimited(engine, "so3", bandwidthIn, bandwidthIn);
      for (const R of randomRotations(6).slice(0, 10)) {
        const before = layer.forward(so3Rotation(f, R)).toArray();
        expect(largestError(before, so3Rotation(layer.forward(f), R).toArray())).toBeLessThan(equivariance);
      }
    });
  });

  test("few orders of γ are as equivariant", () => {
    const [bandwidthIn, bandwidthOut] = [5, 4];
    const rng = new Random(7);
    const first = new S2Convolution(engine, {
      ...{ ...sizes, bandwidthIn, bandwidthOut, rng, grid: s2NearIdentityGrid(), orders: 2 },
    });
    const second = new SO3Convolution(engine, {
      ...{ featuresIn: OUTPUTS, featuresOut: 2, bandwidthIn: bandwidthOut, bandwidthOut, rng, orders: 3 },
      grid: so3NearIdentityGrid({ nAlpha: 4, nBeta: 2 }),
    });
    const f = bandLimited(engine, "s2", bandwidthIn, bandwidthIn);
    for (const R of randomRotations(8).slice(0, 10)) {
      const before = second.forward(first.forward(s2Rotation(f, R))).toArray();
      const after = so3Rotation(second.forward(first.forward(f)), R).toArray();
      expect(largestError(before, after)).toBeLessThan(equivariance);
    }
  });
});
