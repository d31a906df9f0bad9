// 100,000 seeded mutations of small valid files per format: each must be read or refused with a FormatError, within a
// second and without more than 64 MB beyond what was there before. Checkpoints, a safetensors file from which a network is
// made, get a fifth of that: they may also be refused for what they say of the network, and all that it took comes back.
//
// Both are taken round each call; memory is that of the heap and of the array buffers, with whatever garbage the call
// left behind.

import { readFileSync } from "node:fs";
import { getHeapStatistics } from "node:v8";
import { describe, expect, it } from "vitest";
import { FormatError, StateDictError, ValueError } from "../../src/errors.ts";
import { readIdx } from "../../src/formats/idx.ts";
import { readNpy, writeNpy } from "../../src/formats/npy.ts";
import { readPyTorch } from "../../src/formats/pytorch.ts";
import { readSafetensors, writeSafetensors } from "../../src/formats/safetensors.ts";
import { createEngine } from "../../src/tensor/engine.ts";
import type { TensorData } from "../../src/tensor-data.ts";
import { loadCheckpoint, saveCheckpoint } from "../../src/train/checkpoint.ts";
import { Trainer } from "../../src/train/trainer.ts";
import { tinyDataset, tinyNetwork } from "../train/tiny.ts";
import * as t from "./torch-files.ts";

const MUTATIONS = 100_000;
const MAX_SECONDS = 1;
const MAX_BYTES = 64 << 20;

/** Integers at which lengths, offsets and counts tip over. */
const INTERESTING = [0, 1, 2, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1]
  .map(BigInt)
  .concat([2n ** 32n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n]);
/** Digits at which sizes written as text tip over, and marks of the text headers. */
const SNIPPETS = [
  "0",
  "-1",
  "1e99",
  "4294967296",
  "9007199254740993",
  "18446744073709551616",
  '"',
  "'",
  "{",
  "}",
  "[",
  "]",
  "(",
  ")",
  ",",
  ":",
  "\\",
];

/** xorshift32: the same mutations on every machine. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** One to four random changes. */
function mutate(original: Uint8Array, random: (below: number) => number): Uint8Array {
  let bytes = Buffer.from(original);
  for (let changes = 1 + random(4); changes > 0; changes--) {
    const at = random(bytes.length + 1);
    const span = 1 + random(8);
    const insert = (what: Uint8Array, over: number) => {
      bytes = Buffer.concat([bytes.subarray(0, at), what, bytes.subarray(at + over)]);
    };
    switch (random(8)) {
      case 0: // flip one bit
        if (at < bytes.length) bytes[at]! ^= 1 << random(8);
        break;
      case 1: // set one byte
        if (at < bytes.length) bytes[at] = random(256);
        break;
      case 2: // insert bytes
        insert(Buffer.from(Array.from({ length: span }, () => random(256))), 0);
        break;
      case 3: // delete bytes
        insert(Buffer.alloc(0), span);
        break;
      case 4: // cut the file
        if (random(8) === 0) bytes = bytes.subarray(0, at);
        break;
      case 5: {
        // overwrite with an integer of 1, 2, 4 or 8 bytes, of either byte order
        const width = 1 << random(4);
        const value = Buffer.alloc(8);
        value.writeBigUInt64LE(BigInt.asUintN(8 * width, INTERESTING[random(INTERESTING.length)]!));
        const integer = value.subarray(0, width);
        insert(random(2) ? integer : integer.reverse(), width);
        break;
      }
      case 6: // splice another part of the file over this one
        insert(bytes.subarray(random(bytes.length + 1)).subarray(0, 4 * span), random(2) * 4 * span);
        break;
      default: // insert or overwrite text
        insert(Buffer.from(SNIPPETS[random(SNIPPETS.length)]!), random(4));
    }
  }
  return new Uint8Array(bytes);
}

interface Format {
  readonly seeds: readonly Uint8Array[];
  readonly read: (bytes: Uint8Array) => Iterable<TensorData>;
  /** What surrounds the mutated bytes, where something must fit them: the lengths and checksums of a ZIP archive. */
  readonly wrap?: (bytes: Uint8Array) => Uint8Array;
  /** Another way to harm a file than `mutate`. */
  readonly harm?: typeof mutate;
  /** Errors that refuse a file: FormatError alone by default. */
  readonly refusals?: readonly (new (
    ...args: never[]
  ) => Error)[];
}

/** Bytes in the heap and in array buffers. */
function memory(): number {
  const { used_heap_size, external_memory } = getHeapStatistics();
  return used_heap_size + external_memory;
}

/** Reads every mutation; says how many were read and refused, and what a call took at most: milliseconds, bytes. */
function probe(format: Format, count: number, seed: number) {
  const { seeds, read, wrap = (bytes) => bytes, harm = mutate, refusals = [FormatError] } = format;
  const random = generator(seed);
  const result = { read: 0, refused: 0, slowest: 0, growth: 0 };
  for (let done = 0; done < count; done++) {
    const file = wrap(harm(seeds[done % seeds.length]!, random));
    let outcome: unknown;
    const before = memory();
    const start = performance.now();
    try {
      outcome = [...read(file)];
      result.read++;
    } catch (error) {
      outcome = error;
      result.refused++;
    }
    result.slowest = Math.max(result.slowest, performance.now() - start);
    result.growth = Math.max(result.growth, memory() - before);
    if (outcome instanceof Error && !refusals.some((kind) => outcome instanceof kind)) {
      throw new Error(`mutation ${done} of seed ${seed}: ${Buffer.from(file).toString("hex")}`, { cause: outcome });
    }
  }
  return result;
}

const vector: TensorData = { shape: [3], dtype: "f32", data: Float32Array.of(1, 2, 3) };
const matrix: TensorData = { shape: [2, 2], dtype: "i64", data: BigInt64Array.of(1n, 2n, 3n, 4n) };
const empty: TensorData = { shape: [0, 5], dtype: "f64", data: new Float64Array(0) };

const safetensors: Format = {
  seeds: [
    writeSafetensors(
      [
        ["w", vector],
        ["b", matrix],
        ["e", empty],
      ],
      { net: "x" },
    ),
    writeSafetensors([["w", { shape: [], dtype: "u8", data: Uint8Array.of(9) }]]),
  ],
  read: (bytes) => readSafetensors(bytes).tensors.values(),
};

/** The same array in Fortran order, other byte order or another version: the header is text, so edit it. */
const edited = (tensor: TensorData, from: string, to: string) =>
  Buffer.from(Buffer.from(writeNpy(tensor)).toString("latin1").replace(from, to), "latin1");
const npy: Format = {
  seeds: [
    writeNpy(vector),
    edited(matrix, "False", "True "),
    edited(vector, "<f4", ">f4"),
    writeNpy({ shape: [1, 1], dtype: "c128", data: Float64Array.of(1, 2) }),
    writeNpy(empty),
  ],
  read: (bytes) => [readNpy(bytes)],
};

const idx: Format = {
  seeds: [
    Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 3, 4),
    Uint8Array.of(0, 0, 13, 1, 0, 0, 0, 1, 63, 128, 0, 0),
    Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 0),
  ],
  read: (bytes) => [readIdx(bytes)],
};

const storages = { "0": new Uint8Array(24).fill(63), "1": new Uint8Array(8) };
const weights = t.dict(
  [t.str("w"), t.tensor(t.storage("FloatStorage", "0", 6), 1, [2, 2], [1, 2])],
  [t.str("s"), t.tensor(t.storage("LongStorage", "1", 1), 0, [], [])],
);
const checkpoint = t.dict([t.str("epoch"), t.int(3)], [t.str("model"), weights]);
const readTorch = (bytes: Uint8Array) => readPyTorch(bytes).tensors.values();
const archive: Format = {
  seeds: [t.torchFile(weights, storages), t.torchFile(checkpoint, storages, true)],
  read: readTorch,
};
const pickled: Format = {
  seeds: [t.pickle(weights), t.pickle(checkpoint)],
  read: readTorch,
  wrap: (pickle) => t.torchFile(pickle, storages),
};
const legacy: Format = {
  seeds: [readFileSync(new URL("../reference/pt/legacy_format.pt", import.meta.url))],
  read: readTorch,
};

const engine = await createEngine({ dtype: "f32", build: "plain", memoryLimit: MAX_BYTES });
const trainer = new Trainer(tinyNetwork(engine), tinyDataset(8), { epochs: 1, batch: 8 });
trainer.step();
const saved = readSafetensors(saveCheckpoint(trainer.network, { resume: trainer.state() }));
trainer.network.dispose();
trainer.dispose();
engine.releaseTables();
const { used } = engine.memoryStatistics;
const loaded = {
  read: (bytes: Uint8Array): TensorData[] => {
    if (engine.memoryStatistics.used !== used) throw new Error("the file before has left memory of the engine taken");
    const { network } = loadCheckpoint(engine, bytes);
    const tensors = [...network.stateDict().values()];
    network.dispose();
    return tensors;
  },
  refusals: [FormatError, ValueError, StateDictError],
};
/** What the checkpoint says of itself under `key`, mutated as text in a file that fits. */
const described = (key: "architecture" | "resume"): Format => ({
  ...loaded,
  seeds: [Buffer.from(saved.metadata[key]!)],
  wrap: (json) => writeSafetensors(saved.tensors, { ...saved.metadata, [key]: Buffer.from(json).toString("latin1") }),
});

/** One number in a JSON text becomes a power of two: sizes that a network could have, and what does not follow from them. */
function replaceNumber(json: Uint8Array, random: (below: number) => number): Uint8Array {
  const parts = Buffer.from(json)
    .toString()
    .split(/(?<=:)([\d.e-]+)/);
  parts[1 + 2 * random(parts.length >> 1)] = `${2 ** random(34)}`;
  return Buffer.from(parts.join(""));
}

describe("mutated files are read or refused, quickly and in little memory", () => {
  // Of the PyTorch mutations half go to the pickle, in an archive whose lengths and checksums fit: a mutated archive is
  // mostly refused for its checksums.
  it.each<[string, readonly [Format, number][]]>([
    ["safetensors", [[safetensors, MUTATIONS]]],
    [".npy", [[npy, MUTATIONS]]],
    ["IDX", [[idx, MUTATIONS]]],
    [
      ".pt",
      [
        [pickled, MUTATIONS / 2],
        [archive, MUTATIONS / 4],
        [legacy, MUTATIONS / 4],
      ],
    ],
    [
      "checkpoint",
      [
        [described("architecture"), MUTATIONS / 16],
        [{ ...described("architecture"), harm: replaceNumber }, MUTATIONS / 100],
        [described("resume"), MUTATIONS / 16],
        [{ ...loaded, seeds: [writeSafetensors(saved.tensors, saved.metadata)] }, MUTATIONS / 16],
      ],
    ],
  ])("%s", (name, parts) => {
    for (const [i, [format, count]] of parts.entries()) {
      // The unharmed files are read: what is refused is refused for its mutations.
      for (const seed of format.seeds)
        expect([...format.read((format.wrap ?? ((same) => same))(seed))].length).toBeGreaterThan(0);
      const result = probe(format, count, 12345 + i);
      expect(result.slowest).toBeLessThan(1000 * MAX_SECONDS);
      expect(result.growth).toBeLessThan(MAX_BYTES);
      expect(Math.min(result.read, result.refused)).toBeGreaterThan(0);
      expect(result.read + result.refused).toBe(count);
      console.info(
        `${name} ${i + 1}/${parts.length}: ${result.read} read, ${result.refused} refused; ` +
          `slowest ${result.slowest.toFixed(1)} ms, most memory ${(result.growth / 2 ** 20).toFixed(2)} MB`,
      );
    }
  });

  it("would notice too much memory, and errors of another kind", () => {
    // Four times the bound: what earlier tests left behind may be collected meanwhile, and is then missing from the sum.
    const wasteful = { seeds: [new Uint8Array(8)], read: () => [{ ...empty, data: new Float64Array(MAX_BYTES / 2) }] };
    expect(probe(wasteful, 1, 1).growth).toBeGreaterThanOrEqual(MAX_BYTES);
    expect(() => probe({ ...wasteful, read: () => [].at(0)! }, 1, 1)).toThrow(/^mutation 0 of seed 1: [0-9a-f]*$/);
  });
});
