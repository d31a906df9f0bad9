// A Sequential, which hands spectra from convolution to convolution, against its modules one by one: output and gradients.

import { describe, expect, test } from "vitest";
import { ReLU, SO3ReLU } from "../../src/nn/activations.ts";
import { SO3BatchNorm } from "../../src/nn/batch-norm.ts";
import { S2Convolution, SO3Convolution } from "../../src/nn/convolution.ts";
import type { Module } from "../../src/nn/module.ts";
import { SO3Integrate } from "../../src/nn/pooling.ts";
import { Sequential } from "../../src/nn/sequential.ts";
import { multiply } from "../../src/ops/arithmetic.ts";
import { sum } from "../../src/ops/sum.ts";
import { Random } from "../../src/random.ts";
import { s2NearIdentityGrid, so3NearIdentityGrid } from "../../src/sphere/grids.ts";
import type { Engine } from "../../src/tensor/engine.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { inEveryEngine } from "../support/engines.ts";
import { random } from "../support/gradient-check.ts";
import { largestError } from "../support/signals.ts";
import { TRANSFORM } from "../support/tolerances.ts";

/** Of a user: what extends a module may do something else. */
class Doubled extends ReLU {
  override forward(x: Tensor): Tensor {
    const y = super.forward(x);
    return multiply(y, y);
  }
}

type Rectifier = (engine: Engine) => Module;
const norm: Rectifier = (engine) => new SO3BatchNorm(engine, { features: 5 });
const plain: Rectifier = (engine) => new ReLU(engine);
const doubled: Rectifier = (engine) => new Doubled(engine);
const oversampled: Rectifier = (engine) => new SO3ReLU(engine, { oversampling: 1.5 });
const few: Rectifier = (engine) => new SO3ReLU(engine, { oversampling: 1, orders: 2, gammaOversampling: 1.5 });

function build(
  engine: Engine,
  rectifier: Rectifier,
  ending: readonly Rectifier[],
  integral: boolean,
  orders?: number,
): Sequential {
  const rng = new Random(3);
  return new Sequential(engine, [
    new ReLU(engine),
    new S2Convolution(engine, {
      ...{ featuresIn: 2, featuresOut: 3, bandwidthIn: 5, bandwidthOut: 4 },
      ...{ grid: s2NearIdentityGrid(), rng, orders },
    }),
    rectifier(engine),
    new SO3Convolution(engine, {
      ...{ featuresIn: 3, featuresOut: 5, bandwidthIn: 4, bandwidthOut: 3 },
      ...{ grid: so3NearIdentityGrid({ nGamma: 2 }), rng, orders },
    }),
    ...ending.map((make) => make(engine)),
    ...(integral ? [new SO3Integrate(engine)] : []),
  ]);
}

inEveryEngine((engine) => {
  describe.each<[string, Rectifier, Rectifier[], boolean, number?]>([
    ["rectifiers", plain, [plain], false],
    ["rectifiers and an integral", plain, [plain], true],
    ["two rectifiers and an integral", plain, [plain, plain], true],
    ["no last rectifier", plain, [], true],
    ["what extends ReLU", doubled, [doubled], true],
    ["oversampled rectifiers", oversampled, [oversampled], true],
    ["a normalisation", plain, [norm, plain], true],
    ["few orders read", few, [few], true],
    ["few orders, no last rectifier", few, [], false, 2],
    ["few orders given, all read", plain, [plain], true, 2],
    ["few orders given, fewer read", few, [norm, few], true, 3],
  ])("%s", (_, rectifier, ending, integral, orders) => {
    const network = build(engine, rectifier, ending, integral, orders);
    const tolerance = TRANSFORM[engine.dtype];
    const modules = network.namedChildren().map(([, module]) => module);
    const oneByOne = (x: Tensor) => modules.reduce((y, module) => module.forward(y), x);

    test("the same output and gradients as module by module", () => {
      const run = (forward: (x: Tensor) => Tensor) =>
        engine.scope(() => {
          const x = random.signal(engine, [3, 2, 10, 10]);
          x.requiresGrad = true;
          for (const parameter of network.parameters()) parameter.grad = null;
          const y = forward(x);
          sum(multiply(y, random.like(y, 7))).backward();
          const gradients = [x, ...network.parameters()].map(({ grad }) => grad!.view().slice());
          for (const parameter of network.parameters()) {
            parameter.grad!.dispose();
            parameter.grad = null;
          }
          return { y: y.view().slice(), gradients };
        });
      const wanted = run(oneByOne);
      expect(wanted.y.some((value) => value > 0)).toBe(true);
      const got = run((x) => network.forward(x));
      expect(largestError(got.y, wanted.y)).toBeLessThan(tolerance);
      // All in one: the bias before a normalisation has none but rounding errors.
      const together = (parts: ArrayLike<number>[]) => parts.flatMap((part) => Array.from(part));
      expect(largestError(together(got.gradients), together(wanted.gradients))).toBeLessThan(tolerance);
    });

    test("the same output without gradients", () => {
      engine.scope(() =>
        engine.noGrad(() => {
          const x = random.signal(engine, [2, 2, 10, 10]);
          expect(largestError(network.forward(x).toArray(), oneByOne(x).toArray())).toBeLessThan(tolerance);
        }),
      );
    });
  });
});
