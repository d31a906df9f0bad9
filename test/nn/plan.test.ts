// Plans against the network's own forward pass: the same bits, for every network of the library and for random ones, however
// plans and training take turns; and a named error for what a plan cannot repeat.

import { describe, expect, test } from "vitest";
import {
  CompilationError,
  ReleasedEngineError,
  ReleasedTensorError,
  ShapeError,
  ValueError,
} from "../../src/errors.ts";
import { buildNetwork, NETWORKS } from "../../src/models/networks.ts";
import { LogSoftmax, ReLU, SO3ReLU, Softplus } from "../../src/nn/activations.ts";
import { BatchNorm1d, BatchNorm2d, BatchNorm3d, SO3BatchNorm } from "../../src/nn/batch-norm.ts";
import { S2Convolution, SO3Convolution, SO3Shortcut } from "../../src/nn/convolution.ts";
import { Flatten } from "../../src/nn/flatten.ts";
import { Linear } from "../../src/nn/linear.ts";
import { Module } from "../../src/nn/module.ts";
import { compile } from "../../src/nn/plan.ts";
import { SO3Integrate, SO3Max } from "../../src/nn/pooling.ts";
import { Sequential } from "../../src/nn/sequential.ts";
import { add, multiply, scale } from "../../src/ops/arithmetic.ts";
import { correlate } from "../../src/ops/correlate.ts";
import { evaluateSpectrum } from "../../src/ops/evaluate.ts";
import { filterSpectrum } from "../../src/ops/filter-spectrum.ts";
import { s2Fft, s2Ifft, so3Ifft } from "../../src/ops/fourier.ts";
import { crossEntropy } from "../../src/ops/losses.ts";
import { powerPerDegree } from "../../src/ops/power.ts";
import { changeBandwidth, resizeSpectrum } from "../../src/ops/resize-spectrum.ts";
import { s2Rotation } from "../../src/ops/rotate.ts";
import { sum } from "../../src/ops/sum.ts";
import { Adam } from "../../src/optim/adam.ts";
import { Random } from "../../src/random.ts";
import { s2NearIdentityGrid, so3NearIdentityGrid } from "../../src/sphere/grids.ts";
import { createEngine, type Engine } from "../../src/tensor/engine.ts";
import { product } from "../../src/tensor/layout.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { threads } from "../../src/threads/index.ts";
import { inEveryEngine } from "../support/engines.ts";
import { BUILDS } from "../support/kernels.ts";
import { signals } from "../support/signals.ts";
import { network as smallNetwork } from "../support/small-network.ts";

/** A module of a user. */
class Custom extends Module {
  constructor(
    engine: Engine,
    readonly work: (x: Tensor) => Tensor,
  ) {
    super(engine, "Custom");
  }

  override forward(x: Tensor): Tensor {
    return this.work(x);
  }
}

const isSignal = (shape: readonly number[]) => shape.length > 3;

/** What the layer-by-layer path gives in evaluation mode. */
function layerByLayer(model: Module, shape: readonly number[], numbers: Float64Array) {
  const { engine } = model;
  const modes = model.modules().map((module) => [module, module.training] as const);
  model.eval();
  const result = engine.scope(() =>
    engine.noGrad(() => {
      const x = isSignal(shape) ? engine.signal(numbers, shape) : engine.tensor(numbers, shape);
      return model.forward(x).toArray();
    }),
  );
  for (const [module, training] of modes) module.training = training;
  return result;
}

const inputs = (shape: readonly number[], seed: number) => signals(product(shape), seed);

/** Compiles, and compares on several inputs; everything is given back. */
function expectSame(model: Module, shape: readonly number[]): void {
  const { engine } = model;
  const plan = compile(model, shape);
  for (const seed of [1, 2, 3]) {
    const numbers = inputs(shape, seed);
    const wanted = layerByLayer(model, shape, numbers);
    expect(plan.run(numbers)).toEqual(wanted);
    expect(product(plan.outputShape)).toBe(wanted.length);
  }
  plan.dispose();
  const { used } = engine.memoryStatistics;
  compile(model, shape).dispose();
  expect(engine.memoryStatistics.used).toBe(used);
}

/** Modules from a signal on S² on, drawn at random; those that only evaluation mode takes for one item come without. */
function drawModules(engine: Engine, rng: Random): { model: Sequential; shape: number[] } {
  const pick = <T>(...choices: readonly T[]): T => choices[rng.integer(choices.length)]!;
  let [channels, bandwidth] = [1 + rng.integer(3), 3 + rng.integer(3)];
  const shape = [pick(1, 2, 5), channels, 2 * bandwidth, 2 * bandwidth];
  const modules: Module[] = [];
  if (rng.next() < 0.3) modules.push(new BatchNorm2d(engine, { features: channels }));
  const sizes = (change: number) => {
    const [featuresIn, bandwidthIn] = [channels, bandwidth];
    [channels, bandwidth] = [1 + rng.integer(6), Math.max(1, bandwidth + change)];
    return { featuresIn, featuresOut: channels, bandwidthIn, bandwidthOut: bandwidth, rng };
  };
  modules.push(new S2Convolution(engine, { ...sizes(-rng.integer(3)), grid: s2NearIdentityGrid({ nAlpha: 4 }) }));
  const grid = so3NearIdentityGrid({ nAlpha: 3, nBeta: 1, nGamma: 2 });
  for (let i = rng.integer(5); i > 0; i--) {
    const draw = rng.integer(7);
    if (draw === 0) modules.push(new ReLU(engine));
    else if (draw === 1) modules.push(new SO3ReLU(engine, { oversampling: 1.5, orders: pick(undefined, 1, 2) }));
    else if (draw === 2) modules.push(new Softplus(engine));
    else if (draw === 3) modules.push(new BatchNorm3d(engine, { features: channels, affine: rng.next() < 0.5 }));
    else if (draw === 4) modules.push(new SO3BatchNorm(engine, { features: channels }), new ReLU(engine));
    else if (draw === 5) modules.push(new SO3Shortcut(engine, sizes(pick(-1, 0, 1))));
    else {
      const rectifier = pick(new ReLU(engine), new SO3ReLU(engine, { oversampling: 1, orders: 2 }));
      const orders = pick(undefined, 1, 3);
      modules.push(new SO3Convolution(engine, { ...sizes(pick(-1, 0, 1)), grid, orders }), rectifier);
    }
  }
  const end = rng.integer(4);
  if (end > 0) {
    modules.push(end === 1 ? new SO3Max(engine) : end === 2 ? new SO3Integrate(engine) : new Flatten(engine));
    if (end === 3) channels *= (2 * bandwidth) ** 3;
    if (rng.next() < 0.5) modules.push(new BatchNorm1d(engine, { features: channels }));
    modules.push(new Linear(engine, { featuresIn: channels, featuresOut: 4, bias: rng.next() < 0.5, rng }));
    if (rng.next() < 0.5) modules.push(new LogSoftmax(engine));
  }
  const half = rng.integer(modules.length);
  const nested = rng.next() < 0.5;
  const model = nested
    ? new Sequential(engine, [...modules.slice(0, half), new Sequential(engine, modules.slice(half))])
    : new Sequential(engine, modules);
  for (const [name, { data }] of model.namedBuffers()) {
    if (name.endsWith("tracked")) continue;
    const numbers = data as Float32Array | Float64Array;
    numbers.set(Float64Array.from(numbers, () => rng.uniform(0.5, 2)));
  }
  return { model, shape };
}

describe.each(BUILDS)("networks, $dtype $build", ({ dtype, build }) => {
  test.each(Object.keys(NETWORKS))("%s", async (name) => {
    using engine = await createEngine({ dtype, build });
    const model = buildNetwork(name, engine, { seed: 5 });
    for (const batch of name === "mnist-deep" ? [1] : [1, 3]) expectSame(model, [batch, 1, 60, 60]);
  });
});

inEveryEngine((engine) => {
  test("random networks", () => {
    const rng = new Random(17);
    const types = new Set<string>();
    for (let i = 0; i < 40; i++) {
      const { model, shape } = drawModules(engine, rng.fork(String(i)));
      for (const { type } of model.modules()) types.add(type);
      expectSame(model, shape);
      model.dispose();
    }
    expect(types.size).toBe(16); // all but Conv2d, which the planar network has
  });

  test("dense inputs, inputs on SO(3), and operations of a user's modules", () => {
    const rng = new Random(3);
    expectSame(new Linear(engine, { featuresIn: 5, featuresOut: 3, rng }), [7, 5]);
    const grid = so3NearIdentityGrid({ nGamma: 2 });
    const sizes = { featuresIn: 2, featuresOut: 3, bandwidthIn: 3, bandwidthOut: 4 };
    expectSame(new SO3Convolution(engine, { ...sizes, grid, rng }), [2, 2, 6, 6, 6]);
    expectSame(new Sequential(engine, []), [2, 3]);
    const s2Grid = s2NearIdentityGrid({ nAlpha: 4 });
    const layer = new S2Convolution(engine, { ...sizes, bandwidthOut: 3, grid: s2Grid, rng });
    const residual = new Custom(engine, (x) => {
      const finer = s2Fft(changeBandwidth(x, 5), 6);
      const filter = filterSpectrum(layer.kernel, s2Grid, 5, 0.25); // computed anew each time, and so by the plan
      const y = so3Ifft(correlate(resizeSpectrum(finer, 7), filter, layer.bias), 4);
      return add(scale(y, 0.5), multiply(y, y));
    });
    expectSame(residual, [2, 2, 6, 6]);
  });
});

describe("a plan", async () => {
  const engine = await createEngine();
  const SHAPE = [3, 2, 8, 8];
  const x = inputs(SHAPE, 4);

  test("takes turns with others, with training and with what moves the engine's tables", () => {
    const model = smallNetwork(engine);
    const optimizer = new Adam(model.parameters());
    const plans = [1, 3, 5].map((batch) => compile(model, [batch, 2, 8, 8]));
    const check = () => {
      for (const plan of plans) {
        const numbers = inputs(plan.shape, 9);
        const wanted = layerByLayer(model, plan.shape, numbers);
        expect(plan.run(numbers)).toEqual(wanted);
        plan.input.set(numbers);
        expect(plan.run()).toEqual(wanted);
        expect(plan.output).toEqual(wanted);
      }
      return plans[1]!.run(x);
    };
    const outputs = [check()];
    engine.scope(() => {
      crossEntropy(model.train().forward(engine.signal(x, SHAPE)), [0, 1, 2]).backward();
      optimizer.step();
    });
    outputs.push(check());
    model.loadStateDict(smallNetwork(engine, 8).stateDict());
    outputs.push(check());
    const [norm] = model.modules().filter((module) => module instanceof BatchNorm3d);
    norm!.runningMean[1]! += 0.5;
    outputs.push(check());
    model.parameters()[0]!.assign(
      model
        .parameters()[0]!
        .toArray()
        .map((value) => 2 * value),
    );
    outputs.push(check());
    // Another output each time: had a change gone unnoticed, two would be the same.
    expect(new Set(outputs.map((numbers) => numbers.join())).size).toBe(5);
    engine.releaseTables();
    expect(check()).toEqual(outputs.at(-1));
    engine.scope(() => void s2Ifft(s2Fft(engine.signal(inputs([9, 1, 48, 48], 1), [9, 1, 48, 48]))));
    engine.scope(() => {});
    expect(check()).toEqual(outputs.at(-1));
  });

  test("uses the same memory in every run", () => {
    const model = smallNetwork(engine);
    const plan = compile(model, SHAPE);
    plan.run(x);
    const before = engine.memoryStatistics;
    for (let i = 0; i < 100; i++) plan.run(x);
    expect(engine.memoryStatistics).toEqual(before);
  });

  test("is not disturbed by what is made and released in between", () => {
    const plan = compile(smallNetwork(engine), SHAPE);
    const wanted = plan.run(x);
    for (let i = 0; i < 20; i++) {
      const ballast = engine.tensor(new Float64Array(5000 * (i + 1)).fill(Number(i)));
      expect(plan.run()).toEqual(wanted);
      ballast.dispose();
    }
  });

  test("keeps its view of the input when the memory grows", () => {
    const plan = compile(smallNetwork(engine), SHAPE);
    const wanted = plan.run(x);
    const { reserved } = engine.memoryStatistics;
    engine.tensor(new Float32Array(reserved / 2)).dispose();
    expect(engine.memoryStatistics.reserved).toBeGreaterThan(reserved);
    plan.input.set(x);
    expect(plan.run()).toEqual(wanted);
    expect(plan.output).toEqual(wanted);
  });

  test("leaves every module's mode as it was", () => {
    const model = smallNetwork(engine);
    model.modules()[2]!.eval();
    const modes = () => model.modules().map(({ training }) => training);
    const before = modes();
    const { data } = model.stateDict().get("norm.num_batches_tracked")!;
    const plan = compile(model, SHAPE);
    plan.run(x);
    expect(modes()).toEqual(before);
    expect(model.stateDict().get("norm.num_batches_tracked")!.data).toEqual(data);
  });

  test("compiles in a scope of the user's", () => {
    const model = smallNetwork(engine);
    const wanted = layerByLayer(model, SHAPE, x);
    const plan = engine.scope(() => {
      engine.releaseTables();
      const inner = compile(model, SHAPE);
      expect(inner.run(x)).toEqual(wanted);
      return inner;
    });
    expect(plan.run(x)).toEqual(wanted);
  });

  test("gives the same bits with threads", async () => {
    using several = await createEngine({ build: "plain", threads: threads(2) });
    using alone = await createEngine({ build: "plain" });
    const outputs = [several, alone].map((each) => {
      const plan = compile(buildNetwork("mnist-original-72", each), [8, 1, 60, 60]);
      return plan.run(inputs(plan.shape, 2));
    });
    expect(outputs[0]).toEqual(outputs[1]);
  });

  test("says what is wrong with its input", () => {
    const plan = compile(smallNetwork(engine), SHAPE);
    expect(() => plan.run(x.slice(1))).toThrow(ShapeError);
    expect(() => plan.run(x.slice(1))).toThrow(/plan.run: \[3, 2, 8, 8\] holds 384 numbers, got 383/);
    const bad = x.slice();
    bad[7] = Number.NaN;
    expect(() => plan.run(bad)).toThrow(ValueError);
    expect(() => plan.run(bad)).toThrow(/plan.run: numbers must be finite, got NaN at row-major place 7/);
    bad[7] = 1e300;
    expect(() => plan.run(bad)).toThrow(/plan.run: 1e\+300, at row-major place 7, does not fit f32/);
    plan.input[9] = Number.POSITIVE_INFINITY;
    expect(() => plan.run()).toThrow(/numbers must be finite/);
    expect(plan.run(x)).toEqual(layerByLayer(smallNetwork(engine), SHAPE, x));
  });

  test("says so when it, its network or its engine was released", async () => {
    const model = smallNetwork(engine);
    const plan = compile(model, SHAPE);
    const other = compile(model, SHAPE);
    plan.dispose();
    plan.dispose();
    for (const use of [() => plan.run(x), () => plan.input, () => plan.output, () => plan.outputShape]) {
      expect(use).toThrow(ReleasedTensorError);
      expect(use).toThrow(/this plan was released by dispose\(\)/);
    }
    model.dispose();
    expect(() => other.run(x)).toThrow(ReleasedTensorError);
    other.dispose();
    const ending = await createEngine();
    const last = compile(smallNetwork(ending), SHAPE);
    ending.dispose();
    expect(() => last.run(x)).toThrow(ReleasedEngineError);
    last.dispose();
  });

  test("notices that a tensor which a user's module keeps was released", () => {
    let offset = engine.tensor(inputs([2, 3], 5), [2, 3]).keep();
    const plan = compile(new Custom(engine, (y) => add(y, offset)), [2, 3]);
    const numbers = new Float64Array(6).fill(1);
    const before = plan.run(numbers);
    offset.dispose();
    expect(() => plan.run(numbers)).toThrow(ReleasedTensorError);
    offset = engine.tensor(inputs([2, 3], 6), [2, 3]).keep();
    expect(plan.run(numbers)).not.toEqual(before);
    expect(plan.run(numbers)).toEqual(Float32Array.from(inputs([2, 3], 6), (value) => Math.fround(value) + 1));
  });
});

describe("compile refuses by name", async () => {
  const engine = await createEngine();
  const S2 = [2, 1, 8, 8];
  let flips = 0;
  let thirds = 0;
  let kept: Tensor[] = [];

  test.each<[string, readonly number[], (x: Tensor) => Tensor, RegExp]>([
    [
      "a look at the numbers",
      [4],
      (x) => (x.view()[0]! > 0 ? x : scale(x, 2)),
      /reads or writes numbers in JavaScript/,
    ],
    ["one number", [1], (x) => scale(x, x.item()), /reads or writes numbers in JavaScript/],
    ["numbers from outside", [4], (x) => add(x, engine.tensor([1, 2, 3, 4])), /reads or writes numbers/],
    ["sum", [4], (x) => sum(x), /what sum answers|reads or writes numbers/],
    ["powerPerDegree", S2, (x) => powerPerDegree(s2Fft(x)), /reads or writes numbers/],
    ["evaluateSpectrum", S2, (x) => evaluateSpectrum(s2Fft(x), [0.3, 0.4]), /reads or writes numbers/],
    ["s2Rotation", S2, (x) => s2Rotation(x, { alpha: 1, beta: 2, gamma: 3 }), /reads or writes numbers/],
    ["the loss", [2, 3], (x) => crossEntropy(x, [0, 1]), /reads or writes numbers/],
    [
      "a new table",
      S2,
      (x) => s2Ifft(s2Fft(x, 1 + (flips++ % 2))),
      /reads or writes numbers|not do the same each time/,
    ],
    ["a number that is drawn anew", [4], (x) => scale(x, Math.random()), /does not do the same each time/],
    [
      "another way every third time",
      [4],
      (x) => (thirds++ % 3 === 2 ? add(x, x) : scale(x, 2)),
      /does not do the same each time/,
    ],
    [
      "tensors that stay",
      [4],
      (x) => {
        const y = scale(x, 2).keep();
        kept.push(y);
        return y;
      },
      /does not do the same each time/,
    ],
    [
      "a network that compiles",
      [4],
      (x) => {
        compile(new Sequential(engine, []), [4]);
        return x;
      },
      /in the midst of compiling another/,
    ],
  ])("%s", (_, shape, work, message) => {
    const { used } = engine.memoryStatistics;
    const attempt = () => compile(new Custom(engine, work), shape);
    expect(attempt).toThrow(CompilationError);
    expect(attempt).toThrow(message);
    for (const tensor of kept) tensor.dispose();
    kept = [];
    engine.releaseTables();
    expect(engine.memoryStatistics.used).toBeLessThanOrEqual(used);
    // And afterwards all works as before.
    expectSame(smallNetwork(engine), [2, 2, 8, 8]);
    engine.releaseTables();
  });

  test("training of a batch normalisation, which moves its statistics", () => {
    const norm = new BatchNorm1d(engine, { features: 3 });
    const stubborn = new Custom(engine, (x) => norm.train().forward(x));
    expect(() => compile(stubborn, [2, 3])).toThrow(CompilationError);
  });

  test("what is no network, shape, output or input", async () => {
    const identity = new Sequential(engine, []);
    const other = await createEngine();
    const foreign = other.tensor([1, 2, 3, 4]);
    expect(() => compile(null as unknown as Module, [4])).toThrow(/compile: expected a module, got null/);
    expect(() => compile(identity, "abc" as unknown as number[])).toThrow(/expected the input's shape/);
    expect(() => compile(new Custom(engine, () => foreign), [4])).toThrow(
      /a tensor of its own engine, got .* another engine/,
    );
    expect(() => compile(new Custom(engine, () => undefined as unknown as Tensor), [4])).toThrow(/got undefined/);
    const plan = compile(identity, [4]);
    for (const input of [null, 0, "abcd", new BigInt64Array(4)]) {
      expect(() => plan.run(input as unknown as number[])).toThrow(/plan.run: expected an array of numbers, got/);
    }
  });

  test("shapes and outputs that cannot be", () => {
    const identity = new Sequential(engine, []);
    expect(() => compile(identity, [1, 1, 7, 7])).toThrow(ShapeError);
    expect(() => compile(identity, [0, 3])).toThrow(/compile: the input must not be empty, got \[0, 3\]/);
    expect(() => compile(identity, [1.5])).toThrow(ShapeError);
    expect(() => compile(smallNetwork(engine), [2, 1, 8, 8])).toThrow(ShapeError);
    const spectrum = new Custom(engine, (x) => s2Fft(x));
    expect(() => compile(spectrum, S2)).toThrow(
      /expected a network that gives a dense tensor or a signal, got s2 spectrum/,
    );
  });
});
