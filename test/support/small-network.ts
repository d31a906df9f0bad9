// A small network with every kind of state, a step of its training, and a prediction.

import { ReLU } from "../../src/nn/activations.ts";
import { BatchNorm1d, BatchNorm3d } from "../../src/nn/batch-norm.ts";
import { S2Convolution, SO3Convolution } from "../../src/nn/convolution.ts";
import { Linear } from "../../src/nn/linear.ts";
import { SO3Integrate } from "../../src/nn/pooling.ts";
import { Sequential } from "../../src/nn/sequential.ts";
import { crossEntropy } from "../../src/ops/losses.ts";
import { Random } from "../../src/random.ts";
import { s2NearIdentityGrid, so3NearIdentityGrid } from "../../src/sphere/grids.ts";
import type { Engine } from "../../src/tensor/engine.ts";
import { random } from "./gradient-check.ts";

/** A network with every kind of state: kernels, weights, running statistics. */
export function network(engine: Engine, seed = 1): Sequential {
  const rng = new Random(seed);
  const grid = so3NearIdentityGrid({ nAlpha: 3, nBeta: 1, nGamma: 2 });
  const sizes = { featuresIn: 2, featuresOut: 3, bandwidthIn: 4, bandwidthOut: 3 };
  return new Sequential(engine, [
    ["conv1", new S2Convolution(engine, { ...sizes, grid: s2NearIdentityGrid({ nAlpha: 3, nBeta: 2 }), rng })],
    ["norm", new BatchNorm3d(engine, { features: 3 })],
    ["relu", new ReLU(engine)],
    ["conv2", new SO3Convolution(engine, { ...sizes, featuresIn: 3, bandwidthIn: 3, bandwidthOut: 2, grid, rng })],
    ["integrate", new SO3Integrate(engine)],
    [
      "head",
      new Sequential(engine, [
        new BatchNorm1d(engine, { features: 3 }),
        new Linear(engine, { featuresIn: 3, featuresOut: 5, rng }),
      ]),
    ],
  ]);
}

/** Signals that it takes. */
export const batch = (engine: Engine, items = 3) => random.signal(engine, [items, 2, 8, 8], 7);

/** Forward, loss and backward in one scope; returns the loss. */
export function trainingStep(engine: Engine, model: Sequential): number {
  return engine.scope(() => {
    const loss = crossEntropy(model.forward(batch(engine)), [0, 4, 2]);
    loss.backward();
    return loss.item();
  });
}

/** The outputs for one batch. */
export function predict(engine: Engine, model: Sequential): Float32Array | Float64Array {
  return engine.noGrad(() => engine.scope(() => model.forward(batch(engine)).toArray()));
}
