// Evaluation and prediction: the numbers of a forward pass, however they are batched, and nothing moved by it.

import { expect, it, vi } from "vitest";
import { ShapeError, ValueError } from "../../src/errors.ts";
import { createEngine } from "../../src/tensor/engine.ts";
import { evaluate, predict } from "../../src/train/evaluate.ts";
import { relativeError } from "../support/signals.ts";
import { tinyDataset, tinyNetwork } from "./tiny.ts";

const COUNT = 11;
const all = Array.from({ length: COUNT }, (_, i) => i);

it("predicts what forward gives, in any batches", async () => {
  const engine = await createEngine({ dtype: "f64" });
  const network = tinyNetwork(engine);
  const { images, shape } = tinyDataset(COUNT).batch(all);
  const wanted = engine.scope(() =>
    engine.noGrad(() => network.eval().forward(engine.signal(images, shape)).toArray()),
  );
  for (const batch of [1, 4, 32]) {
    const logits = await predict(network, images as Uint8Array, shape, { batch });
    expect(logits).toBeInstanceOf(Float64Array);
    // Matrix products of another height may add in another order.
    expect(relativeError(logits, wanted)).toBeLessThan(1e-14);
  }
});

it("counts what the network gets right", async () => {
  const engine = await createEngine({ dtype: "f64" });
  const network = tinyNetwork(engine);
  const dataset = tinyDataset(COUNT);
  const { images, shape, labels } = dataset.batch(all);
  const logits = await predict(network, images as Uint8Array, shape);
  const confusion = [0, 1, 2].map(() => [0, 0, 0]);
  let loss = 0;
  for (const n of all) {
    const row = Array.from(logits.subarray(3 * n, 3 * n + 3));
    confusion[labels[n]!]![row.indexOf(Math.max(...row))]!++;
    loss += Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0)) - row[labels[n]!]!;
  }
  const seen: number[] = [];
  const result = await evaluate(network, dataset, { batch: 4, onProgress: (done) => seen.push(done) });
  expect(result.confusion).toEqual(confusion);
  expect(result.count).toBe(COUNT);
  expect(result.accuracy).toBe((confusion[0]![0]! + confusion[1]![1]! + confusion[2]![2]!) / COUNT);
  expect(result.loss).toBeCloseTo(loss / COUNT, 12);
  expect(seen).toEqual([4, 8, 11]);
});

it("runs many batches by a plan, with the same bits, however many are left over", async () => {
  const engine = await createEngine();
  const network = tinyNetwork(engine);
  const count = 131;
  const dataset = tinyDataset(count);
  const { images, shape } = dataset.batch(Array.from({ length: count }, (_, i) => i));
  const size = images.length / count;
  const wanted = [];
  for (let first = 0; first < count; first += 2) {
    const part = (images as Uint8Array).subarray(first * size, (first + 2) * size);
    wanted.push(...(await predict(network, part, [part.length / size, ...shape.slice(1)])));
  }
  const plans = vi.spyOn(engine.memory, "stretch");
  const { used } = engine.memoryStatistics;
  expect([...(await predict(network, images as Uint8Array, shape, { batch: 2 }))]).toEqual(wanted);
  expect(plans).toHaveBeenCalledTimes(1);
  expect(engine.memoryStatistics.used).toBe(used);
  const { loss } = await evaluate(network, dataset, { batch: 2 });
  const layerByLayer = await evaluate(network, dataset, { batch: count });
  expect(loss).toBeCloseTo(layerByLayer.loss, 5); // rounding in another order
  expect(plans).toHaveBeenCalledTimes(2);
});

it("runs a network that cannot be compiled as it is", async () => {
  const engine = await createEngine();
  const network = tinyNetwork(engine);
  const forward = network.forward.bind(network);
  network.forward = (x) => {
    expect(x.view()[0]).toBeGreaterThanOrEqual(0);
    return forward(x);
  };
  const { images, shape } = tinyDataset(65).batch(Array.from({ length: 65 }, (_, i) => i));
  const wanted = await predict(tinyNetwork(engine), images as Uint8Array, shape, { batch: 1 });
  expect(await predict(network, images as Uint8Array, shape, { batch: 1 })).toEqual(wanted);
});

it("leaves mode, statistics and memory as they were", async () => {
  const engine = await createEngine();
  const network = tinyNetwork(engine);
  await evaluate(network, tinyDataset(COUNT));
  const { used } = engine.memoryStatistics;
  const before = network.stateDict();
  await evaluate(network, tinyDataset(COUNT));
  expect(network.training).toBe(true);
  expect(network.stateDict()).toEqual(before);
  expect(engine.memoryStatistics.used).toBe(used);
});

it("gives the same however many run at once, and leaves statistics alone", async () => {
  const engine = await createEngine();
  const network = tinyNetwork(engine);
  const { images, shape } = tinyDataset(COUNT).batch(all);
  const wanted = await predict(network, images as Uint8Array, shape, { batch: 1 });
  const before = network.stateDict();
  // The one with the larger batches ends while the other still has signals to do.
  const [few, many] = await Promise.all(
    [4, 1].map((batch) => predict(network, images as Uint8Array, shape, { batch })),
  );
  expect(many).toEqual(wanted);
  expect(relativeError(few!, wanted)).toBeLessThan(1e-6); // rounding in another order
  expect(network.stateDict()).toEqual(before);
  expect(network.training).toBe(true);
});

it("leaves a part that was put into evaluation mode there", async () => {
  const engine = await createEngine();
  const network = tinyNetwork(engine);
  const frozen = network
    .modules()
    .find(({ type }) => type === "BatchNorm1d")!
    .eval();
  await evaluate(network, tinyDataset(COUNT));
  expect(network.modules().filter(({ training }) => !training)).toEqual([frozen]);
});

it("computes the filters' spectra once, until a kernel changes", async () => {
  const engine = await createEngine();
  const network = tinyNetwork(engine);
  const { images, shape } = tinyDataset(COUNT).batch(all);
  const table = vi.spyOn(engine, "table");
  const filters = async () => {
    table.mockClear();
    await predict(network, images as Uint8Array, shape, { batch: 4 });
    return table.mock.calls.filter(([name]) => name.startsWith("harmonics/")).length;
  };
  expect(await filters()).toBe(2);
  expect(await filters()).toBe(0);
  const [kernel] = network.parameters();
  kernel!.assign(kernel!.toArray());
  expect(await filters()).toBe(1);
});

it("refuses what it cannot evaluate, by name", async () => {
  const engine = await createEngine();
  const network = tinyNetwork(engine);
  const dataset = tinyDataset(COUNT);
  await expect(evaluate(network, tinyDataset(0))).rejects.toThrow(/evaluate: expected at least one signal, got 0/);
  await expect(evaluate(network, dataset, { batch: 0 })).rejects.toThrow(/must be a positive integer, got 0/);
  await expect(evaluate(network, dataset, { stop: { aborted: true } })).rejects.toThrow(
    /stopped after 0 of 11 signals/,
  );
  const { images, shape } = dataset.batch([0]);
  const wrongLabel = { count: 1, batch: () => ({ images, shape, labels: [3] }) };
  await expect(evaluate(network, wrongLabel)).rejects.toThrow(ValueError);
  await expect(predict(network, new Uint8Array(100), [1, 1, 10, 10])).rejects.toThrow(ShapeError);
  await expect(predict(network, new Uint8Array(63), [1, 1, 8, 8])).rejects.toThrow(/holds 64 numbers, got 63/);
  await expect(predict(network, new Uint8Array(0), [0, 1, 8, 8])).rejects.toThrow(
    /expected at least one signal, got 0/,
  );
  const infinite = new Float32Array(64).fill(Number.POSITIVE_INFINITY);
  await expect(predict(network, infinite, [1, 1, 8, 8])).rejects.toThrow(/numbers must be finite/);
  for (const [images, kind] of [
    [new Array(64).fill(0), "Array"],
    [new BigInt64Array(64), "BigInt64Array"],
    [null, "Null"],
  ] as const) {
    const wrong = predict(network, images as never, [1, 1, 8, 8]);
    await expect(wrong).rejects.toThrow(new RegExp(`^predict: expected numbers in a typed array .*, got ${kind}$`));
  }
  expect(network.training).toBe(true);
});

it("refuses to give a result that is not finite", async () => {
  const engine = await createEngine({ dtype: "f32" });
  const network = tinyNetwork(engine);
  const [kernel] = network.parameters();
  kernel!.assign(kernel!.toArray().fill(1e30));
  const signals = new Float32Array(2 * 64).fill(1e30);
  signals.fill(0, 0, 64);
  const outputs = predict(network, signals, [2, 1, 8, 8], { batch: 1 });
  await expect(outputs).rejects.toThrow(
    /^predict: the result is not finite \((NaN|-?Infinity) for signal 1\): .* f32$/,
  );
});
