// Checkpoints: one file rebuilds the network, other people's files need its name, and what does not fit is refused by name
// with nothing taken.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { FormatError, SphericalCnnError, StateDictError, UnsafePickleError, ValueError } from "../../src/errors.ts";
import { readSafetensors, writeSafetensors } from "../../src/formats/safetensors.ts";
import { buildNetwork } from "../../src/models/networks.ts";
import type { Module } from "../../src/nn/module.ts";
import { createEngine, type Engine } from "../../src/tensor/engine.ts";
import type { TensorData } from "../../src/tensor-data.ts";
import { loadCheckpoint, saveCheckpoint } from "../../src/train/checkpoint.ts";
import { predict } from "../../src/train/evaluate.ts";
import { Trainer } from "../../src/train/trainer.ts";
import { VERSION } from "../../src/version.ts";
import { BUILDS } from "../support/kernels.ts";
import { referenceTensors } from "../support/reference.ts";
import { NETWORK_OUTPUT } from "../support/tolerances.ts";
import { tinyDataset, tinyNetwork } from "./tiny.ts";

const pt = (name: string) => new Uint8Array(readFileSync(new URL(`../reference/pt/${name}`, import.meta.url)));

/** What `work` throws. */
function thrown(work: () => unknown): Error {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

/** Signals of the tiny network's size. */
const SIGNALS = tinyDataset(5).batch([0, 1, 2, 3, 4]);

function outputs(network: Module): Promise<Float32Array | Float64Array> {
  return predict(network, SIGNALS.images as Uint8Array, SIGNALS.shape);
}

/** A network whose every parameter and statistic has moved from where it began. */
function trained(engine: Engine): Trainer {
  const trainer = new Trainer(tinyNetwork(engine, 3), tinyDataset(20), { epochs: 2, batch: 8 });
  for (let i = 0; i < 4; i++) trainer.step();
  return trainer;
}

describe.each(BUILDS)("checkpoints, $dtype $build", ({ dtype, build }) => {
  it("rebuild the network in another engine", async () => {
    const { network, records } = trained(await createEngine({ dtype, build }));
    const bytes = saveCheckpoint(network, { seed: 3, training: { data: "tiny", records } });
    const loaded = loadCheckpoint(await createEngine({ dtype, build }), bytes);
    expect(loaded.network.stateDict()).toEqual(network.stateDict());
    expect(await outputs(loaded.network)).toEqual(await outputs(network));
    expect(loaded.info).toEqual({
      format: "safetensors",
      version: VERSION,
      architecture: network.describe(),
      network: null,
      seed: 3,
      training: { data: "tiny", records: JSON.parse(JSON.stringify(records)) },
      resume: null,
    });
  });

  it("take PyTorch's state dict, wherever it lies in the file, for the network that is named", async () => {
    const engine = await createEngine({ dtype, build });
    const reference = referenceTensors("mnist_original");
    const { shape, values } = reference.get("images_u8")!;
    const wanted = reference.get("logits_eval")!.values;
    const largest = Math.max(...wanted.map(Math.abs));
    for (const file of ["state_dict.pt", "nested_module_prefix.pth"]) {
      const { network, info } = loadCheckpoint(engine, pt(file), { network: "mnist-original" });
      expect(info).toMatchObject({ format: "pytorch", network: "mnist-original", version: null, resume: null });
      const logits = await predict(network, values, shape, { batch: 3 });
      const error = Math.max(...wanted.map((value, i) => Math.abs(logits[i]! - value))) / largest;
      expect(error).toBeLessThan(NETWORK_OUTPUT[dtype]);
      network.dispose();
    }
  });
});

describe("checkpoints", () => {
  it("hold plain tensors under PyTorch's names, for readers that are not ours", async () => {
    const network = buildNetwork("mnist-original-72", await createEngine());
    const bytes = saveCheckpoint(network, { network: "mnist-original-72" });
    const start = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, start)));
    expect(Object.keys(header)).toEqual(["__metadata__", ...network.stateDict().keys()]);
    for (const [name, { shape, data }] of network.stateDict()) {
      const { dtype, shape: stored, data_offsets } = header[name];
      expect([dtype, stored]).toEqual(["F32", shape]);
      const [begin, end] = data_offsets.map((offset: number) => start + offset);
      expect(new Float32Array(bytes.slice(begin, end).buffer)).toEqual(data);
    }
    const { architecture, ...rest } = header.__metadata__;
    expect(rest).toEqual({ format: "pt", spherical_cnn: "1", version: VERSION, network: "mnist-original-72" });
    expect(JSON.parse(architecture)).toEqual(network.describe());
  });

  it("know the package's version", () => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    expect(VERSION).toBe(version);
  });

  it("carry numbers from f64 to f32 and back", async () => {
    const [f32, f64] = [await createEngine({ dtype: "f32" }), await createEngine({ dtype: "f64" })];
    const original = trained(f64).network;
    const rounded = loadCheckpoint(f32, saveCheckpoint(original)).network;
    for (const [name, { data }] of rounded.stateDict()) {
      const { data: exact } = original.stateDict().get(name)!;
      expect(data).toEqual(name.endsWith("tracked") ? exact : Float32Array.from(exact as Float64Array));
    }
    const again = loadCheckpoint(f64, saveCheckpoint(rounded)).network;
    expect(loadCheckpoint(f32, saveCheckpoint(again)).network.stateDict()).toEqual(rounded.stateDict());
  });

  it("are for inference too when a run is to go on from them", async () => {
    const engine = await createEngine();
    const trainer = trained(engine);
    const bytes = saveCheckpoint(trainer.network, { resume: trainer.state() });
    const { network, info } = loadCheckpoint(engine, bytes);
    expect(await outputs(network)).toEqual(await outputs(trainer.network));
    const { optimizer, ...rest } = trainer.state();
    expect(info.resume).toMatchObject(rest);
    expect(info.resume!.optimizer.settings).toEqual(optimizer.settings);
  });

  it("need a name where there is no architecture, and the name must be right", async () => {
    const engine = await createEngine();
    const bytes = pt("state_dict.pt");
    const plain = writeSafetensors(buildNetwork("mnist-original", engine).stateDict());
    for (const file of [bytes, plain]) {
      const error = thrown(() => loadCheckpoint(engine, file, { where: "weights.pt" }));
      expect(error).toBeInstanceOf(ValueError);
      expect(error.message).toMatch(
        /^weights\.pt: the file carries no architecture; .* mnist-original, mnist-original-72, mnist-deep, planar$/,
      );
      expect(() => loadCheckpoint(engine, file, { network: "mnist" })).toThrow(/unknown network "mnist"/);
      expect(loadCheckpoint(engine, file, { network: "mnist-original" }).network.parameterCount()).toBe(154_550);
    }
    const { used } = engine.memoryStatistics;
    const misfit = thrown(() => loadCheckpoint(engine, bytes, { network: "mnist-original-72" }));
    expect(misfit).toBeInstanceOf(StateDictError);
    expect((misfit as StateDictError).misshapen).toEqual(["conv2.kernel"]);
    const other = thrown(() => loadCheckpoint(engine, bytes, { network: "mnist-deep" })) as StateDictError;
    expect(other.missing).toContain("convolutional.0.kernel");
    expect(other.unexpected).toContain("conv1.kernel");
    expect(engine.memoryStatistics.used).toBe(used);
  });

  it("do not let a name contradict the architecture they carry", async () => {
    const engine = await createEngine();
    const network = buildNetwork("mnist-original", engine);
    const bytes = saveCheckpoint(network, { network: "mnist-original" });
    expect(loadCheckpoint(engine, bytes, { network: "mnist-original" }).info.network).toBe("mnist-original");
    expect(() => loadCheckpoint(engine, bytes, { network: "mnist-original-72" })).toThrow(
      /holds mnist-original, not mnist-original-72/,
    );
    expect(() => saveCheckpoint(network, { network: "mnist-original-72" })).toThrow(/is not a mnist-original-72/);
    expect(() => loadCheckpoint(engine, saveCheckpoint(tinyNetwork(engine)), { network: "mnist-deep" })).toThrow(
      /holds a network of another architecture, not mnist-deep/,
    );
  });

  it("refuse pickles that are more than tensors, and what is no file of weights", async () => {
    const engine = await createEngine();
    const options = { network: "mnist-original" };
    expect(thrown(() => loadCheckpoint(engine, pt("executes_code_refuse.pt"), options))).toBeInstanceOf(
      UnsafePickleError,
    );
    expect(thrown(() => loadCheckpoint(engine, pt("whole_module_refuse.pt"), options))).toBeInstanceOf(
      UnsafePickleError,
    );
    const text = new TextEncoder().encode("these are not the weights you are looking for");
    expect(thrown(() => loadCheckpoint(engine, text, options))).toBeInstanceOf(FormatError);
    expect(thrown(() => loadCheckpoint(engine, new Uint8Array(0), options))).toBeInstanceOf(FormatError);
  });

  describe("that were tampered with", async () => {
    const engine = await createEngine();
    const trainer = trained(engine);
    const { tensors, metadata } = readSafetensors(saveCheckpoint(trainer.network, { resume: trainer.state() }));
    const resume = JSON.parse(metadata.resume!);
    const file = (changes: Record<string, string>, state: Iterable<[string, TensorData]> = tensors) =>
      writeSafetensors(state, { ...metadata, ...changes });
    const without = (name: string) => [...tensors].filter(([each]) => each !== name);

    it.each<[string, () => Uint8Array, new (...args: never[]) => Error, RegExp]>([
      ["another layout", () => file({ spherical_cnn: "2" }), FormatError, /expected version 1 .* got "2"/],
      ["architecture is no JSON", () => file({ architecture: "{" }), FormatError, /metadata architecture: not JSON/],
      ["architecture is null", () => file({ architecture: "null" }), FormatError, /describe a network/],
      ["unknown module", () => file({ architecture: '{"type":"Exec"}' }), FormatError, /unknown type "Exec"/],
      ["another module", () => file({ architecture: '{"type":"ReLU"}' }), StateDictError, /unexpected: 0\.kernel/],
      ["a tensor gone", () => file({}, without("2.bias")), StateDictError, /missing: 2\.bias \[1, 12, 1, 1, 1\]/],
      ["training is no JSON", () => file({ training: "[" }), FormatError, /metadata training: not JSON/],
      [
        "architecture too long",
        () => file({ architecture: " ".repeat(2 ** 20 + 1) }),
        FormatError,
        /1048577 characters/,
      ],
      [
        "architecture of brackets",
        () => file({ architecture: "[".repeat(1e5) }),
        FormatError,
        /nested more than 64 deep/,
      ],
      [
        "training of brackets",
        () => file({ training: "[".repeat(1e5) }),
        FormatError,
        /training: JSON nested more than 64/,
      ],
      [
        "a name of another architecture",
        () => file({ network: "mnist-original" }),
        FormatError,
        /says that its network is mnist-original, but carries another architecture/,
      ],
      ["seed is no number", () => file({ seed: "many" }), FormatError, /metadata seed/],
      ["resume is a list", () => file({ resume: "[]" }), FormatError, /metadata resume: expected it to be an object/],
      [
        "resume without epoch",
        () => file({ resume: JSON.stringify({ ...resume, epoch: null }) }),
        FormatError,
        /epoch/,
      ],
    ])("%s", (_, make, kind, message) => {
      const bytes = make();
      const { used } = engine.memoryStatistics;
      const error = thrown(() => loadCheckpoint(engine, bytes));
      expect(error).toBeInstanceOf(kind);
      expect(error.message).toMatch(message);
      expect(engine.memoryStatistics.used).toBe(used);
    });

    it.each<[string, Record<string, unknown>, RegExp]>([
      [
        "a parameter gone",
        { optimizer: { ...resume.optimizer, steps: { "0.kernel": 1 } } },
        /expected \d+ parameters, got 1/,
      ],
      ["another optimiser", { optimizer: { ...resume.optimizer, kind: "sgd" } }, /expected a state of adam, got sgd/],
      ["settings gone", { optimizer: { ...resume.optimizer, settings: {} } }, /setting learningRate must be a number/],
      ["a position beyond the end", { sums: { ...resume.sums, done: 20 } }, /a position in it/],
      ["other options", { options: { ...resume.options, batch: 5 } }, /had batch 5/],
    ])("is not gone on with: %s", (_, changes, message) => {
      const bytes = file({ resume: JSON.stringify({ ...resume, ...changes }) });
      const { network, info } = loadCheckpoint(engine, bytes);
      const fresh = new Trainer(network, tinyDataset(20), trainer.options);
      const error = thrown(() => fresh.loadState(info.resume!));
      expect(error).toBeInstanceOf(SphericalCnnError);
      expect(error.message).toMatch(message);
      expect(fresh.state().epoch).toBe(0);
      expect(fresh.optimizer.state().slots.every(({ steps }) => steps === 0)).toBe(true);
    });
  });
});

it("says which file and network do not fit", async () => {
  const engine = await createEngine();
  const options = { network: "mnist-original-72", where: "mine.pt" };
  const misfit = thrown(() => loadCheckpoint(engine, pt("state_dict.pt"), options));
  expect(misfit.message).toMatch(
    /^mine\.pt: the weights do not fit mnist-original-72: loadStateDict: .*conv2\.kernel/s,
  );
});

it("refuses an engine that is none: await forgotten, say", () => {
  const bytes = pt("state_dict.pt");
  for (const engine of [null, undefined, createEngine(), {}, "f32"]) {
    expect(() => loadCheckpoint(engine as never, bytes)).toThrow(
      /loadCheckpoint: expected an engine, which is what await/,
    );
  }
});

it("refuses bytes that are none, and content that it could not read back", async () => {
  const engine = await createEngine();
  for (const bytes of [null, undefined, new ArrayBuffer(8), "file", new Float32Array(2)]) {
    expect(() => loadCheckpoint(engine, bytes as never)).toThrow(/expected the file's bytes as a Uint8Array, got/);
  }
  const network = tinyNetwork(engine);
  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;
  for (const [content, message] of [
    [{ training: cyclic }, /saveCheckpoint: training: expected plain JSON/],
    [{ training: () => 1 }, /saveCheckpoint: training: expected plain JSON/],
    [{ training: { seed: 1n } }, /saveCheckpoint: training: expected plain JSON/],
    [{ seed: 1.5 }, /saveCheckpoint: expected the seed to be a whole number, got 1\.5/],
    [{ seed: Number.NaN }, /expected the seed to be a whole number/],
  ] as const) {
    const error = thrown(() => saveCheckpoint(network, content));
    expect(error).toBeInstanceOf(ValueError);
    expect(error.message).toMatch(message);
  }
});

it("refuses an architecture that asks for more than the file holds, before it is built", async () => {
  const engine = await createEngine();
  const layer = { type: "Linear", featuresIn: 8192, featuresOut: 8192, bias: true };
  const metadata = { format: "pt", spherical_cnn: "1", version: VERSION, architecture: JSON.stringify(layer) };
  const few: [string, TensorData][] = [["weight", { shape: [2], dtype: "f32", data: Float32Array.of(1, 2) }]];
  const error = thrown(() => loadCheckpoint(engine, writeSafetensors(few, metadata)));
  expect(error).toBeInstanceOf(FormatError);
  expect(error.message).toContain("more parameters than the file");
  expect(engine.memoryStatistics.peak).toBeLessThan(1e5);
});
