// A Sequential against its modules one by one: same bits, output and gradients, with convolution and rectifier fused.

import { describe, expect, test } from "vitest";
import { ReLU } from "../../src/nn/activations.ts";
import { S2Convolution, SO3Convolution } from "../../src/nn/convolution.ts";
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

/** Of a user: what extends a module may do something else. */
class Doubled extends ReLU {
  override forward(x: Tensor): Tensor {
    const y = super.forward(x);
    return multiply(y, y);
  }
}

function build(engine: Engine, Rectifier: typeof ReLU, ending: "rectifier" | "integral"): Sequential {
  const rng = new Random(3);
  return new Sequential(engine, [
    new ReLU(engine),
    new S2Convolution(engine, {
      ...{ featuresIn: 2, featuresOut: 3, bandwidthIn: 5, bandwidthOut: 4 },
      ...{ grid: s2NearIdentityGrid(), rng },
    }),
    new Rectifier(engine),
    new SO3Convolution(engine, {
      ...{ featuresIn: 3, featuresOut: 5, bandwidthIn: 4, bandwidthOut: 3 },
      ...{ grid: so3NearIdentityGrid({ nGamma: 2 }), rng },
    }),
    new ReLU(engine),
    new ReLU(engine),
    ...(ending === "integral" ? [new SO3Integrate(engine)] : []),
  ]);
}

inEveryEngine((engine) => {
  describe.each([
    ["ReLU", ReLU, "rectifier"],
    ["ReLU and an integral", ReLU, "integral"],
    ["what extends ReLU", Doubled, "integral"],
  ] as const)("%s", (_, Rectifier, ending) => {
    const network = build(engine, Rectifier, ending);
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
      expect(run((x) => network.forward(x))).toEqual(wanted);
    });

    test("the same output without gradients", () => {
      engine.scope(() =>
        engine.noGrad(() => {
          const x = random.signal(engine, [2, 2, 10, 10]);
          expect(network.forward(x).view().slice()).toEqual(oneByOne(x).view().slice());
        }),
      );
    });
  });
});
