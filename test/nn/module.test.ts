// What modules share: modes, gradients, lifetimes; and what each of the small ones does.

import { describe, expect, test } from "vitest";
import { MemoryExhaustedError, ReleasedTensorError, ValueError } from "../../src/errors.ts";
import { ReLU } from "../../src/nn/activations.ts";
import { BatchNorm1d, BatchNorm2d, BatchNorm3d } from "../../src/nn/batch-norm.ts";
import { S2Convolution, SO3Convolution } from "../../src/nn/convolution.ts";
import { Linear } from "../../src/nn/linear.ts";
import { Module } from "../../src/nn/module.ts";
import { SO3Max } from "../../src/nn/pooling.ts";
import { Sequential } from "../../src/nn/sequential.ts";
import { sum } from "../../src/ops/sum.ts";
import { Random } from "../../src/random.ts";
import { so3IdentityGrid } from "../../src/sphere/grids.ts";
import { createEngine } from "../../src/tensor/engine.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { inEveryEngine } from "../support/engines.ts";
import { random } from "../support/gradient-check.ts";
import { batch, network, predict, trainingStep } from "../support/small-network.ts";

inEveryEngine((engine) => {
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
    });

    test("what evaluation keeps of a filter is released when gradients are recorded", () => {
      using model = network(engine);
      trainingStep(engine, model);
      const { used } = engine.memoryStatistics;
      predict(engine, model.eval());
      expect(engine.memoryStatistics.used).toBeGreaterThan(used);
      trainingStep(engine, model.train());
      expect(engine.memoryStatistics.used).toBe(used);
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
      const settings = { features: 1, epsilon: "1e-3" as unknown as number };
      expect(() => new BatchNorm1d(engine, settings)).toThrow(/epsilon must be between 0 and 1, got "1e-3"/);
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

  test("Sequential refuses names that a state dict or a checkpoint could not tell apart", () => {
    const named = (...names: string[]) =>
      new Sequential(
        engine,
        names.map((name) => [name, new ReLU(engine)] as const),
      );
    for (const names of [["a", "a"], [""], ["a.b"], ["a/b"]]) expect(() => named(...names)).toThrow(ValueError);
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

test("a Sequential releases only what was made on the way, inside a scope and outside", async () => {
  const engine = await createEngine({ dtype: "f32", build: "plain" });
  class Constant extends Module {
    constructor(readonly kept: Tensor) {
      super(engine, "Constant");
    }

    override forward(): Tensor {
      return this.kept;
    }
  }
  const x = engine.tensor([1]);
  const y = engine.tensor([-2, 3]);
  const model = new Sequential(engine, [new ReLU(engine), new Constant(y), new ReLU(engine), new ReLU(engine)]);
  const { used } = engine.memoryStatistics;
  engine.noGrad(() => {
    for (let i = 0; i < 2; i++) {
      const z = model.forward(x);
      expect([...z.toArray()]).toEqual([0, 3]);
      z.dispose();
      engine.scope(() => expect([...model.forward(x).toArray()]).toEqual([0, 3]));
    }
    expect(new Sequential(engine, []).forward(x)).toBe(x);
    expect(new Sequential(engine, [new Constant(y)]).forward(x)).toBe(y);
  });
  expect([...x.toArray(), ...y.toArray()]).toEqual([1, -2, 3]);
  expect(engine.memoryStatistics.used).toBe(used);
});

test("a constructor that meets the end of memory leaves nothing taken", async () => {
  const engine = await createEngine({ dtype: "f32", build: "plain", memoryLimit: 2 ** 17 });
  const rng = new Random(0);
  const sizes = { featuresIn: 1, bandwidthIn: 2, bandwidthOut: 2, rng };
  // Each has a large parameter that fits, and one more that does not: all memory but the first is taken.
  const makers: [numbers: number, make: () => Module][] = [
    [64, () => new Linear(engine, { featuresIn: 1, featuresOut: 64, rng })],
    [64, () => new BatchNorm1d(engine, { features: 64 })],
    [64, () => new SO3Convolution(engine, { ...sizes, featuresOut: 64, grid: so3IdentityGrid() })],
  ];
  for (const [numbers, make] of makers) {
    const { used, reserved } = engine.memoryStatistics;
    const rest = engine.memory.limit - Math.max(used, 64) - 4 * numbers;
    const filler = engine.memory.allocate(Math.floor(rest / 64) * 64 - 64);
    const full = engine.memoryStatistics.used;
    expect(make).toThrow(MemoryExhaustedError);
    expect(engine.memoryStatistics.used).toBe(full);
    engine.memory.free(filler);
    expect(reserved).toBeLessThanOrEqual(engine.memory.limit);
    make().dispose();
    expect(engine.memoryStatistics.used).toBe(used);
  }
});

test("what a caller left out or mixed up is refused by name", async () => {
  const engine = await createEngine();
  const rng = new Random(1);
  const sizes = { featuresIn: 1, featuresOut: 1, bandwidthIn: 2, bandwidthOut: 2 };
  const grid = so3IdentityGrid();
  const linear = new Linear(engine, { featuresIn: 1, featuresOut: 1, rng });
  const before = engine.memoryStatistics.used;
  const cases: [() => unknown, RegExp][] = [
    [() => new SO3Convolution(engine, { ...sizes, rng } as never), /^SO3Convolution: expected a grid on SO\(3\), got /],
    [() => new S2Convolution(engine, { ...sizes, rng } as never), /^S2Convolution: expected a grid on S², got /],
    [
      () => new SO3Convolution(engine, { ...sizes, grid } as never),
      /^SO3Convolution: expected rng, such as new Random/,
    ],
    [() => new Linear(engine, { featuresIn: 1, featuresOut: 1 } as never), /^Linear: expected rng, such as new Random/],
    [() => new Sequential(engine, [5] as never), /^Sequential: expected modules or pairs .*, got 5 as number 0$/],
    [() => new Sequential(engine, [["a", null]] as never), /^Sequential: expected modules or pairs \[name, module\]/],
    [() => new Sequential(engine, [null] as never), /^Sequential: expected modules or pairs .*, got null as number 0$/],
    [() => linear.loadStateDict(null as never), /^loadStateDict: expected a Map, or an object, .* got null$/],
    [() => linear.loadStateDict([] as never), /^loadStateDict: expected a Map, or an object/],
    [
      () => linear.loadStateDict({ weight: 1 } as never),
      /^loadStateDict: weight: expected \{ shape, dtype, data \}, got 1$/,
    ],
    [() => linear.loadStateDict(new Map([["bias", null]]) as never), /^loadStateDict: bias: expected \{ shape/],
  ];
  for (const [work, message] of cases) {
    expect(work).toThrow(ValueError);
    expect(work).toThrow(message);
  }
  expect(engine.memoryStatistics.used).toBe(before);
});

test("a state dict may be a plain object", async () => {
  const engine = await createEngine();
  const [from, to] = [1, 2].map((seed) => new Linear(engine, { featuresIn: 2, featuresOut: 3, rng: new Random(seed) }));
  to!.loadStateDict(Object.fromEntries(from!.stateDict()));
  expect(to!.stateDict()).toEqual(from!.stateDict());
});
