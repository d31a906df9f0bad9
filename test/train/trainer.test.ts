// The training loop on a tiny spherical network: it learns, its runs repeat and resume bit for bit, and it neither leaks
// nor grows.

import { describe, expect, it } from "vitest";
import { ShapeError, ValueError } from "../../src/errors.ts";
import { buildNetwork } from "../../src/models/networks.ts";
import { createEngine, type Engine } from "../../src/tensor/engine.ts";
import { loadCheckpoint, saveCheckpoint } from "../../src/train/checkpoint.ts";
import { evaluate } from "../../src/train/evaluate.ts";
import { type EpochRecord, type StepRecord, Trainer, type TrainingOptions } from "../../src/train/trainer.ts";
import { BUILDS } from "../support/kernels.ts";
import { tinyDataset, tinyNetwork } from "./tiny.ts";

const OPTIONS: TrainingOptions = { epochs: 3, batch: 8, learningRate: 0.01, seed: 5 };

/** Epochs of 20 signals: batches of 8, 8 and 4. */
const COUNT = 20;

/** What must be equal between runs: everything but times. */
function withoutTimes(records: readonly EpochRecord[]) {
  return records.map(({ seconds, signalsPerSecond, ...rest }) => rest);
}

function newTrainer(engine: Engine, options: Partial<TrainingOptions> = {}, seed = 1): Trainer {
  return new Trainer(tinyNetwork(engine, seed), tinyDataset(COUNT), { ...OPTIONS, ...options });
}

function steps(trainer: Trainer, count: number): StepRecord[] {
  return Array.from({ length: count }, () => trainer.step());
}

describe.each(BUILDS)("Trainer, $dtype $build", ({ dtype, build }) => {
  it("learns eight signals by heart", async () => {
    const engine = await createEngine({ dtype, build });
    const dataset = tinyDataset(8);
    const trainer = new Trainer(tinyNetwork(engine), dataset, { epochs: 150, batch: 8, learningRate: 0.03 });
    await trainer.run();
    expect(trainer.records.at(-1)!.accuracy).toBe(1);
    expect(trainer.records.at(-1)!.loss).toBeLessThan(1e-3);
    expect(trainer.records[0]!.loss).toBeGreaterThan(0.5);
  });

  it("repeats itself bit for bit", async () => {
    const engine = await createEngine({ dtype, build });
    const [one, two] = [newTrainer(engine), newTrainer(engine)];
    const losses = [one, two].map((trainer) => steps(trainer, 9).map(({ loss }) => loss));
    expect(losses[0]).toEqual(losses[1]);
    expect(two.network.stateDict()).toEqual(one.network.stateDict());
    expect(losses[0]).not.toEqual(steps(newTrainer(engine, { seed: 6 }), 9).map(({ loss }) => loss));
  });

  // After a whole epoch, in the middle of one, and before its short last batch.
  it.each([3, 4, 5])("goes on after %d steps as if it had not stopped", async (stop) => {
    const engine = await createEngine({ dtype, build });
    const through = newTrainer(engine);
    steps(through, 9);

    const first = newTrainer(engine);
    steps(first, stop);
    const file = saveCheckpoint(first.network, { resume: first.state() });

    const elsewhere = await createEngine({ dtype, build });
    const { network, info } = loadCheckpoint(elsewhere, file);
    const second = new Trainer(network, tinyDataset(COUNT), info.resume!.options);
    second.loadState(info.resume!);
    steps(second, 9 - stop);

    expect(second.network.stateDict()).toEqual(through.network.stateDict());
    expect(second.optimizer.state()).toEqual(through.optimizer.state());
    expect(withoutTimes(second.records)).toEqual(withoutTimes(through.records));
    expect(second.finished).toBe(true);
  });
});

describe("Trainer", () => {
  it("sees every signal once an epoch, in another order each time", async () => {
    const engine = await createEngine();
    const dataset = tinyDataset(COUNT);
    const seen: number[][] = [];
    const watched = {
      count: COUNT,
      batch: (numbers: ArrayLike<number>) => {
        seen.push(Array.from(numbers));
        return dataset.batch(numbers);
      },
    };
    await new Trainer(tinyNetwork(engine), watched, { ...OPTIONS, epochs: 2 }).run();
    expect(seen.map(({ length }) => length)).toEqual([8, 8, 4, 8, 8, 4]);
    const epochs = [seen.slice(0, 3).flat(), seen.slice(3).flat()];
    const all = Array.from({ length: COUNT }, (_, i) => i);
    for (const epoch of epochs) expect([...epoch].sort((a, b) => a - b)).toEqual(all);
    expect(epochs[0]).not.toEqual(epochs[1]);
    expect(epochs[0]).not.toEqual(all);
  });

  it("neither leaks nor grows in a thousand steps", async () => {
    const engine = await createEngine();
    const dataset = tinyDataset(100);
    const trainer = new Trainer(tinyNetwork(engine), dataset, { epochs: 1000, batch: 32 });
    trainer.step();
    const { used, reserved } = engine.memoryStatistics;
    for (let i = 0; i < 1000; i++) {
      trainer.step();
      expect(engine.memoryStatistics.used).toBe(used);
    }
    expect(engine.memoryStatistics.reserved).toBe(reserved);
  });

  it("may be evaluated between steps, which leaves nothing behind and changes nothing", async () => {
    const engine = await createEngine();
    const through = newTrainer(engine);
    steps(through, 4);
    const trainer = newTrainer(engine);
    steps(trainer, 2);
    await evaluate(trainer.network, trainer.dataset); // scratch grows to the larger batch
    const { used } = engine.memoryStatistics;
    await evaluate(trainer.network, trainer.dataset);
    expect(engine.memoryStatistics.used).toBe(used);
    expect(trainer.network.training).toBe(true);
    steps(trainer, 2);
    expect(trainer.network.stateDict()).toEqual(through.network.stateDict());
  });

  it("gives all its memory back", async () => {
    const engine = await createEngine();
    const before = newTrainer(engine);
    steps(before, 3);
    engine.releaseTables();
    const { used } = engine.memoryStatistics;
    const trainer = newTrainer(engine);
    steps(trainer, 3);
    trainer.network.dispose();
    trainer.dispose();
    engine.releaseTables();
    expect(engine.memoryStatistics.used).toBe(used);
  });

  it("reports steps and epochs", async () => {
    const engine = await createEngine();
    const trainer = newTrainer(engine, { schedule: { every: 2, gamma: 0.5 } });
    const stepRecords: StepRecord[] = [];
    const epochRecords: EpochRecord[] = [];
    const outcome = await trainer.run({
      onStep: (record) => stepRecords.push(record),
      onEpoch: async (record) => {
        await Promise.resolve();
        epochRecords.push(record);
      },
    });
    expect(outcome).toBe("finished");
    expect(stepRecords.map(({ epoch, done, count }) => [epoch, done, count])).toEqual(
      [0, 1, 2].flatMap((epoch) => [8, 16, 20].map((done) => [epoch, done, COUNT])),
    );
    expect(epochRecords).toEqual(trainer.records);
    expect(epochRecords.map(({ learningRate }) => learningRate)).toEqual([0.01, 0.01, 0.005]);
    expect(epochRecords[2]!.loss).toBeCloseTo(stepRecords[8]!.meanLoss, 12);
    expect(epochRecords[2]!.accuracy).toBe(stepRecords[8]!.accuracy);
    const mean = stepRecords.slice(0, 3).reduce((sum, { loss }, i) => sum + loss * [8, 8, 4][i]!, 0) / COUNT;
    expect(epochRecords[0]!.loss).toBeCloseTo(mean, 12);
    expect(() => trainer.step()).toThrow(/all 3 epochs are done/);
  });

  it("does not grow in its second step either, when the tables are made and the gradients kept in the first", async () => {
    const engine = await createEngine();
    const side = 60;
    const dataset = {
      count: 100,
      batch: (numbers: ArrayLike<number>) => ({
        images: Float32Array.from({ length: numbers.length * side * side }, (_, i) => (i * 7919) % 256),
        shape: [numbers.length, 1, side, side],
        labels: Array.from(numbers, (n) => n % 10),
      }),
    };
    const trainer = new Trainer(buildNetwork("mnist-original", engine), dataset, { epochs: 2 });
    trainer.step();
    const { reserved } = engine.memoryStatistics;
    steps(trainer, 7);
    expect(engine.memoryStatistics.reserved).toBe(reserved);
  });

  it("finishes the step at hand when asked to stop, and can go on", async () => {
    const engine = await createEngine();
    const through = newTrainer(engine);
    await through.run();
    const trainer = newTrainer(engine);
    const stop = new AbortController();
    let taken = 0;
    const outcome = await trainer.run({
      stop: stop.signal,
      onStep: () => {
        if (++taken === 4) stop.abort();
      },
    });
    expect([outcome, taken]).toEqual(["stopped", 4]);
    expect(await trainer.run()).toBe("finished");
    expect(trainer.network.stateDict()).toEqual(through.network.stateDict());
  });

  it("lets the event loop have its turn", async () => {
    const engine = await createEngine();
    const trainer = newTrainer(engine, { epochs: 100_000 });
    const stop = { aborted: false };
    setTimeout(() => {
      stop.aborted = true;
    }, 150);
    expect(await trainer.run({ stop })).toBe("stopped");
    expect(trainer.finished).toBe(false);
  });

  it("stops before weights are spoilt by a loss that is not finite", async () => {
    const engine = await createEngine();
    const trainer = newTrainer(engine);
    trainer.step();
    const { used } = engine.memoryStatistics;
    trainer.network.parameters().at(-1)!.assign([Number.NaN, 0, 0]);
    const before = trainer.network.stateDict();
    expect(() => trainer.step()).toThrow(/the loss became NaN in epoch 0 after 8 signals/);
    expect(trainer.network.stateDict()).toEqual(before);
    expect(engine.memoryStatistics.used).toBe(used);
  });

  it("leaves statistics and gradients as they were when a batch is refused, and goes on as if it had not been", async () => {
    const engine = await createEngine();
    const through = newTrainer(engine);
    steps(through, 2);

    const dataset = tinyDataset(COUNT);
    let classes = 3;
    const spoilt = {
      count: COUNT,
      batch: (numbers: ArrayLike<number>) => {
        const batch = dataset.batch(numbers);
        return { ...batch, labels: Array.from(batch.labels, (label) => label + 3 - classes) };
      },
    };
    const trainer = new Trainer(tinyNetwork(engine, 1), spoilt, OPTIONS);
    trainer.step();
    const before = trainer.network.stateDict();
    classes = 0; // labels from 3 on, which the loss refuses after the forward pass
    expect(() => trainer.step()).toThrow(/labels must be integers from 0 to 2/);
    expect(trainer.network.stateDict()).toEqual(before);
    classes = 3;
    // Gradients that someone else has left are no part of the step.
    const [kernel] = trainer.network.parameters();
    kernel!.grad = engine.tensor(kernel!.toArray(), kernel!.shape);
    trainer.step();
    expect(trainer.network.stateDict()).toEqual(through.network.stateDict());
  });

  it("trains with SGD", async () => {
    const engine = await createEngine();
    const options = { epochs: 100, batch: 8, optimizer: "sgd", learningRate: 0.05, momentum: 0.9 } as const;
    const trainer = new Trainer(tinyNetwork(engine), tinyDataset(8), options);
    await trainer.run();
    expect(trainer.records.at(-1)!.loss).toBeLessThan(trainer.records[0]!.loss / 100);
  });

  it("refuses options out of range", async () => {
    const engine = await createEngine();
    const refused = (options: Partial<TrainingOptions>) => () => newTrainer(engine, options);
    expect(refused({ epochs: 0 })).toThrow(/epochs must be a positive integer, got 0/);
    expect(refused({ batch: 2.5 })).toThrow(/batch must be a positive integer, got 2.5/);
    expect(refused({ seed: -1 })).toThrow(ValueError);
    expect(refused({ learningRate: Number.NaN })).toThrow(ValueError);
    expect(refused({ schedule: { every: 0, gamma: 1 } })).toThrow(ValueError);
    expect(refused({ optimizer: "lion" as "adam" })).toThrow(/optimizer must be "adam" or "sgd", got "lion"/);
    expect(() => new Trainer(tinyNetwork(engine), tinyDataset(0), OPTIONS)).toThrow(ShapeError);
  });

  it("refuses to go on with another run", async () => {
    const engine = await createEngine();
    const trainer = newTrainer(engine);
    steps(trainer, 4);
    const state = trainer.state();
    const refused = (options: Partial<TrainingOptions>) => () => newTrainer(engine, options).loadState(state);
    expect(refused({ batch: 4 })).toThrow(/had batch 8, this one has 4/);
    expect(refused({ seed: 6 })).toThrow(/had seed 5, this one has 6/);
    expect(() => new Trainer(tinyNetwork(engine), tinyDataset(30), OPTIONS).loadState(state)).toThrow(
      /had 20 signals, this data set has 30/,
    );
    expect(() => newTrainer(engine).loadState({ ...state, epoch: -1 })).toThrow(/expected an epoch and a position/);

    const longer = newTrainer(engine, { epochs: 4 });
    longer.loadState(state);
    steps(longer, 8);
    expect(longer.finished).toBe(true);
  });
});
