// The planar convolution against PyTorch's definition in f64 loops, and what it refuses. Its gradients: gradients.test.ts.

import { expect, test } from "vitest";
import { ShapeError, ValueError } from "../../src/errors.ts";
import { Conv2d } from "../../src/nn/conv2d.ts";
import { Flatten } from "../../src/nn/flatten.ts";
import { conv2d } from "../../src/ops/conv2d.ts";
import { reshape } from "../../src/ops/reshape.ts";
import { Random } from "../../src/random.ts";
import { createEngine } from "../../src/tensor/engine.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { inEveryEngine } from "../support/engines.ts";
import { random } from "../support/gradient-check.ts";
import { largestError } from "../support/signals.ts";
import { GEMM } from "../support/tolerances.ts";

type Images = readonly [number, number, number, number];

/** y[n, o, i, j] = b[o] + Σ W[o, c, u, v] x[n, c, i·stride + u − padding, j·stride + v − padding]. */
function definition(x: Tensor, weight: Tensor, bias: Tensor | undefined, stride: number, padding: number) {
  const [batch, inputs, height, width] = x.shape as Images;
  const [outputs, , kernelHeight, kernelWidth] = weight.shape as Images;
  const [xs, ws, bs] = [x.toArray(), weight.toArray(), bias?.toArray()];
  const rows = Math.floor((height + 2 * padding - kernelHeight) / stride + 1);
  const columns = Math.floor((width + 2 * padding - kernelWidth) / stride + 1);
  const y: number[] = [];
  const at = (n: number, c: number, i: number, j: number) =>
    i < 0 || j < 0 || i >= height || j >= width ? 0 : xs[((n * inputs + c) * height + i) * width + j]!;
  for (let n = 0; n < batch; n++)
    for (let o = 0; o < outputs; o++)
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < columns; j++) {
          let sum = bs?.[o] ?? 0;
          for (let c = 0; c < inputs; c++)
            for (let u = 0; u < kernelHeight; u++)
              for (let v = 0; v < kernelWidth; v++)
                sum +=
                  ws[((o * inputs + c) * kernelHeight + u) * kernelWidth + v]! *
                  at(n, c, i * stride + u - padding, j * stride + v - padding);
          y.push(sum);
        }
  return { shape: [batch, outputs, rows, columns], values: y };
}

inEveryEngine((engine) => {
  test.each([
    { x: [2, 3, 7, 5], kernel: [4, 3, 3, 2], stride: 1, padding: 0 },
    { x: [3, 2, 8, 9], kernel: [5, 2, 5, 5], stride: 3, padding: 0 },
    { x: [1, 1, 4, 4], kernel: [2, 1, 3, 3], stride: 1, padding: 1 },
    { x: [2, 2, 3, 6], kernel: [1, 2, 5, 3], stride: 2, padding: 2 },
    { x: [1, 1, 60, 60], kernel: [32, 1, 5, 5], stride: 3, padding: 0 },
  ])("x $x, kernel $kernel, stride $stride, padding $padding", ({ x, kernel, stride, padding }) => {
    engine.scope(() => {
      const [images, weight] = [random.dense(engine, x, 1), random.dense(engine, kernel, 2)];
      for (const bias of [undefined, random.dense(engine, [kernel[0]!], 3)]) {
        const { shape, values } = definition(images, weight, bias, stride, padding);
        const y = conv2d(images, weight, bias, { stride, padding });
        expect(y.shape).toEqual(shape);
        expect(largestError(y.toArray(), values)).toBeLessThan(GEMM[engine.dtype]);
      }
    });
  });

  test("the layer takes a signal on S² as the image of its samples", () => {
    engine.scope(() => {
      using layer = new Conv2d(engine, { featuresIn: 3, featuresOut: 2, kernelSize: 3, rng: new Random(1) });
      const signal = random.signal(engine, [2, 3, 8, 8]);
      const y = layer.forward(signal);
      expect(y.toArray()).toEqual(layer.forward(reshape(signal, signal.shape)).toArray());
      expect(new Flatten(engine).forward(y).shape).toEqual([2, 72]);
      const { values } = definition(reshape(signal, signal.shape), layer.weight, layer.bias!, 1, 0);
      expect(largestError(y.toArray(), values)).toBeLessThan(GEMM[engine.dtype]);
    });
  });

  test("what does not fit is refused", () => {
    engine.scope(() => {
      const [x, weight] = [random.dense(engine, [1, 2, 5, 5]), random.dense(engine, [3, 2, 3, 3])];
      expect(() => conv2d(x, weight, undefined, { stride: 0 })).toThrow(
        /stride must be an integer of at least 1, got 0/,
      );
      expect(() => conv2d(x, weight, undefined, { padding: -1 })).toThrow(ValueError);
      expect(() => conv2d(x, weight, random.dense(engine, [2]))).toThrow(/one bias for each of 3 channels/);
      expect(() => conv2d(x, random.dense(engine, [3, 1, 3, 3]))).toThrow(ShapeError);
      expect(() => conv2d(x, random.dense(engine, [3, 2, 6, 3]))).toThrow(/6 × 3 has no place in an image of 5 × 5/);
      expect(() => conv2d(random.signal(engine, [1, 2, 6, 6]), weight)).toThrow(/expected dense x/);
      const huge = { stride: 1, padding: 20_000 };
      expect(() => conv2d(x, weight, undefined, huge)).toThrow(/the patches of one image/);
      using layer = new Conv2d(engine, { featuresIn: 3, featuresOut: 2, kernelSize: 3, rng: new Random(1) });
      expect(() => layer.forward(x)).toThrow(/Conv2d: expected dense \[batch, 3, height, width\] or an s2 signal/);
      expect(() => layer.forward(random.signal(engine, [1, 3, 4, 4, 4]))).toThrow(ShapeError);
    });
  });
});

test("weights and bias are drawn from ±1/√(in·size²)", async () => {
  const engine = await createEngine({ dtype: "f64" });
  const layer = new Conv2d(engine, { featuresIn: 4, featuresOut: 50, kernelSize: 5, rng: new Random(3) });
  const values = Array.from(layer.weight.toArray());
  const bound = 0.1;
  expect(Math.max(...values.map(Math.abs))).toBeLessThan(bound);
  expect(Math.max(...values.map(Math.abs))).toBeGreaterThan(0.999 * bound);
  // The variance of U(−a, a) is a²/3; 5,000 draws know it to 1.3 %.
  const variance = values.reduce((sum, value) => sum + value ** 2, 0) / values.length;
  expect(Math.abs(variance / (bound ** 2 / 3) - 1)).toBeLessThan(0.05);
  expect(layer.bias!.toArray().every((value) => Math.abs(value) < bound)).toBe(true);
  expect(() => new Conv2d(engine, { featuresIn: 1, featuresOut: 1, kernelSize: 0, rng: new Random(1) })).toThrow(
    ValueError,
  );
});
