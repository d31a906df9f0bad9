// The naive contenders of the bench suite compute what the engine computes: otherwise their times would say nothing.

import { expect, test } from "vitest";
import { correlateByDefinition, turnedPoints } from "../../bench/naive/definition.ts";
import { dft2, dft2Adjoint, matrixProduct } from "../../bench/naive/linear.ts";
import { naiveMnistOriginal } from "../../bench/naive/network.ts";
import { naiveForward, naiveInverse, naivePlan } from "../../bench/naive/transforms.ts";
import { S2Convolution } from "../../src/nn/convolution.ts";
import { s2Fft, s2Ifft, so3Fft, so3Ifft } from "../../src/ops/fourier.ts";
import { changeBandwidth } from "../../src/ops/resize-spectrum.ts";
import { Random } from "../../src/random.ts";
import { s2NearIdentityGrid } from "../../src/sphere/grids.ts";
import { s2CoefficientCount, so3CoefficientCount } from "../../src/sphere/indices.ts";
import { createEngine } from "../../src/tensor/engine.ts";
import { signalShape } from "../../src/tensor/layout.ts";
import { largestError, signals } from "../support/signals.ts";

/** Both sides are f64; the naive ones sum in plain order. */
const TOLERANCE = 1e-10;

const engine = await createEngine({ dtype: "f64", build: "plain" });

test.each([
  ["s2", 9, 9],
  ["s2", 5, 8],
  ["so3", 4, 4],
  ["so3", 3, 5],
] as const)("transforms on %s, degrees below %i on the grid of %i", (domain, bandwidth, grid) => {
  const shape = signalShape(domain, grid, 1, 1);
  const numbers = signals(
    shape.reduce((a, b) => a * b),
    1,
    "f64",
  );
  const [forward, inverse] = domain === "s2" ? [s2Fft, s2Ifft] : [so3Fft, so3Ifft];
  const spectrum = forward(engine.signal(numbers, shape), bandwidth);
  const plan = naivePlan(domain, bandwidth, grid);
  const X = naiveForward(plan, numbers);
  const { re, im } = spectrum.toComplex();
  expect(largestError(X.re, re)).toBeLessThan(TOLERANCE);
  expect(largestError(X.im, im)).toBeLessThan(TOLERANCE);
  expect(largestError(naiveInverse(plan, X), inverse(spectrum, grid).toArray())).toBeLessThan(TOLERANCE);
});

test("the plane's DFT is undone by its adjoint where no order is lost", () => {
  const plane = Array.from({ length: 5 }, (_, i) => ({
    re: [...signals(5, i, "f64")],
    im: [...signals(5, i + 9, "f64")],
  }));
  const back = dft2Adjoint(dft2(plane, 3), 5);
  for (const [i, line] of back.entries()) {
    expect(
      largestError(
        line.re.map((x) => x / 25),
        plane[i]!.re,
      ),
    ).toBeLessThan(TOLERANCE);
  }
});

test("matrix product", () => {
  expect(
    matrixProduct(
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      [
        [1, -1],
        [2, 0],
      ],
    ),
  ).toEqual([
    [5, -1],
    [11, -3],
    [17, -5],
  ]);
});

test("correlation on S² by its definition", () => {
  const [b, grid] = [4, s2NearIdentityGrid({ nAlpha: 3, nBeta: 2 })];
  const sizes = { featuresIn: 1, featuresOut: 1, bandwidthIn: b, bandwidthOut: b };
  const layer = new S2Convolution(engine, { ...sizes, grid, rng: new Random(1) });
  const f = changeBandwidth(engine.signal(signals(64, 3, "f64"), [1, 1, 8, 8]), b);
  const kernel = layer.kernel.toArray().map((value) => value * layer.scaling);
  const wanted = correlateByDefinition(f, kernel, turnedPoints(b, grid));
  expect(largestError(layer.forward(f).toArray(), wanted)).toBeLessThan(TOLERANCE);
});

test("the network, with filters of degree 0 alone", () => {
  const image = signals(3600, 5, "f64").map((x) => x + 0.5);
  const zero = (count: number) => ({ re: new Array(count).fill(0), im: new Array(count).fill(0) });
  const linear = Array.from({ length: 10 }, (_, i) => Array.from({ length: 40 }, (_, j) => (i + j) / 40));
  const constant = (value: number, count: number) => ({ ...zero(count), re: [value, ...new Array(count - 1).fill(0)] });
  const run = naiveMnistOriginal({
    first: [Array.from({ length: 20 }, () => constant(1, s2CoefficientCount(10)))],
    second: Array.from({ length: 20 }, () => Array.from({ length: 40 }, () => constant(0.5, so3CoefficientCount(6)))),
    linear,
  });
  // Only degree 0 survives: the mean of the image, over 20 channels, halved, rectified, summed by the last layer.
  const mean = s2Fft(engine.signal(image, [1, 1, 60, 60]), 1).toComplex().re[0]!;
  const wanted = linear.map((row) => row.reduce((sum, weight) => sum + weight * Math.max(0, 10 * mean), 0));
  expect(largestError(run(image), wanted)).toBeLessThan(TOLERANCE);
});
