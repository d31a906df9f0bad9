// Twenty steps of each optimiser against PyTorch's update written out in f64, number by number.

import { describe, expect, it } from "vitest";
import { BUILDS, kernelBench } from "../support/kernels.ts";
import { signals as numbers } from "../support/signals.ts";

const SENTINEL = 777;
const STEPS = 20;

describe.each(BUILDS)("optimiser steps, $dtype $build", ({ dtype, build }) => {
  const bench = kernelBench(dtype, build, 8);
  // Each step rounds a weight of order one once, and its direction a few times.
  const close = dtype === "f32" ? 4e-6 : 1e-14;
  const padded = (values: ArrayLike<number>) => bench.put([...Array.from(values), ...new Array(9).fill(SENTINEL)]);

  function expectWeights(pointer: number, wanted: Float64Array) {
    const got = bench.get(pointer, wanted.length + 9);
    wanted.forEach((w, i) => {
      expect(Math.abs(got[i]! - w), `weight ${i} of ${wanted.length}`).toBeLessThan(close);
    });
    expect([...got.subarray(wanted.length)]).toEqual(new Array(9).fill(SENTINEL));
  }

  it.each([0, 0.01])("Adam, weight decay %d", (weightDecay) => {
    const [lr, beta1, beta2, eps] = [0.05, 0.9, 0.999, 1e-8];
    for (let n = 1; n <= 33; n++) {
      bench.reset();
      const w = numbers(n, 1, dtype);
      const [m, v] = [new Float64Array(n), new Float64Array(n)];
      const [pw, pm, pv] = [padded(w), padded(m), padded(v)];
      for (let t = 1; t <= STEPS; t++) {
        const g = numbers(n, 10 + t, dtype);
        const [correction1, correction2] = [1 - beta1 ** t, 1 - beta2 ** t];
        bench.k.adamStep!(n, pw, padded(g), pm, pv, lr, beta1, beta2, eps, correction1, correction2, weightDecay);
        for (let i = 0; i < n; i++) {
          const gradient = g[i]! + weightDecay * w[i]!;
          m[i] = beta1 * m[i]! + (1 - beta1) * gradient;
          v[i] = beta2 * v[i]! + (1 - beta2) * gradient ** 2;
          w[i]! -= ((lr / correction1) * m[i]!) / (Math.sqrt(v[i]!) / Math.sqrt(correction2) + eps);
        }
      }
      expectWeights(pw, w);
      expectWeights(pm, m);
      expectWeights(pv, v);
    }
  });

  it.each([
    [0, 0, 0],
    [0.9, 0, 0],
    [0.9, 0.2, 0.01],
  ])("SGD, momentum %d, dampening %d, weight decay %d", (momentum, dampening, weightDecay) => {
    const lr = 0.03;
    for (let n = 1; n <= 33; n++) {
      bench.reset();
      const w = numbers(n, 1, dtype);
      const velocity = new Float64Array(n);
      const pw = padded(w);
      // Before the first step the velocity may hold anything.
      const pv = padded(new Float64Array(n).fill(Number.NaN));
      for (let t = 0; t < STEPS; t++) {
        const g = numbers(n, 10 + t, dtype);
        bench.k.sgdStep!(n, pw, padded(g), pv, lr, momentum, dampening, weightDecay, t === 0 ? 1 : 0);
        for (let i = 0; i < n; i++) {
          const gradient = g[i]! + weightDecay * w[i]!;
          velocity[i] = t === 0 ? gradient : momentum * velocity[i]! + (1 - dampening) * gradient;
          w[i]! -= lr * (momentum === 0 ? gradient : velocity[i]!);
        }
      }
      expectWeights(pw, w);
      if (momentum !== 0) expectWeights(pv, velocity);
    }
  });
});
