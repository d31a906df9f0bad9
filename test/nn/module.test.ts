// What modules share: names, modes, state dicts, lifetimes.

import { describe, expect, test } from "vitest";
import { ReleasedTensorError, StateDictError, ValueError } from "../../src/errors.ts";
import { ReLU } from "../../src/nn/activations.ts";
import { BatchNorm1d, BatchNorm2d, BatchNorm3d } from "../../src/nn/batch-norm.ts";
import { S2Convolution, SO3Convolution } from "../../src/nn/convolution.ts";
import { Linear } from "../../src/nn/linear.ts";
import type { StateDict } from "../../src/nn/module.ts";
import { SO3Integrate, SO3Max } from "../../src/nn/pooling.ts";
import { Sequential } from "../../src/nn/sequential.ts";
import { crossEntropy } from "../../src/ops/losses.ts";
import { sum } from "../../src/ops/sum.ts";
import { Random } from "../../src/random.ts";
import { s2NearIdentityGrid, so3NearIdentityGrid } from "../../src/sphere/grids.ts";
import { createEngine, type Engine } from "../../src/tensor/engine.ts";
import { inEveryEngine } from "../support/engines.ts";
import { random } from "../support/gradient-check.ts";

/** A network with every kind of state: kernels, weights, running statistics. */
function network(engine: Engine, seed = 1): Sequential {
  const rng = new Random(seed);
  const grid = so3NearIdentityGrid({ nAlpha: 3, nBeta: 1, nGamma: 2 });
  const sizes = { featuresIn: 2, featuresOut: 3, bandwidthIn: 4, bandwidthOut: 3 };
  return new Sequential(engine, [
    ["conv1", new S2Convolution(engine, { ...sizes, grid: s2NearIdentityGrid({ nAlpha: 3, nBeta: 2 }), rng })],
    ["norm", new BatchNorm3d(engine, { features: 3 })],
    ["relu", new ReLU(engine)],
    ["conv2", new SO3Convolution(engine, { ...sizes, featuresIn: 3, bandwidthIn: 3, bandwidthOut: 2, grid, rng })],
    ["integrate", new SO3Integrate(engine)],
    [
      "head",
      new Sequential(engine, [
        new BatchNorm1d(engine, { features: 3 }),
        new Linear(engine, { featuresIn: 3, featuresOut: 5, rng }),
      ]),
    ],
  ]);
}

const batch = (engine: Engine, items = 3) => random.signal(engine, [items, 2, 8, 8], 7);

/** Forward, loss and backward in one scope. */
function trainingStep(engine: Engine, model: Sequential): number {
  return engine.scope(() => {
    const loss = crossEntropy(model.forward(batch(engine)), [0, 4, 2]);
    loss.backward();
    return loss.item();
  });
}

function predict(engine: Engine, model: Sequential): Float32Array | Float64Array {
  return engine.noGrad(() => engine.scope(() => model.forward(batch(engine)).toArray()));
}

const KEYS = [
  "conv1.kernel",
  "conv1.bias",
  "norm.weight",
  "norm.bias",
  "norm.running_mean",
  "norm.running_var",
  "norm.num_batches_tracked",
  "conv2.kernel",
  "conv2.bias",
  "head.0.weight",
  "head.0.bias",
  "head.0.running_mean",
  "head.0.running_var",
  "head.0.num_batches_tracked",
  "head.1.weight",
  "head.1.bias",
];

inEveryEngine((engine) => {
  describe("state dict", () => {
    test("has PyTorch's names in PyTorch's order", () => {
      using model = network(engine);
      const state = model.stateDict();
      expect([...state.keys()]).toEqual(KEYS);
      expect(model.namedParameters().map(([name]) => name)).toEqual(KEYS.filter((key) => !/running|tracked/.test(key)));
      expect(model.namedBuffers().map(([name]) => name)).toEqual(KEYS.filter((key) => /running|tracked/.test(key)));
      expect(state.get("conv1.kernel")!.shape).toEqual([2, 3, 6]);
      expect(state.get("conv2.bias")!.shape).toEqual([1, 3, 1, 1, 1]);
      expect(state.get("head.1.weight")!.shape).toEqual([5, 3]);
      expect(state.get("head.1.weight")!.dtype).toBe(engine.dtype);
      expect(state.get("norm.num_batches_tracked")).toEqual({ shape: [], dtype: "i64", data: new BigInt64Array(1) });
      expect(model.parameterCount()).toBe(36 + 3 + 6 + 54 + 3 + 6 + 20);
    });

    test("makes another network the same, running statistics included", () => {
      using model = network(engine, 1);
      using other = network(engine, 2);
      trainingStep(engine, model);
      expect(predict(engine, model.eval())).not.toEqual(predict(engine, other.eval()));
      const result = other.loadStateDict(model.stateDict());
      expect(result).toEqual({ missing: [], unexpected: [] });
      expect(other.stateDict()).toEqual(model.stateDict());
      expect(other.stateDict().get("norm.num_batches_tracked")!.data).toEqual(new BigInt64Array([1n]));
      expect(predict(engine, model)).toEqual(predict(engine, other));
    });

    test("holds copies", () => {
      using model = network(engine);
      const state = model.stateDict();
      const before = state.get("norm.running_mean")!.data.slice();
      trainingStep(engine, model);
      expect(state.get("norm.running_mean")!.data).toEqual(before);
      expect(model.stateDict().get("norm.running_mean")!.data).not.toEqual(before);
    });

    test("an error lists every name, and changes nothing", () => {
      using model = network(engine);
      const before = model.stateDict();
      const state: StateDict = model.stateDict();
      state.delete("conv1.bias");
      state.delete("norm.running_var");
      state.set("conv3.kernel", before.get("conv2.kernel")!);
      state.set("head.1.weight", { shape: [3, 5], dtype: "f32", data: new Float32Array(15) });
      state.set("head.1.bias", { shape: [5], dtype: "i64", data: new BigInt64Array(5) });
      state.set("norm.num_batches_tracked", { shape: [], dtype: "f32", data: new Float32Array(1) });
      state.set("conv1.kernel", { shape: [2, 3, 6], dtype: engine.dtype, data: new Float32Array(36).fill(9) });
      let error: unknown;
      try {
        model.loadStateDict(state);
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toBeInstanceOf(StateDictError);
      const { missing, unexpected, misshapen, message } = error as StateDictError;
      expect(missing).toEqual(["conv1.bias", "norm.running_var"]);
      expect(unexpected).toEqual(["conv3.kernel"]);
      expect([...misshapen].sort()).toEqual(["head.1.bias", "head.1.weight", "norm.num_batches_tracked"]);
      for (const name of [...missing, ...unexpected, ...misshapen]) expect(message).toContain(name);
      expect(message).toContain("head.1.weight: expected [5, 3], got [3, 5]");
      expect(message).toContain("head.1.bias: expected numbers of dtype f64, f32, f16, bf16, got i64");
      expect(model.stateDict()).toEqual(before);
    });

    test("not strict: takes what fits, returns the other names, still refuses other shapes", () => {
      using model = network(engine);
      const bias = new Float32Array([1, 2, 3, 4, 5]);
      const state: StateDict = new Map([
        ["head.1.bias", { shape: [5], dtype: "f32", data: bias }],
        ["elsewhere", { shape: [1], dtype: "f32", data: new Float32Array(1) }],
      ]);
      const { missing, unexpected } = model.loadStateDict(state, { strict: false });
      expect(missing).toEqual(KEYS.filter((key) => key !== "head.1.bias"));
      expect(unexpected).toEqual(["elsewhere"]);
      expect([...model.stateDict().get("head.1.bias")!.data]).toEqual([1, 2, 3, 4, 5]);
      state.set("head.1.bias", { shape: [4], dtype: "f32", data: new Float32Array(4) });
      expect(() => model.loadStateDict(state, { strict: false })).toThrow(StateDictError);
    });

    test("takes every float dtype and refuses NaN and infinity", () => {
      using model = new Linear(engine, { featuresIn: 2, featuresOut: 1, rng: new Random(0) });
      const load = (weight: object) =>
        model.loadStateDict(new Map([["weight", { shape: [1, 2], ...weight } as never]]), { strict: false });
      const weight = () => [...model.weight.toArray()];
      load({ dtype: "f64", data: new Float64Array([1.5, -2]) });
      expect(weight()).toEqual([1.5, -2]);
      load({ dtype: "f16", data: new Uint16Array([0x3c00, 0xc200]) });
      expect(weight()).toEqual([1, -3]);
      load({ dtype: "bf16", data: new Uint16Array([0x4040, 0xbf00]) });
      expect(weight()).toEqual([3, -0.5]);
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
        const bad = { dtype: "f32", data: new Float32Array([1, value]) };
        expect(() => load(bad)).toThrow(ValueError);
        expect(() => load(bad)).toThrow(new RegExp(`weight: numbers must be finite, got ${value} at place 1`));
      }
      expect(() => load({ dtype: "f32", data: new Float32Array(3) })).toThrow(/holds 2 numbers, got 3/);
      expect(weight()).toEqual([3, -0.5]);
    });

    test("a number beyond f32 is not infinity in an f32 engine", () => {
      using model = new Linear(engine, { featuresIn: 1, featuresOut: 1, bias: false, rng: new Random(0) });
      const load = () =>
        model.loadStateDict(new Map([["weight", { shape: [1, 1], dtype: "f64", data: new Float64Array([1e300]) }]]));
      if (engine.dtype === "f32") expect(load).toThrow(ValueError);
      else {
        load();
        expect([...model.weight.toArray()]).toEqual([1e300]);
      }
    });
  });

  describe("modes", () => {
    test("train and eval reach every module", () => {
      using model = network(engine);
      expect(model.modules().map((module) => module.type)).toEqual([
        "Sequential",
        "S2Convolution",
        "BatchNorm3d",
        "ReLU",
        "SO3Convolution",
        "SO3Integrate",
        "Sequential",
        "BatchNorm1d",
        "Linear",
      ]);
      expect(model.modules().every((module) => module.training)).toBe(true);
      expect(model.eval()).toBe(model);
      expect(model.modules().some((module) => module.training)).toBe(false);
      expect(
        model
          .train()
          .modules()
          .every((module) => module.training),
      ).toBe(true);
    });

    test("evaluation leaves running statistics alone, training counts batches", () => {
      using model = network(engine);
      trainingStep(engine, model);
      const before = model.stateDict();
      predict(engine, model.eval());
      expect(model.stateDict()).toEqual(before);
      trainingStep(engine, model.train());
      expect(model.stateDict().get("norm.num_batches_tracked")!.data).toEqual(new BigInt64Array([2n]));
    });

    test("what evaluation keeps of a filter never outlives the kernel that it was made from", () => {
      using model = network(engine, 1).eval();
      using fresh = network(engine, 2).eval();
      const first = predict(engine, model);
      expect(predict(engine, model)).toEqual(first);
      // Loaded weights, while it stays in evaluation.
      model.loadStateDict(fresh.stateDict());
      expect(predict(engine, model)).toEqual(predict(engine, fresh));
      // A change by hand, and one that an optimiser announces.
      const kernel = model.parameters()[0]!;
      kernel.assign(kernel.toArray().map((value) => value / 2));
      const halved = predict(engine, model);
      expect(halved).not.toEqual(predict(engine, fresh));
      fresh.loadStateDict(model.stateDict());
      expect(predict(engine, fresh)).toEqual(halved);
      // With gradients the filter is computed anew, with the same result.
      const recorded = engine.scope(() => model.forward(batch(engine)).toArray());
      expect(recorded).toEqual(halved);
      const { used } = engine.memoryStatistics;
      model.train();
      expect(engine.memoryStatistics.used).toBeLessThan(used);
    });
  });

  describe("gradients and lifetimes", () => {
    test("gradients add up until zeroGrad", () => {
      using model = new Linear(engine, { featuresIn: 2, featuresOut: 2, rng: new Random(0) });
      const step = () => engine.scope(() => sum(model.forward(engine.tensor([1, 2], [1, 2]))).backward());
      step();
      expect([...model.weight.grad!.toArray()]).toEqual([1, 2, 1, 2]);
      step();
      expect([...model.weight.grad!.toArray()]).toEqual([2, 4, 2, 4]);
      model.zeroGrad();
      expect(model.parameters().every(({ grad }) => grad === null)).toBe(true);
    });

    test("a step leaves no tensor behind, and disposal nothing at all", () => {
      const before = engine.memoryStatistics.used;
      const model = network(engine);
      trainingStep(engine, model);
      predict(engine, model.eval());
      model.zeroGrad();
      model.train();
      // Tables and scratch are made by now; from here on every step gives back all that it took.
      engine.releaseTables();
      const idle = engine.memoryStatistics.used;
      for (let i = 0; i < 3; i++) {
        trainingStep(engine, model);
        predict(engine, model.eval());
        model.train().zeroGrad();
        engine.releaseTables();
        expect(engine.memoryStatistics.used).toBe(idle);
      }
      model.dispose();
      model.dispose();
      expect(engine.memoryStatistics.used).toBeLessThanOrEqual(before);
      expect(() => trainingStep(engine, model)).toThrow(ReleasedTensorError);
    });

    test("the same seed gives the same loss, bit for bit", () => {
      using model = network(engine, 3);
      using again = network(engine, 3);
      expect(trainingStep(engine, model)).toBe(trainingStep(engine, again));
      expect(model.parameters().map(({ grad }) => grad!.toArray())).toEqual(
        again.parameters().map(({ grad }) => grad!.toArray()),
      );
    });

    test("backward after the scope of forward has ended is an error, not a silent zero", () => {
      using model = network(engine);
      const loss = engine.scope(() => sum(model.forward(batch(engine))));
      expect(() => loss.backward()).toThrow(ReleasedTensorError);
      loss.dispose();
    });
  });

  describe("batch normalisation", () => {
    test("each class takes its own kind of input", () => {
      engine.scope(() => {
        const inputs = [
          random.dense(engine, [4, 2]),
          random.signal(engine, [2, 2, 4, 4]),
          random.signal(engine, [2, 2, 4, 4, 4]),
        ];
        [BatchNorm1d, BatchNorm2d, BatchNorm3d].forEach((Type, i) => {
          using module = new Type(engine, { features: 2 });
          inputs.forEach((input, j) => {
            if (i === j) expect(module.forward(input).shape).toEqual(input.shape);
            else expect(() => module.forward(input)).toThrow(new RegExp(`${module.type}: expected`));
          });
          using other = new Type(engine, { features: 3 });
          expect(() => other.forward(inputs[i]!)).toThrow(/with 3 channels/);
        });
      });
    });

    test("without affine it has statistics alone; settings have ranges", () => {
      using module = new BatchNorm1d(engine, { features: 2, affine: false });
      expect([...module.stateDict().keys()]).toEqual(["running_mean", "running_var", "num_batches_tracked"]);
      expect(() => new BatchNorm1d(engine, { features: 0 })).toThrow(ValueError);
      expect(() => new BatchNorm1d(engine, { features: 1, epsilon: 0 })).toThrow(/epsilon must be between 0 and 1/);
      expect(() => new BatchNorm1d(engine, { features: 1, momentum: 2 })).toThrow(/momentum must be from 0 to 1/);
    });
  });

  test("Linear draws from U(−1/√in, 1/√in)", () => {
    using module = new Linear(engine, { featuresIn: 16, featuresOut: 64, rng: new Random(0) });
    const numbers = [...module.weight.toArray(), ...module.bias!.toArray()];
    expect(Math.max(...numbers.map(Math.abs))).toBeLessThanOrEqual(0.25);
    expect(Math.max(...numbers.map(Math.abs))).toBeGreaterThan(0.24);
  });

  test("SO3Max is the maximum over the group", () => {
    engine.scope(() => {
      const x = random.signal(engine, [1, 2, 4, 4, 4]);
      const values = Array.from(x.toArray());
      const expected = [Math.max(...values.slice(0, 64)), Math.max(...values.slice(64))];
      expect([...new SO3Max(engine).forward(x).toArray()]).toEqual(expected);
    });
  });

  test("Sequential refuses names that a state dict could not tell apart", () => {
    const named = (...names: string[]) =>
      new Sequential(
        engine,
        names.map((name) => [name, new ReLU(engine)] as const),
      );
    for (const names of [["a", "a"], [""], ["a.b"]]) expect(() => named(...names)).toThrow(ValueError);
  });
});

test("at inference a Sequential holds two layers' signals at a time", async () => {
  const engine = await createEngine({ dtype: "f32", build: "plain" });
  const relus = new Sequential(
    engine,
    Array.from({ length: 20 }, () => new ReLU(engine)),
  );
  engine.noGrad(() =>
    engine.scope(() => {
      const x = random.signal(engine, [1, 4, 16, 16, 16]);
      const { used } = engine.memoryStatistics;
      relus.forward(x);
      const bytes = 4 * 16 ** 3 * 4;
      expect(engine.memoryStatistics.used - used).toBe(bytes);
      expect(engine.memoryStatistics.peak - used).toBeLessThanOrEqual(2 * bytes);
    }),
  );
});
