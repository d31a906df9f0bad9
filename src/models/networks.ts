// The example networks as tables. Each is a Sequential with names, and for the spherical ones these are the names in the
// state dicts of s2cnn's examples (docs/conventions.md), so that weights trained there load here.
//
// Source: Cohen et al. 2018, section 5.2, and s2cnn, examples/mnist. Input: signals on S² of bandwidth 30, `[batch, 1, 60,
// 60]`, grey values from 0 to 255 as they are; output: ten logits.

import { quote, ValueError } from "../errors.ts";
import { moduleFromDescription } from "../nn/describe.ts";
import type { Module, ModuleDescription } from "../nn/module.ts";
import { Random } from "../random.ts";
import { describeGrid, type S2Grid, type SO3Grid, s2NearIdentityGrid, so3NearIdentityGrid } from "../sphere/grids.ts";
import type { Engine } from "../tensor/engine.ts";

/** A network that `buildNetwork` knows. */
export interface NetworkTable {
  readonly summary: string;
  /** Of Adam, as its authors trained it. */
  readonly learningRate: number;
  readonly architecture: ModuleDescription;
}

type Named = readonly [name: string, module: ModuleDescription];

const sequential = (...modules: Named[]): ModuleDescription => ({ type: "Sequential", modules });

/** From features and bandwidth to features and bandwidth. */
type Sizes = readonly [featuresIn: number, featuresOut: number, bandwidthIn: number, bandwidthOut: number];

function convolution(
  type: string,
  [featuresIn, featuresOut, bandwidthIn, bandwidthOut]: Sizes,
  grid: S2Grid | SO3Grid,
) {
  return { type, featuresIn, featuresOut, bandwidthIn, bandwidthOut, grid: describeGrid(grid) };
}
const s2Convolution = (sizes: Sizes, grid: S2Grid) => convolution("S2Convolution", sizes, grid);
const so3Convolution = (sizes: Sizes, grid: SO3Grid) => convolution("SO3Convolution", sizes, grid);
const linear = (featuresIn: number, featuresOut: number) => ({ type: "Linear", featuresIn, featuresOut, bias: true });
const batchNorm = (features: number) => ({ type: "BatchNorm1d", features, epsilon: 1e-5, momentum: 0.1, affine: true });
const conv2d = (featuresIn: number, featuresOut: number) => {
  return { type: "Conv2d", featuresIn, featuresOut, kernelSize: 5, stride: 3, padding: 0, bias: true };
};
const relu: ModuleDescription = { type: "ReLU" };
const integrate: ModuleDescription = { type: "SO3Integrate" };

/** Numbers for names, as in a Sequential without names. */
const numbered = (...modules: ModuleDescription[]) =>
  sequential(...modules.map((module, i): Named => [String(i), module]));

function mnistOriginal(grid: SO3Grid): ModuleDescription {
  return sequential(
    ["conv1", s2Convolution([1, 20, 30, 10], s2NearIdentityGrid())],
    ["relu1", relu],
    ["conv2", so3Convolution([20, 40, 10, 6], grid)],
    ["relu2", relu],
    ["integrate", integrate],
    ["out_layer", linear(40, 10)],
  );
}

function mnistDeep(): ModuleDescription {
  const rings = { nAlpha: 6, nBeta: 1 };
  const grid = (maxBeta: number) => so3NearIdentityGrid({ ...rings, maxBeta });
  const { PI } = Math;
  return sequential(
    [
      "convolutional",
      numbered(
        s2Convolution([1, 8, 30, 30], s2NearIdentityGrid({ ...rings, maxBeta: PI / 16 })),
        relu,
        so3Convolution([8, 16, 30, 15], grid(PI / 16)),
        relu,
        so3Convolution([16, 16, 15, 15], grid(PI / 8)),
        relu,
        so3Convolution([16, 24, 15, 7], grid(PI / 8)),
        relu,
        so3Convolution([24, 24, 7, 7], grid(PI / 4)),
        relu,
        so3Convolution([24, 32, 7, 3], grid(PI / 4)),
        relu,
        so3Convolution([32, 64, 3, 3], grid(PI / 2)),
        relu,
      ),
    ],
    ["integrate", integrate],
    [
      "linear",
      numbered(batchNorm(64), linear(64, 64), relu, batchNorm(64), linear(64, 32), relu, batchNorm(32), linear(32, 10)),
    ],
  );
}

/** Its details follow the paper where it gives them: kernels 5 × 5, stride 3, 32 and 64 channels, 68 thousand parameters. */
function planar(): ModuleDescription {
  return sequential(
    ["conv1", conv2d(1, 32)],
    ["relu1", relu],
    ["conv2", conv2d(32, 64)],
    ["relu2", relu],
    ["flatten", { type: "Flatten" }],
    ["out_layer", linear(64 * 5 * 5, 10)],
  );
}

/** The networks by name. */
export const NETWORKS: Readonly<Record<string, NetworkTable>> = {
  "mnist-original": {
    summary: "s2cnn's MNIST network with its present grid of 192 points: 154,550 parameters",
    learningRate: 5e-3,
    architecture: mnistOriginal(so3NearIdentityGrid()),
  },
  "mnist-original-72": {
    summary: "the MNIST network of the paper, 72 points: 58,550 parameters",
    learningRate: 5e-3,
    architecture: mnistOriginal(so3NearIdentityGrid({ maxGamma: Math.PI / 8, nGamma: 3 })),
  },
  "mnist-deep": {
    summary: "s2cnn's deep MNIST network, seven convolutions: 156,882 parameters",
    learningRate: 5e-3,
    architecture: mnistDeep(),
  },
  planar: {
    summary: "the paper's baseline: planar convolutions of the same 60 × 60 samples: 68,106 parameters",
    learningRate: 5e-4,
    architecture: planar(),
  },
};

/**
 * A network's description: what `moduleFromDescription` builds it from, and what a checkpoint stores.
 * @throws ValueError for an unknown name, listing those there are
 */
export function networkDescription(name: string): ModuleDescription {
  if (!Object.hasOwn(NETWORKS, name)) {
    throw new ValueError(`unknown network ${quote(name)}, expected one of ${Object.keys(NETWORKS).join(", ")}`);
  }
  return NETWORKS[name]!.architecture;
}

/**
 * A network with fresh weights; the same seed gives the same weights on every engine.
 * @throws ValueError for an unknown name or an impossible seed
 */
export function buildNetwork(name: string, engine: Engine, { seed = 0 }: { readonly seed?: number } = {}): Module {
  return moduleFromDescription(engine, networkDescription(name), new Random(seed).fork("weights"));
}
