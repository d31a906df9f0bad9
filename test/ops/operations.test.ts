// What operations compute, against their definitions in JavaScript, and what they refuse. Their gradients:
// gradients.test.ts.

import { describe, expect, test } from "vitest";
import { ShapeError, ValueError } from "../../src/errors.ts";
import { add, multiply, scale, subtract } from "../../src/ops/arithmetic.ts";
import { batchNorm } from "../../src/ops/batch-norm.ts";
import { correlate } from "../../src/ops/correlate.ts";
import { filterSpectrum } from "../../src/ops/filter-spectrum.ts";
import { so3Fft, so3Ifft } from "../../src/ops/fourier.ts";
import { s2Integrate, so3Integrate } from "../../src/ops/integrate.ts";
import { linear } from "../../src/ops/linear.ts";
import { logSoftmax } from "../../src/ops/log-softmax.ts";
import { crossEntropy, mseLoss, nllLoss } from "../../src/ops/losses.ts";
import { so3Max } from "../../src/ops/max.ts";
import { relu } from "../../src/ops/relu.ts";
import { reshape } from "../../src/ops/reshape.ts";
import { softplus } from "../../src/ops/softplus.ts";
import { mean, sum } from "../../src/ops/sum.ts";
import { s2NearIdentityGrid, so3IdentityGrid } from "../../src/sphere/grids.ts";
import { inEveryEngine } from "../support/engines.ts";
import { random } from "../support/gradient-check.ts";
import { largestError } from "../support/signals.ts";
import { ELEMENTWISE, TRANSFORM } from "../support/tolerances.ts";

const SO3_SHAPE = [2, 3, 4, 4, 4];
const BLOCK = 64;

/** Rows of a signal of `SO3_SHAPE`, one for each item and channel. */
function rows(values: ArrayLike<number>): number[][] {
  return Array.from({ length: values.length / BLOCK }, (_, i) =>
    Array.from({ length: BLOCK }, (_, p) => values[i * BLOCK + p]!),
  );
}

inEveryEngine((engine) => {
  const tolerance = ELEMENTWISE[engine.dtype];
  const expectClose = (got: number, wanted: number) =>
    expect(Math.abs(got - wanted) / Math.abs(wanted)).toBeLessThan(tolerance);
  const inScope = (name: string, work: () => void) => test(name, () => engine.scope(work));

  inScope("relu and softplus", () => {
    const x = random.signal(engine, SO3_SHAPE);
    const values = x.toArray();
    expect(relu(x).toArray()).toEqual(values.map((v) => Math.max(v, 0)));
    const expected = values.map((v) => Math.log1p(Math.exp(v)));
    expect(largestError(softplus(x).toArray(), expected)).toBeLessThan(tolerance);
    const extremes = softplus(engine.tensor([-800, 0, 800])).toArray();
    expect(extremes[0]).toBe(0);
    expectClose(extremes[1]!, Math.LN2);
    expect(extremes[2]).toBe(800);
  });

  inScope("arithmetic", () => {
    const [x, y] = [random.signal(engine, SO3_SHAPE, 1), random.signal(engine, SO3_SHAPE, 2)];
    const [a, b] = [x.toArray(), y.toArray()];
    const close = (z: ArrayLike<number>, f: (i: number) => number) =>
      expect(
        largestError(
          z,
          Float64Array.from(a, (_, i) => f(i)),
        ),
      ).toBeLessThan(tolerance);
    close(add(x, y).toArray(), (i) => a[i]! + b[i]!);
    close(subtract(x, y).toArray(), (i) => a[i]! - b[i]!);
    close(multiply(x, y).toArray(), (i) => a[i]! * b[i]!);
    close(scale(x, -3).toArray(), (i) => -3 * a[i]!);
    expect(() => add(x, random.signal(engine, [2, 3, 6, 6, 6]))).toThrow(/add: expected two tensors of one layout/);
    expect(() => multiply(x, reshape(x, SO3_SHAPE))).toThrow(ShapeError);
  });

  inScope("sum and mean leave out what pads a group of signals", () => {
    const x = softplus(random.signal(engine, SO3_SHAPE)); // softplus(0) = ln 2 in the padding
    const total = Array.from(x.toArray()).reduce((a, b) => a + b, 0);
    expectClose(sum(x).item(), total);
    expectClose(mean(x).item(), total / 384);
    expect(sum(x).shape).toEqual([]);
  });

  inScope("reshape keeps the row-major order of dense tensors and signals", () => {
    const x = random.signal(engine, SO3_SHAPE);
    const flat = reshape(x, [6, 64]);
    expect(flat.toArray()).toEqual(x.toArray());
    expect(reshape(flat, [384]).toArray()).toEqual(x.toArray());
    expect(() => reshape(flat, [5, 64])).toThrow(/reshape: \[5, 64\] is no shape of the 384 numbers/);
    expect(() => reshape(so3Fft(x), [384])).toThrow(ShapeError);
  });

  inScope("linear is x Wᵀ + b", () => {
    const [x, W, b] = [
      random.dense(engine, [3, 5], 1),
      random.dense(engine, [2, 5], 2),
      random.dense(engine, [2], 3),
    ] as const;
    const [xs, ws, bs] = [x.toArray(), W.toArray(), b.toArray()];
    const expected = Array.from({ length: 6 }, (_, i) => {
      const [row, out] = [Math.floor(i / 2), i % 2];
      let y = bs[out]!;
      for (let k = 0; k < 5; k++) y += xs[row * 5 + k]! * ws[out * 5 + k]!;
      return y;
    });
    expect(largestError(linear(x, W, b).toArray(), expected)).toBeLessThan(tolerance);
    expect(() => linear(x, random.dense(engine, [2, 4]))).toThrow(
      /linear: expected x \[…, in\] and weight \[out, in\]/,
    );
    expect(() => linear(x, W, random.dense(engine, [3]))).toThrow(/one bias for each of 2 outputs/);
  });

  inScope("the integral of 1 is 1, and of a signal its degree 0", () => {
    const ones = (shape: number[]) => engine.signal(new Float64Array(shape.reduce((a, b) => a * b)).fill(1), shape);
    for (const b of [1, 2, 5, 8]) {
      const n = 2 * b;
      expect(largestError(s2Integrate(ones([1, 3, n, n])).toArray(), [1, 1, 1])).toBeLessThan(tolerance);
      expect(largestError(so3Integrate(ones([1, 3, n, n, n])).toArray(), [1, 1, 1])).toBeLessThan(tolerance);
    }
    const x = random.signal(engine, SO3_SHAPE);
    const degreeZero = so3Fft(x, 1).view().slice();
    expect(largestError(so3Integrate(x).toArray(), degreeZero)).toBeLessThan(tolerance);
    expect(() => s2Integrate(x)).toThrow(/s2Integrate: expected a signal on s2/);
  });

  inScope("so3Max", () => {
    const x = random.signal(engine, SO3_SHAPE);
    const y = so3Max(x);
    expect([...y.toArray()]).toEqual(rows(x.toArray()).map((row) => Math.max(...row)));
    expect(y.shape).toEqual([2, 3]);
    expect(() => so3Max(random.signal(engine, [1, 1, 4, 4]))).toThrow(ShapeError);
  });

  describe("losses", () => {
    const logits = [1, 2, 3, 1000, -1000, 0];
    const labels = [2, 0];

    inScope("logSoftmax survives large logits", () => {
      const y = logSoftmax(engine.tensor(logits, [2, 3])).toArray();
      const normaliser = Math.log(Math.exp(1) + Math.exp(2) + Math.exp(3));
      const expected = [1 - normaliser, 2 - normaliser, 3 - normaliser, 0, -2000, -1000];
      expect(largestError(y.slice(0, 3), expected.slice(0, 3))).toBeLessThan(tolerance);
      expect(largestError(y.slice(3), expected.slice(3))).toBeLessThan(tolerance);
    });

    inScope("crossEntropy is the mean of −log p(label)", () => {
      const x = engine.tensor(logits, [2, 3]);
      const expected = (Math.log(1 + Math.exp(-1) + Math.exp(-2)) + 0) / 2;
      expectClose(crossEntropy(x, labels).item(), expected);
      expectClose(nllLoss(x, labels).item(), -(3 + 1000) / 2);
      expect(() => crossEntropy(x, [0, 3])).toThrow(/labels must be integers from 0 to 2, got 3 for item 1/);
      expect(() => crossEntropy(x, [0, 0.5])).toThrow(ValueError);
      expect(() => crossEntropy(x, [0])).toThrow(/expected 2 labels, got 1/);
      expect(() => nllLoss(reshape(x, [6]), labels)).toThrow(ShapeError);
    });

    inScope("mseLoss", () => {
      const [x, target] = [engine.tensor([1, 2, 3]), engine.tensor([1, 0, 6])];
      expectClose(mseLoss(x, target).item(), 13 / 3);
      expect(() => mseLoss(x, engine.tensor([1, 2]))).toThrow(/mseLoss: expected two dense tensors of one shape/);
    });
  });

  describe("batchNorm", () => {
    const running = (channels: number) => ({
      mean: new Float64Array(channels).fill(0.5),
      variance: new Float64Array(channels).fill(2),
    });

    inScope("of a spectrum: mean 0 and mean square 1 with respect to the Haar measure", () => {
      const X = random.spectrum(engine, "so3", 4, 2, 3);
      const x = so3Ifft(batchNorm(X, { training: true, running: running(3), epsilon: 1e-12 }), 8); // resolves squares
      const moments = [x, multiply(x, x)].map((y) => so3Integrate(y).toArray());
      for (let c = 0; c < 3; c++) {
        const [mean, square] = moments.map((values) => (values[c]! + values[3 + c]!) / 2);
        expect(Math.abs(mean!)).toBeLessThan(TRANSFORM[engine.dtype]);
        expect(Math.abs(square! - 1)).toBeLessThan(10 * TRANSFORM[engine.dtype]);
      }
    });

    inScope("training takes the batch's statistics and moves the running ones, as PyTorch does", () => {
      const x = random.signal(engine, SO3_SHAPE);
      const [weight, bias] = [engine.tensor([1, 2, -0.5]), engine.tensor([0, 0.25, 1])];
      const statistics = running(3);
      const y = batchNorm(x, { training: true, running: statistics, weight, bias });
      const values = rows(x.toArray());
      const expected: number[] = [];
      for (let channel = 0; channel < 3; channel++) {
        const all = [...values[channel]!, ...values[channel + 3]!];
        const m = all.reduce((a, b) => a + b) / all.length;
        const squares = all.reduce((a, b) => a + (b - m) ** 2, 0);
        const deviation = Math.sqrt(squares / all.length + 1e-5);
        const [w, b] = [[1, 2, -0.5][channel]!, [0, 0.25, 1][channel]!];
        [channel, channel + 3].forEach((row) => {
          values[row]!.forEach((v, p) => {
            expected[row * BLOCK + p] = ((v - m) / deviation) * w + b;
          });
        });
        expectClose(statistics.mean[channel]!, 0.9 * 0.5 + 0.1 * m);
        expectClose(statistics.variance[channel]!, 0.9 * 2 + (0.1 * squares) / (all.length - 1));
      }
      expect(largestError(y.toArray(), expected)).toBeLessThan(tolerance);
    });

    inScope("evaluation takes the running ones and leaves them", () => {
      const x = random.dense(engine, [4, 3]);
      const statistics = running(3);
      const y = batchNorm(x, { training: false, running: statistics, epsilon: 0.25 });
      const expected = x.toArray().map((v) => (v - 0.5) / 1.5);
      expect(largestError(y.toArray(), expected)).toBeLessThan(tolerance);
      expect(statistics).toEqual(running(3));
    });

    inScope("refuses a single number per channel in training, and other channels", () => {
      const x = random.dense(engine, [1, 3]);
      expect(() => batchNorm(x, { training: true, running: running(3) })).toThrow(/more than one number per channel/);
      expect(() => batchNorm(x, { training: false, running: running(4) })).toThrow(ShapeError);
      expect(() => batchNorm(x, { training: false, running: running(3), bias: random.dense(engine, [4]) })).toThrow(
        /expected a bias of 3 channels, those of dense \[1, 3\], got 4/,
      );
      expect(() => batchNorm(random.spectrum(engine, "s2", 3, 2, 3), { training: true, running: running(3) })).toThrow(
        /batchNorm: expected a signal, a spectrum on so3, or dense \[batch, channels\]/,
      );
    });
  });

  inScope("correlate and filterSpectrum refuse what does not fit", () => {
    const X = random.spectrum(engine, "so3", 2, 1, 3);
    const filter = random.filter(engine, "so3", 2, 3, 4);
    expect(() => correlate(random.spectrum(engine, "s2", 2, 1, 3), filter)).toThrow(/of one domain/);
    expect(() => correlate(X, random.filter(engine, "so3", 2, 2, 4))).toThrow(
      /the filter takes 2 channels, and the input has 3/,
    );
    expect(() => correlate(X, filter, engine.tensor([1, 2, 3]))).toThrow(/one bias for each of 4 channels/);
    expect(() => filterSpectrum(random.dense(engine, [2, 3, 5]), s2NearIdentityGrid(), 2, 1)).toThrow(
      /expected a kernel \[in, out, 24\] for this grid/,
    );
    expect(() => filterSpectrum(X, so3IdentityGrid(), 2, 1)).toThrow(ShapeError);
    const kernel = random.dense(engine, [1, 1, 1]);
    for (const b of [0, 1.5, 4097]) expect(() => filterSpectrum(kernel, so3IdentityGrid(), b, 1)).toThrow(ValueError);
  });
});
