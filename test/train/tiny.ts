// A spherical network and a data set small enough that a thousand steps take seconds.

import { moduleFromDescription } from "../../src/nn/describe.ts";
import type { Module } from "../../src/nn/module.ts";
import { Random } from "../../src/random.ts";
import { describeGrid, s2NearIdentityGrid, so3NearIdentityGrid } from "../../src/sphere/grids.ts";
import type { Engine } from "../../src/tensor/engine.ts";
import type { Dataset } from "../../src/train/dataset.ts";

const CLASSES = 3;
const SIDE = 8;

/** S² convolution, SO(3) convolution, both with ReLU, batch normalisation and a linear layer: every kind of state. */
export function tinyNetwork(engine: Engine, seed = 0): Module {
  const s2 = { featuresIn: 1, featuresOut: 6, bandwidthIn: SIDE / 2, bandwidthOut: 3 };
  const so3 = { featuresIn: 6, featuresOut: 12, bandwidthIn: 3, bandwidthOut: 2 };
  const grids = [s2NearIdentityGrid({ nAlpha: 4, nBeta: 1 }), so3NearIdentityGrid({ nAlpha: 4, nBeta: 1 })] as const;
  const modules = [
    { type: "S2Convolution", ...s2, grid: describeGrid(grids[0]) },
    { type: "ReLU" },
    { type: "SO3Convolution", ...so3, grid: describeGrid(grids[1]) },
    { type: "ReLU" },
    { type: "SO3Integrate" },
    { type: "BatchNorm1d", features: 12, epsilon: 1e-5, momentum: 0.1, affine: true },
    { type: "Linear", featuresIn: 12, featuresOut: CLASSES, bias: true },
  ].map((module, i) => [String(i), module]);
  return moduleFromDescription(engine, { type: "Sequential", modules }, new Random(seed));
}

/** A few bright spots on each signal, from 0 to 255, and random classes: nothing to generalise, something to learn by heart. */
export function tinyDataset(count: number, seed = 0): Dataset {
  const random = new Random(seed);
  const size = SIDE * SIDE;
  const all = Uint8Array.from({ length: count * size }, () => (random.next() < 0.1 ? random.integer(256) : 0));
  const classes = Array.from({ length: count }, () => random.integer(CLASSES));
  return {
    count,
    batch: (numbers) => {
      const images = new Uint8Array(numbers.length * size);
      Array.from(numbers).forEach((n, i) => {
        images.set(all.subarray(n * size, (n + 1) * size), i * size);
      });
      const labels = Array.from(numbers, (n) => classes[n]!);
      return { images, shape: [numbers.length, 1, SIDE, SIDE], labels };
    },
  };
}
