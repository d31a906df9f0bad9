// Projected gradient check: for a random output weight w and random directions v, ⟨∂⟨w, f⟩/∂x, v⟩ from the tape against the
// derivative of ⟨w, f(x + t v)⟩ at t = 0 by central differences of five points.

import { expect } from "vitest";
import { multiply } from "../../src/ops/arithmetic.ts";
import { sum } from "../../src/ops/sum.ts";
import type { Engine } from "../../src/tensor/engine.ts";
import {
  coefficientCount,
  DENSE,
  type Domain,
  filterLayout,
  product,
  spectrumLayout,
} from "../../src/tensor/layout.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { signals } from "./signals.ts";
import { GRADIENT } from "./tolerances.ts";

/** Small enough for the truncation error, which falls with its fourth power, and to stay off kinks. */
const STEP = 1e-4;

/** Random tensors of every layout, numbers in [−1, 1). */
export const random = {
  dense: (engine: Engine, shape: readonly number[], seed = 1) =>
    engine.tensor(draw(engine, product(shape), seed), shape),
  signal: (engine: Engine, shape: readonly number[], seed = 1) =>
    engine.signal(draw(engine, product(shape), seed), shape),
  spectrum: (engine: Engine, domain: Domain, b: number, batch: number, channels: number, seed = 1) =>
    filled(engine.empty(spectrumLayout(domain, b), [batch, channels, coefficientCount(domain, b)]), seed),
  filter: (engine: Engine, domain: Domain, b: number, inputs: number, outputs: number, seed = 1) =>
    filled(engine.empty(filterLayout(domain, b), [inputs, outputs, coefficientCount(domain, b)]), seed),
  /** A tensor like x; what pads a signal is zero. */
  like: (x: Tensor, seed: number): Tensor => {
    if (x.layout.kind === "signal") return random.signal(x.engine, x.shape, seed);
    return filled(x.engine.empty(x.layout.kind === "dense" ? DENSE : x.layout, x.shape), seed);
  },
};

function draw(engine: Engine, count: number, seed: number): Float64Array {
  return signals(count, seed, engine.dtype);
}

function filled(tensor: Tensor, seed: number): Tensor {
  tensor.view().set(draw(tensor.engine, tensor.length, seed));
  return tensor;
}

/** Σ x·y of two tensors of one layout, whose padding is zero in at least one of them; in JavaScript, in f64. */
export function inner(x: Tensor, y: Tensor): number {
  const [a, b] = [x.view(), y.view()];
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i]! * b[i]!;
  return total;
}

/** Checks the gradients of `op` by each of the inputs, which are leaves. The engine is f64. */
export function expectGradient(engine: Engine, inputs: readonly Tensor[], op: (...inputs: Tensor[]) => Tensor): void {
  engine.scope(() => {
    for (const input of inputs) input.requiresGrad = true;
    const output = op(...inputs);
    expect(output.requiresGrad).toBe(true);
    const weight = random.like(output, 1000);
    const loss = output.shape.length === 0 ? output : sum(multiply(output, weight));
    loss.backward();
    const value = (): number =>
      engine.noGrad(() =>
        engine.scope(() => {
          const y = op(...inputs);
          return output.shape.length === 0 ? y.item() : inner(y, weight);
        }),
      );
    inputs.forEach((input, i) => {
      const direction = random.like(input, 2000 + i);
      const at = (t: number): number => {
        const before = input.view().slice();
        engine.kernels.axpy(input.length, t, direction.pointer, input.pointer);
        const moved = value();
        input.view().set(before);
        return moved;
      };
      const h = STEP;
      const numeric = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
      const exact = inner(input.grad!, direction);
      expect(input.grad!.describe()).toBe(input.describe());
      expect(Math.abs(exact)).toBeGreaterThan(1e-6); // a derivative of zero would test nothing
      expect(Math.abs(numeric - exact) / Math.abs(exact)).toBeLessThan(GRADIENT);
    });
    for (const input of inputs) {
      input.grad?.dispose();
      input.grad = null;
      input.requiresGrad = false;
    }
  });
}
