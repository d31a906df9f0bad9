// Optimisers against PyTorch's update rules written out in f64, and their states: what is resumed is what went on.

import { describe, expect, it } from "vitest";
import { MemoryExhaustedError, ShapeError, ValueError } from "../../src/errors.ts";
import { type Parameter, parameter } from "../../src/nn/module.ts";
import { Adam } from "../../src/optim/adam.ts";
import type { Optimizer } from "../../src/optim/optimizer.ts";
import { SGD } from "../../src/optim/sgd.ts";
import { createEngine, type Engine } from "../../src/tensor/engine.ts";
import { BUILDS } from "../support/kernels.ts";
import { relativeError, signals } from "../support/signals.ts";
import { OPTIMISER_STEPS } from "../support/tolerances.ts";

const SIZES = [1, 7, 64, 130];
const STEPS = 12;

function parameters(engine: Engine): Parameter[] {
  return SIZES.map((size, i) => parameter(engine, signals(size, i, "f32"), [size]));
}

/** A gradient that depends on the parameter, as a real one does, and on the step. */
function gradientOf(values: ArrayLike<number>, step: number): Float64Array {
  return Float64Array.from(values, (value, i) => Math.sin(3 * value + i) * (1 + 0.1 * step));
}

/** Steps first … last−1, with gradients taken from the parameters as they are. */
function take(engine: Engine, optimizer: Optimizer, all: Parameter[], first: number, last: number): void {
  for (let step = first; step < last; step++) {
    for (const each of all) each.grad = engine.tensor(gradientOf(each.toArray(), step), each.shape);
    optimizer.step();
    optimizer.zeroGrad();
  }
}

interface AdamCase {
  learningRate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  weightDecay: number;
}

/** torch.optim.Adam, single tensor, no AMSGrad. */
function adamReference(start: ArrayLike<number>, { learningRate, beta1, beta2, epsilon, weightDecay }: AdamCase) {
  const p = Float64Array.from(start);
  const m = new Float64Array(p.length);
  const v = new Float64Array(p.length);
  for (let t = 1; t <= STEPS; t++) {
    gradientOf(p, t - 1).forEach((gradient, i) => {
      const g = gradient + weightDecay * p[i]!;
      m[i] = m[i]! + (g - m[i]!) * (1 - beta1);
      v[i] = v[i]! * beta2 + (1 - beta2) * g * g;
      const denominator = Math.sqrt(v[i]!) / Math.sqrt(1 - beta2 ** t) + epsilon;
      p[i] = p[i]! - ((learningRate / (1 - beta1 ** t)) * m[i]!) / denominator;
    });
  }
  return p;
}

/** torch.optim.SGD: the buffer begins as the first gradient, without dampening. */
function sgdReference(
  start: ArrayLike<number>,
  learningRate: number,
  momentum: number,
  dampening: number,
  decay: number,
) {
  const p = Float64Array.from(start);
  const buffer = new Float64Array(p.length);
  for (let t = 1; t <= STEPS; t++) {
    gradientOf(p, t - 1).forEach((gradient, i) => {
      const g = gradient + decay * p[i]!;
      buffer[i] = t === 1 || momentum === 0 ? g : momentum * buffer[i]! + (1 - dampening) * g;
      p[i] = p[i]! - learningRate * buffer[i]!;
    });
  }
  return p;
}

describe.each(BUILDS)("optimisers, $dtype $build", ({ dtype, build }) => {
  const tolerance = OPTIMISER_STEPS[dtype];

  it.each<AdamCase>([
    { learningRate: 5e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 },
    { learningRate: 0.05, beta1: 0.8, beta2: 0.95, epsilon: 1e-3, weightDecay: 0.1 },
  ])("Adam, weight decay $weightDecay", async (settings) => {
    const engine = await createEngine({ dtype, build });
    const all = parameters(engine);
    const wanted = all.map((each) => adamReference(each.toArray(), settings));
    const { learningRate, beta1, beta2, epsilon, weightDecay } = settings;
    take(engine, new Adam(all, { learningRate, betas: [beta1, beta2], epsilon, weightDecay }), all, 0, STEPS);
    all.forEach((each, i) => {
      expect(relativeError(each.toArray(), wanted[i]!)).toBeLessThan(tolerance);
      expect(each.version).toBe(1 + STEPS);
    });
  });

  it.each([
    [0, 0, 0],
    [0, 0, 0.1],
    [0.9, 0, 0],
    [0.9, 0.5, 0.1],
  ])("SGD, momentum %d, dampening %d, weight decay %d", async (momentum, dampening, weightDecay) => {
    const engine = await createEngine({ dtype, build });
    const all = parameters(engine);
    const wanted = all.map((each) => sgdReference(each.toArray(), 0.05, momentum, dampening, weightDecay));
    take(engine, new SGD(all, { learningRate: 0.05, momentum, dampening, weightDecay }), all, 0, STEPS);
    for (const [i, each] of all.entries()) expect(relativeError(each.toArray(), wanted[i]!)).toBeLessThan(tolerance);
  });

  it.each([
    ["Adam", (all: Parameter[], rate: number) => new Adam(all, { learningRate: rate, weightDecay: rate })],
    ["SGD", (all: Parameter[], rate: number) => new SGD(all, { learningRate: rate, momentum: 10 * rate })],
  ])("%s goes on from its state bit for bit", async (_, make) => {
    const engine = await createEngine({ dtype, build });
    const through = parameters(engine);
    take(engine, make(through, 0.05), through, 0, STEPS);

    const halves = parameters(engine);
    const first = make(halves, 0.05);
    take(engine, first, halves, 0, 5);
    const state = first.state();
    const second = make(halves, 0.01);
    second.loadState(state);
    take(engine, second, halves, 5, STEPS);
    for (const [i, each] of halves.entries()) expect(each.toArray()).toEqual(through[i]!.toArray());
  });
});

describe("optimisers", () => {
  it("skip parameters without a gradient, as PyTorch does", async () => {
    const engine = await createEngine();
    const all = parameters(engine);
    const before = all.map((each) => each.toArray());
    const optimizer = new Adam(all);
    all[2]!.grad = engine.tensor(new Float64Array(SIZES[2]!).fill(1), [SIZES[2]!]);
    optimizer.step();
    expect(optimizer.state().slots.map(({ steps }) => steps)).toEqual([0, 0, 1, 0]);
    all.forEach((each, i) => {
      if (i === 2) expect(each.toArray()).not.toEqual(before[i]);
      else expect(each.toArray()).toEqual(before[i]);
    });
  });

  it("give their memory back", async () => {
    const engine = await createEngine();
    const all = parameters(engine);
    const { used } = engine.memoryStatistics;
    const optimizer = new Adam(all);
    expect(engine.memoryStatistics.used).toBeGreaterThan(used);
    optimizer.dispose();
    expect(engine.memoryStatistics.used).toBe(used);
  });

  it("leave nothing taken when memory does not suffice", async () => {
    const engine = await createEngine({ dtype: "f32", memoryLimit: 2 ** 17 });
    // Parameters and moments take 12 · 11,200 bytes: the last second moment does not fit.
    const all = Array.from({ length: 4 }, (_, i) => parameter(engine, signals(2800, i, "f32"), [2800]));
    const { used } = engine.memoryStatistics;
    expect(() => new Adam(all)).toThrow(MemoryExhaustedError);
    expect(engine.memoryStatistics.used).toBe(used);
  });

  it("refuse settings out of range and states that are not theirs", async () => {
    const engine = await createEngine();
    const all = parameters(engine);
    expect(() => new Adam([])).toThrow(ValueError);
    expect(() => new Adam(all, { betas: [0.9, 1] })).toThrow(/betas\[1\] must be from 0 to below 1, got 1/);
    expect(() => new SGD(all, { learningRate: -1 })).toThrow(/learningRate must be at least 0, got -1/);
    expect(() => new SGD(all, { momentum: Number.NaN })).toThrow(ValueError);

    const optimizer = new Adam(all);
    const state = optimizer.state();
    expect(() => new SGD(all).loadState(state)).toThrow(/expected a state of sgd, got adam/);
    expect(() => new Adam(all.slice(1)).loadState(state)).toThrow(/expected 3 parameters, got 4/);
    const { learningRate, ...rest } = state.settings;
    expect(() => optimizer.loadState({ ...state, settings: rest })).toThrow(/learningRate must be a number/);
    const slots = state.slots.map((slot) => ({ ...slot, moments: { exp_avg: slot.moments.exp_avg! } }));
    expect(() => optimizer.loadState({ ...state, slots })).toThrow(ShapeError);
    expect(() => optimizer.loadState({ ...state, slots })).toThrow(
      /parameter 0: expected 1 numbers of exp_avg_sq, got nothing/,
    );
  });
});
