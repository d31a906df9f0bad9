// The networks of s2cnn's MNIST example against reference tensors that were computed independently in f64: logits, the
// loss, every parameter's gradient, and the running statistics after one training step.

import { describe, expect, it } from "vitest";
import { StateDictError, ValueError } from "../../src/errors.ts";
import { buildNetwork, NETWORKS, networkDescription } from "../../src/models/networks.ts";
import { moduleFromDescription } from "../../src/nn/describe.ts";
import type { Module } from "../../src/nn/module.ts";
import { crossEntropy } from "../../src/ops/losses.ts";
import { createEngine } from "../../src/tensor/engine.ts";
import type { TensorData } from "../../src/tensor-data.ts";
import { BUILDS } from "../support/kernels.ts";
import { type ReferenceTensor, referenceTensors } from "../support/reference.ts";
import { NETWORK_GRADIENT, NETWORK_OUTPUT } from "../support/tolerances.ts";

const REFERENCES = { "mnist-original": "mnist_original", "mnist-deep": "mnist_deep" } as const;

/** Largest error over largest magnitude. */
function deviation(computed: ArrayLike<number>, { values }: ReferenceTensor): number {
  expect(computed.length).toBe(values.length);
  let [error, size] = [0, 0];
  values.forEach((wanted, i) => {
    error = Math.max(error, Math.abs(computed[i]! - wanted));
    size = Math.max(size, Math.abs(wanted));
  });
  return error / size;
}

/** `sd.*` of the reference. Its writer had no scalars: the counters, of shape [] in PyTorch, are [1] there. */
function stateOf(reference: Map<string, ReferenceTensor>): Map<string, TensorData> {
  const state = new Map<string, TensorData>();
  for (const [name, { shape, values }] of reference) {
    if (!name.startsWith("sd.")) continue;
    const counter = name.endsWith("num_batches_tracked");
    const numbers = counter
      ? ({ dtype: "i64", data: BigInt64Array.from(values, BigInt) } as const)
      : ({ dtype: "f64", data: values } as const);
    state.set(name.slice(3), { shape, ...numbers });
  }
  return state;
}

describe.each(BUILDS)("reference networks, $dtype $build", ({ dtype, build }) => {
  const tolerance = NETWORK_OUTPUT[dtype];

  it.each(Object.keys(REFERENCES) as (keyof typeof REFERENCES)[])("%s", async (name) => {
    const reference = referenceTensors(REFERENCES[name]);
    const wanted = (key: string) => reference.get(key)!;
    const engine = await createEngine({ dtype, build });
    const network = buildNetwork(name, engine);
    network.loadStateDict(stateOf(reference));
    const images = wanted("images_u8");
    const labels = wanted("labels").values;

    engine.scope(() => {
      network.eval();
      const logits = engine.noGrad(() => network.forward(engine.signal(images.values, images.shape)));
      expect(deviation(logits.toArray(), wanted("logits_eval"))).toBeLessThan(tolerance);
    });
    engine.scope(() => {
      network.train();
      const logits = network.forward(engine.signal(images.values, images.shape));
      expect(deviation(logits.toArray(), wanted("logits_train"))).toBeLessThan(tolerance);
      const loss = crossEntropy(logits, labels);
      expect(deviation([loss.item()], wanted("loss_train"))).toBeLessThan(tolerance);
      loss.backward();
    });
    for (const [key, parameter] of network.namedParameters()) {
      expect(deviation(parameter.grad!.toArray(), wanted(`grad.${key}`)), key).toBeLessThan(
        NETWORK_GRADIENT[name][dtype],
      );
    }
    for (const [key, { data }] of network.namedBuffers()) {
      if (key.endsWith("num_batches_tracked")) {
        expect(data[0], key).toBe(BigInt(wanted(`sd.${key}`).values[0]!) + 1n);
        continue;
      }
      const numbers = data as Float32Array | Float64Array;
      expect(deviation(numbers, wanted(`after.${key}`)), key).toBeLessThan(tolerance);
    }
    network.dispose();
    expect([...reference.keys()].filter((key) => key.startsWith("grad.")).length).toBe(name === "mnist-deep" ? 26 : 6);
  });
});

describe("networks", () => {
  it.each([
    ["mnist-original", 154_550],
    ["mnist-original-72", 58_550],
    ["mnist-deep", 156_882],
    ["planar", 68_106],
  ])("%s has %d parameters", async (name, count) => {
    expect(buildNetwork(name, await createEngine()).parameterCount()).toBe(count);
  });

  it("have the state dicts of s2cnn's examples", async () => {
    const engine = await createEngine();
    const keys = (network: Module) =>
      Object.fromEntries([...network.stateDict()].map(([key, { shape }]) => [key, shape]));
    expect(keys(buildNetwork("mnist-original-72", engine))).toEqual({
      "conv1.kernel": [1, 20, 24],
      "conv1.bias": [1, 20, 1, 1, 1],
      "conv2.kernel": [20, 40, 72],
      "conv2.bias": [1, 40, 1, 1, 1],
      "out_layer.weight": [10, 40],
      "out_layer.bias": [10],
    });
    for (const [name, file] of Object.entries(REFERENCES)) {
      const shapes = [...stateOf(referenceTensors(file))].map(([key, { dtype, shape }]) => [
        key,
        dtype === "i64" ? [] : shape,
      ]);
      expect(keys(buildNetwork(name, engine))).toEqual(Object.fromEntries(shapes));
    }
  });

  it("are their descriptions, and these survive JSON", async () => {
    const engine = await createEngine();
    for (const name of Object.keys(NETWORKS)) {
      const description = networkDescription(name);
      expect(buildNetwork(name, engine).describe()).toEqual(description);
      const again = moduleFromDescription(engine, JSON.parse(JSON.stringify(description)));
      expect(JSON.stringify(again.describe())).toBe(JSON.stringify(description));
    }
  });

  it("have weights that the seed decides", async () => {
    const engine = await createEngine();
    const weights = (seed: number) => buildNetwork("mnist-original-72", engine, { seed }).stateDict();
    expect(weights(3)).toEqual(weights(3));
    expect(weights(3).get("conv2.kernel")).not.toEqual(weights(4).get("conv2.kernel"));
  });

  it("are refused by name", async () => {
    const engine = await createEngine();
    expect(() => buildNetwork("mnist", engine)).toThrow(ValueError);
    expect(() => buildNetwork("mnist", engine)).toThrow(
      /unknown network "mnist", expected one of mnist-original, mnist-original-72, mnist-deep, planar/,
    );
    expect(() => buildNetwork("toString", engine)).toThrow(ValueError);
    expect(() => buildNetwork(engine as never, "planar" as never)).toThrow(/unknown network Engine \{/);
    expect(() => buildNetwork("planar", createEngine() as never)).toThrow(/expected an engine, .* got Promise/);
  });

  it("refuse weights of another grid", async () => {
    const engine = await createEngine();
    const state = buildNetwork("mnist-original", engine).stateDict();
    const other = buildNetwork("mnist-original-72", engine);
    const before = other.stateDict();
    expect(() => other.loadStateDict(state)).toThrow(StateDictError);
    expect(() => other.loadStateDict(state)).toThrow(/conv2\.kernel: expected \[20, 40, 72\], got \[20, 40, 192\]/);
    expect(other.stateDict()).toEqual(before);
  });
});
