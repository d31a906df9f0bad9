// Every operation of src/ops with inputs to differentiate it by: what the tests that hold for all of them loop over. A test
// in gradients.test.ts sees to it that none is left out.

import { add, multiply, scale, subtract } from "../../src/ops/arithmetic.ts";
import { batchNorm } from "../../src/ops/batch-norm.ts";
import { conv2d } from "../../src/ops/conv2d.ts";
import { correlate } from "../../src/ops/correlate.ts";
import { correlateComplex } from "../../src/ops/correlate-complex.ts";
import { evaluateSpectrum } from "../../src/ops/evaluate.ts";
import { filterSpectrum } from "../../src/ops/filter-spectrum.ts";
import {
  s2Fft,
  s2FftAdjoint,
  s2Ifft,
  s2IfftAdjoint,
  so3Fft,
  so3FftAdjoint,
  so3Ifft,
  so3IfftAdjoint,
} from "../../src/ops/fourier.ts";
import { s2Integrate, so3Integrate } from "../../src/ops/integrate.ts";
import { linear } from "../../src/ops/linear.ts";
import { logSoftmax } from "../../src/ops/log-softmax.ts";
import { crossEntropy, mseLoss, nllLoss } from "../../src/ops/losses.ts";
import { so3Max } from "../../src/ops/max.ts";
import { powerPerDegree } from "../../src/ops/power.ts";
import { rectify } from "../../src/ops/rectify.ts";
import { relu } from "../../src/ops/relu.ts";
import { reshape } from "../../src/ops/reshape.ts";
import { changeBandwidth, changeOrders, resizeSpectrum } from "../../src/ops/resize-spectrum.ts";
import { rotateSpectrum, s2Rotation, so3Rotation } from "../../src/ops/rotate.ts";
import { softplus } from "../../src/ops/softplus.ts";
import { mean, sum } from "../../src/ops/sum.ts";
import { s2NearIdentityGrid, so3EquatorialGrid } from "../../src/sphere/grids.ts";
import type { Engine } from "../../src/tensor/engine.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { random } from "./gradient-check.ts";

/** Inputs that the operation is differentiated by, and the operation. */
export interface Check {
  readonly name: string;
  readonly inputs: (engine: Engine) => Tensor[];
  readonly op: (...inputs: Tensor[]) => Tensor;
}

const check = (name: string, inputs: Check["inputs"], op: Check["op"]): Check => ({ name, inputs, op });

// Three channels in a batch of two straddle the groups of lanes, and leave padding.
const s2 = (engine: Engine) => random.signal(engine, [2, 3, 6, 6]);
const so3 = (engine: Engine) => random.signal(engine, [2, 3, 6, 6, 6]);
const S2 = (engine: Engine) => random.spectrum(engine, "s2", 3, 2, 3);
const SO3 = (engine: Engine) => random.spectrum(engine, "so3", 3, 2, 3);
const dense = (engine: Engine) => random.dense(engine, [4, 5]);
const vector = (seed: number) => (engine: Engine) => random.dense(engine, [5], seed);
const rotation = { alpha: 0.4, beta: 1.1, gamma: 2.5 };
const labels = [1, 0, 4, 2];
const running = (channels: number) => ({
  mean: Float64Array.from({ length: channels }, (_, c) => 0.1 * c - 0.2),
  variance: Float64Array.from({ length: channels }, (_, c) => 0.5 + 0.3 * c),
});
const points = [0.3, 1.2, 2, 4, 3, 5.5];

/** Linear operations of one input. */
export const LINEAR: readonly Check[] = [
  check(
    "s2Fft",
    (e) => [s2(e)],
    (x) => s2Fft(x),
  ),
  check(
    "s2Fft to fewer degrees",
    (e) => [s2(e)],
    (x) => s2Fft(x, 2),
  ),
  check(
    "s2Fft to more degrees",
    (e) => [s2(e)],
    (x) => s2Fft(x, 5),
  ),
  check(
    "s2Ifft",
    (e) => [S2(e)],
    (x) => s2Ifft(x),
  ),
  check(
    "s2Ifft to a finer grid",
    (e) => [S2(e)],
    (x) => s2Ifft(x, 4),
  ),
  check(
    "s2Ifft to a coarser grid",
    (e) => [S2(e)],
    (x) => s2Ifft(x, 2),
  ),
  check(
    "s2FftAdjoint",
    (e) => [S2(e)],
    (x) => s2FftAdjoint(x, 4),
  ),
  check(
    "s2IfftAdjoint",
    (e) => [s2(e)],
    (x) => s2IfftAdjoint(x, 2),
  ),
  check(
    "so3Fft",
    (e) => [so3(e)],
    (x) => so3Fft(x),
  ),
  check(
    "so3Fft to fewer degrees",
    (e) => [so3(e)],
    (x) => so3Fft(x, 2),
  ),
  check(
    "so3Fft to more degrees",
    (e) => [so3(e)],
    (x) => so3Fft(x, 5),
  ),
  check(
    "so3Ifft",
    (e) => [SO3(e)],
    (x) => so3Ifft(x),
  ),
  check(
    "so3Ifft to a finer grid",
    (e) => [SO3(e)],
    (x) => so3Ifft(x, 4),
  ),
  check(
    "so3Ifft to a coarser grid",
    (e) => [SO3(e)],
    (x) => so3Ifft(x, 2),
  ),
  check(
    "so3FftAdjoint",
    (e) => [SO3(e)],
    (x) => so3FftAdjoint(x, 4),
  ),
  check(
    "so3IfftAdjoint",
    (e) => [so3(e)],
    (x) => so3IfftAdjoint(x, 2),
  ),
  check(
    "filterSpectrum on S²",
    (e) => [random.dense(e, [2, 3, 24])],
    (x) => filterSpectrum(x, s2NearIdentityGrid(), 4, 0.7),
  ),
  check(
    "filterSpectrum on SO(3)",
    (e) => [random.dense(e, [2, 3, 24])],
    (x) => filterSpectrum(x, so3EquatorialGrid({ nAlpha: 12 }), 3, 1.3),
  ),
  check(
    "filterSpectrum on S², few orders",
    (e) => [random.dense(e, [2, 3, 24])],
    (x) => filterSpectrum(x, s2NearIdentityGrid(), 4, 0.7, { in: 1, out: 2 }),
  ),
  check(
    "filterSpectrum on SO(3), few orders",
    (e) => [random.dense(e, [2, 3, 24])],
    (x) => filterSpectrum(x, so3EquatorialGrid({ nAlpha: 12 }), 4, 1.3, { in: 3, out: 2 }),
  ),
  check("s2Integrate", (e) => [s2(e)], s2Integrate),
  check("so3Integrate", (e) => [so3(e)], so3Integrate),
  check(
    "reshape of dense",
    (e) => [dense(e)],
    (x) => reshape(x, [2, 10]),
  ),
  check(
    "reshape of a signal",
    (e) => [so3(e)],
    (x) => reshape(x, [6, 216]),
  ),
  check(
    "scale",
    (e) => [so3(e)],
    (x) => scale(x, -2.5),
  ),
  check("sum of dense", (e) => [dense(e)], sum),
  check("sum of signals", (e) => [so3(e)], sum),
  check("sum of spectra", (e) => [SO3(e)], sum),
  check("mean", (e) => [so3(e)], mean),
  check(
    "resizeSpectrum up",
    (e) => [S2(e)],
    (x) => resizeSpectrum(x, 4),
  ),
  check(
    "resizeSpectrum down",
    (e) => [SO3(e)],
    (x) => resizeSpectrum(x, 2),
  ),
  check(
    "resizeSpectrum of few orders, up",
    (e) => [SO3(e)],
    (x) => resizeSpectrum(changeOrders(x, 2), 4),
  ),
  check(
    "resizeSpectrum of few orders, down to where they are all",
    (e) => [SO3(e)],
    (x) => resizeSpectrum(changeOrders(x, 2), 2),
  ),
  check(
    "changeOrders, fewer and more",
    (e) => [SO3(e)],
    (x) => changeOrders(changeOrders(x, 1), 3),
  ),
  check(
    "changeBandwidth",
    (e) => [so3(e)],
    (x) => changeBandwidth(x, 2),
  ),
  check(
    "rotateSpectrum",
    (e) => [SO3(e)],
    (x) => rotateSpectrum(x, rotation),
  ),
  check(
    "rotateSpectrum of few orders",
    (e) => [SO3(e)],
    (x) => rotateSpectrum(changeOrders(x, 2), rotation),
  ),
  check(
    "s2Rotation",
    (e) => [s2(e)],
    (x) => s2Rotation(x, rotation),
  ),
  check(
    "so3Rotation",
    (e) => [so3(e)],
    (x) => so3Rotation(x, rotation),
  ),
  check(
    "evaluateSpectrum",
    (e) => [SO3(e)],
    (x) => evaluateSpectrum(x, points),
  ),
];

/** The others: of several inputs, or not linear. */
export const OTHERS: readonly Check[] = [
  check("add", (e) => [s2(e), random.signal(e, [2, 3, 6, 6], 2)], add),
  check(
    "add of the same",
    (e) => [s2(e)],
    (x) => add(x, x),
  ),
  check("subtract", (e) => [SO3(e), random.spectrum(e, "so3", 3, 2, 3, 2)], subtract),
  check("multiply", (e) => [s2(e), random.signal(e, [2, 3, 6, 6], 2)], multiply),
  check(
    "multiply by the same",
    (e) => [dense(e)],
    (x) => multiply(x, x),
  ),
  check(
    "correlate on S²",
    (e) => [S2(e), random.filter(e, "s2", 3, 3, 2), random.dense(e, [1, 2, 1, 1, 1])],
    (X, Y, bias) => correlate(X!, Y!, bias),
  ),
  check(
    "correlate on SO(3)",
    (e) => [SO3(e), random.filter(e, "so3", 3, 3, 5), random.dense(e, [1, 5, 1, 1, 1])],
    (X, Y, bias) => correlate(X!, Y!, bias),
  ),
  check(
    "correlate, the filter of lower bandwidth",
    (e) => [SO3(e), random.filter(e, "so3", 2, 3, 4)],
    (X, Y) => correlate(X!, Y!),
  ),
  check(
    "correlate, the signal of lower bandwidth",
    (e) => [S2(e), random.filter(e, "s2", 5, 3, 4)],
    (X, Y) => correlate(X!, Y!),
  ),
  check(
    "correlate, few orders of γ",
    (e) => [SO3(e), random.dense(e, [3, 2, 24], 4), random.dense(e, [1, 2, 1, 1, 1])],
    (X, kernel, bias) => {
      const grid = so3EquatorialGrid({ nAlpha: 12 });
      return correlate(changeOrders(X!, 2), filterSpectrum(kernel!, grid, 3, 1.3, { in: 2, out: 1 }), bias);
    },
  ),
  check(
    "correlateComplex",
    (e) => [
      SO3(e),
      random.spectrum(e, "so3", 3, 2, 3, 7),
      random.filter(e, "so3", 3, 3, 2),
      random.filter(e, "so3", 3, 3, 2, 8),
    ],
    (A, B, C, D) => {
      const { re, im } = correlateComplex({ re: A!, im: B! }, { re: C!, im: D! });
      return subtract(re, scale(im, 2));
    },
  ),
  check(
    "linear",
    (e) => [dense(e), random.dense(e, [3, 5], 2), random.dense(e, [3], 3)],
    (x, W, b) => linear(x!, W!, b),
  ),
  check(
    "linear without bias, three axes",
    (e) => [random.dense(e, [2, 3, 5]), random.dense(e, [4, 5], 2)],
    (x, W) => linear(x!, W!),
  ),
  check(
    "conv2d",
    (e) => [random.dense(e, [2, 3, 5, 6]), random.dense(e, [4, 3, 3, 2], 2), random.dense(e, [4], 3)],
    (x, W, b) => conv2d(x!, W!, b),
  ),
  check(
    "conv2d, stride 2 and padding",
    (e) => [random.dense(e, [2, 2, 6, 5]), random.dense(e, [3, 2, 3, 3], 2)],
    (x, W) => conv2d(x!, W!, undefined, { stride: 2, padding: 2 }),
  ),
  check("relu", (e) => [so3(e)], relu),
  check(
    "rectify",
    (e) => [random.spectrum(e, "so3", 2, 2, 3)], // few points, none of which passes its kink
    (X) => rectify(X!, 2, 2),
  ),
  check(
    "rectify, on a finer grid, to more degrees",
    (e) => [random.spectrum(e, "so3", 2, 2, 3)],
    (X) => rectify(X!, 3, 4),
  ),
  check(
    "rectify, on a coarser grid, to the mean",
    (e) => [random.spectrum(e, "so3", 3, 2, 3)],
    (X) => rectify(X!, 2, 1),
  ),
  check(
    "rectify, few orders of γ",
    (e) => [random.spectrum(e, "so3", 3, 1, 2)],
    (X) => rectify(changeOrders(X!, 2), 3, 3, { gammaGrid: 2, orders: 1 }),
  ),
  check("softplus", (e) => [so3(e)], softplus),
  check("so3Max", (e) => [so3(e)], so3Max),
  check("logSoftmax", (e) => [dense(e)], logSoftmax),
  check(
    "nllLoss",
    (e) => [dense(e)],
    (x) => nllLoss(x, labels),
  ),
  check(
    "crossEntropy",
    (e) => [dense(e)],
    (x) => crossEntropy(x, labels),
  ),
  check("mseLoss", (e) => [dense(e), random.dense(e, [4, 5], 2)], mseLoss),
  check("powerPerDegree", (e) => [SO3(e)], powerPerDegree),
  check(
    "powerPerDegree of few orders",
    (e) => [SO3(e)],
    (X) => powerPerDegree(changeOrders(X!, 2)),
  ),
  check(
    "batchNorm of dense, training",
    (e) => [dense(e), vector(2)(e), vector(3)(e)],
    (x, weight, bias) => batchNorm(x!, { training: true, running: running(5), weight: weight!, bias: bias! }),
  ),
  check(
    "batchNorm of signals, training",
    (e) => [so3(e), random.dense(e, [3], 2), random.dense(e, [3], 3)],
    (x, weight, bias) => batchNorm(x!, { training: true, running: running(3), weight: weight!, bias: bias! }),
  ),
  check(
    "batchNorm of signals on S², evaluation",
    (e) => [s2(e), random.dense(e, [3], 2), random.dense(e, [3], 3)],
    (x, weight, bias) => batchNorm(x!, { training: false, running: running(3), weight: weight!, bias: bias! }),
  ),
  check(
    "batchNorm of spectra, training",
    (e) => [SO3(e), random.dense(e, [3], 2), random.dense(e, [3], 3)],
    (x, weight, bias) => batchNorm(x!, { training: true, running: running(3), weight: weight!, bias: bias! }),
  ),
  check(
    "batchNorm of spectra of few orders, training",
    (e) => [SO3(e), random.dense(e, [3], 2), random.dense(e, [3], 3)],
    (x, weight, bias) =>
      batchNorm(changeOrders(x!, 2), { training: true, running: running(3), weight: weight!, bias: bias! }),
  ),
  check(
    "batchNorm of spectra, evaluation",
    (e) => [SO3(e), random.dense(e, [3], 2), random.dense(e, [3], 3)],
    (x, weight, bias) => batchNorm(x!, { training: false, running: running(3), weight: weight!, bias: bias! }),
  ),
  check(
    "batchNorm, not affine",
    (e) => [dense(e)],
    (x) => batchNorm(x, { training: true, running: running(5) }),
  ),
];

export const ALL = [...LINEAR, ...OTHERS];
