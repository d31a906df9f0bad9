// State dicts: PyTorch's names, copies, every dtype, and errors that name everything and change nothing.

import { expect, test } from "vitest";
import { StateDictError, ValueError } from "../../src/errors.ts";
import { Linear } from "../../src/nn/linear.ts";
import type { StateDict } from "../../src/nn/module.ts";
import { Random } from "../../src/random.ts";
import { inEveryEngine } from "../support/engines.ts";
import { network, predict, trainingStep } from "../support/small-network.ts";

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
