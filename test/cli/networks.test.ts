// `predict`, `evaluate`, `info` and `demo` on files of weights: ours, made here, and PyTorch's, from the reference.

import { execFileSync } from "node:child_process";
import { lstatSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { readDigits } from "../../src/data/digits.ts";
import { SphericalMnist } from "../../src/data/spherical-mnist.ts";
import { readNpy, writeNpy } from "../../src/formats/npy.ts";
import { readSafetensors, writeSafetensors } from "../../src/formats/safetensors.ts";
import { buildNetwork } from "../../src/models/networks.ts";
import { createEngine } from "../../src/tensor/engine.ts";
import type { TensorData } from "../../src/tensor-data.ts";
import { saveCheckpoint } from "../../src/train/checkpoint.ts";
import { evaluate, predict } from "../../src/train/evaluate.ts";
import { namesIn, refused, succeed, temporaryFolder, writeMnist } from "../support/cli.ts";
import { referenceTensors } from "../support/reference.ts";
import { largestError } from "../support/signals.ts";
import { NETWORK_OUTPUT } from "../support/tolerances.ts";

const PYTORCH = "test/reference/pt/state_dict.pt";
const COUNT = 40;

const folder = temporaryFolder();
const path = (name: string) => join(folder, name);
function write(name: string, tensor: TensorData): string {
  writeFileSync(path(name), writeNpy(tensor));
  return path(name);
}

/** The build that the command line takes by itself; on Node 20 these tests alone run with the flag for relaxed SIMD. */
const build = Number(process.versions.node.split(".")[0]) < 22 ? "plain" : "auto";
const engine = await createEngine({ build });
const network = buildNetwork("mnist-original-72", engine, { seed: 3 });
const model = path("model.safetensors");
const shipped = await readDigits(
  readFileSync("models/mnist-test-500-images-idx3-ubyte.gz"),
  readFileSync("models/mnist-test-500-labels-idx1-ubyte.gz"),
  { limit: COUNT },
);
beforeAll(() => {
  writeFileSync(model, saveCheckpoint(network, { network: "mnist-original-72", seed: 3 }));
  writeMnist(folder, "t10k", shipped.images, shipped.labels);
});

describe("predict", () => {
  const reference = referenceTensors("mnist_original");
  const { shape, values } = reference.get("images_u8")!;
  const predictTo = (output: string, input: string, ...rest: string[]) =>
    succeed("predict", "--model", model, "--input", input, "--output", path(output), ...rest);
  const logits = (name: string) => readNpy(readFileSync(path(name)));

  test("u1, f4 and f8, in C and Fortran order, give the logits of the library", async () => {
    const wanted = await predict(network, Uint8Array.from(values), shape);
    const inputs = {
      u1: write("u1.npy", { shape, dtype: "u8", data: Uint8Array.from(values) }),
      f4: write("f4.npy", { shape, dtype: "f32", data: Float32Array.from(values) }),
      f8: write("f8.npy", { shape, dtype: "f64", data: values }),
      fortran: fortranFile("fortran.npy", shape, values),
    };
    for (const [name, input] of Object.entries(inputs)) {
      await predictTo(`logits-${name}.npy`, input);
      const got = logits(`logits-${name}.npy`);
      expect(got.dtype).toBe("f32");
      expect(got.shape).toEqual([shape[0], 10]);
      expect(got.data).toEqual(wanted);
    }
  });

  test("PyTorch's weights, by the network's name, give the reference's logits", async () => {
    const input = write("u1.npy", { shape, dtype: "u8", data: Uint8Array.from(values) });
    const said = JSON.parse(
      await succeed(
        ...["predict", "--model", PYTORCH, "--network", "mnist-original"],
        ...["--input", input, "--output", path("reference.npy"), "--json"],
      ),
    );
    expect(said).toMatchObject({ input: shape, output: [shape[0], 10] });
    const wanted = reference.get("logits_eval")!.values;
    expect(largestError(logits("reference.npy").data as Float32Array, wanted)).toBeLessThan(NETWORK_OUTPUT.f32);
  });

  /** NumPy's order "F": the first index runs fastest. */
  function fortranFile(name: string, sizes: readonly number[], numbers: Float64Array): string {
    const [count, , beta, alpha] = sizes as [number, number, number, number];
    const moved = new Uint8Array(numbers.length);
    for (let i = 0; i < numbers.length; i++) {
      const [n, j, k] = [Math.floor(i / (beta * alpha)), Math.floor(i / alpha) % beta, i % alpha];
      moved[(k * beta + j) * count + n] = numbers[i]!;
    }
    const bytes = writeNpy({ shape: sizes, dtype: "u8", data: moved });
    const header = Buffer.from(bytes).indexOf("False");
    bytes.set(Buffer.from("True ,"), header);
    writeFileSync(path(name), bytes);
    return path(name);
  }

  test("refused: other shapes, dtypes and numbers, other files, no name; nothing is written", async () => {
    const bad = (message: RegExp, input: string, ...rest: string[]) =>
      refused(message, "predict", "--model", model, "--input", input, "--output", path("never.npy"), ...rest);
    const f32 = (sizes: number[], fill = 0): TensorData => {
      const data = new Float32Array(sizes.reduce((a, n) => a * n, 1)).fill(fill);
      return { shape: sizes, dtype: "f32", data };
    };
    const good = write("good.npy", f32([1, 1, 60, 60]));
    const grey = f32([1, 1, 60, 60]);
    (grey.data as Float32Array)[7] = 255.5;
    const huge = new Float64Array(2 * 3600);
    huge[4000] = 1e300;
    const big = write("big.npy", { shape: [2, 1, 60, 60], dtype: "f64", data: huge });
    await Promise.all([
      bad(/expected signals \[N, 1, 60, 60\] \(β, α\), got \[1, 60, 60\]/, write("rank.npy", f32([1, 60, 60]))),
      bad(/got \[1, 1, 60, 58\]/, write("sides.npy", f32([1, 1, 60, 58]))),
      bad(/at least one signal/, write("empty.npy", f32([0, 1, 60, 60]))),
      bad(/small\.npy: .*bandwidth 30/, write("small.npy", f32([1, 1, 20, 20]))),
      bad(/finite, got NaN in signal 0/, write("nan.npy", f32([1, 1, 60, 60], Number.NaN))),
      bad(/dtype u1, f4 or f8, got i32/, write("i4.npy", { shape: [1], dtype: "i32", data: new Int32Array(1) })),
      bad(/big\.npy: numbers must fit f32 and be finite, got 1e\+300 in signal 1/, big),
      bad(/grey\.npy: this network reads grey values from 0 to 255, got 255\.5 in signal 0/, write("grey.npy", grey)),
      bad(
        /dark\.npy: this network reads grey values from 0 to 255, got -1/,
        write("dark.npy", f32([1, 1, 60, 60], -1)),
      ),
      bad(/not mnist-deep/, good, "--network", "mnist-deep"),
      bad(/no such file/, path("none.npy")),
    ]);
    const other = (message: RegExp, file: string, ...rest: string[]) =>
      refused(message, "predict", "--model", file, "--input", good, "--output", path("never.npy"), ...rest);
    writeFileSync(path("cut.safetensors"), readFileSync(model).subarray(0, 5000));
    await Promise.all([
      other(/carries no architecture/, PYTORCH),
      other(
        /state_dict\.pt: the weights do not fit mnist-original-72: .*conv2\.kernel/,
        PYTORCH,
        "--network",
        "mnist-original-72",
      ),
      other(/unknown network "lenet", expected one of mnist-original/, PYTORCH, "--network", "lenet"),
      other(/cut\.safetensors: /, path("cut.safetensors")),
      other(/posix|system/, "test/reference/pt/executes_code_refuse.pt", "--network", "mnist-original"),
      other(/no such file/, path("none.safetensors")),
    ]);
    expect(namesIn(folder)).not.toContain("never.npy");
  });
});

describe("what predict writes", () => {
  const zeros = { shape: [1, 1, 60, 60], dtype: "u8", data: new Uint8Array(3600) } as const;
  const predictTo = (output: string, ...rest: string[]) => [
    ...["predict", "--model", model, "--input", path("zeros.npy"), "--output", output, ...rest],
  ];
  beforeAll(() => {
    write("zeros.npy", zeros);
  });

  test("is never what it reads", async () => {
    symlinkSync(model, path("alias"));
    const before = readFileSync(model);
    await Promise.all([
      refused(/--output is the file of --model, .*model\.safetensors; give it another name/, ...predictTo(model)),
      refused(/--output is the file of --model/, ...predictTo(path("alias"))),
      refused(/--output is the file of --input, .*zeros\.npy/, ...predictTo(path("zeros.npy"))),
      refused(
        /--output is the file of --input/,
        ...["transform", "s2-fft", "--input", path("zeros.npy"), "--output", path("zeros.npy")],
      ),
    ]);
    expect(readFileSync(model)).toEqual(before);
    expect(readNpy(readFileSync(path("zeros.npy")))).toEqual(zeros);
  });

  test("goes where a link leads, and the link stays", async () => {
    writeFileSync(path("target.npy"), "old");
    symlinkSync("target.npy", path("link.npy"));
    symlinkSync("fresh.npy", path("dangling.npy"));
    for (const [link, target] of [
      ["link.npy", "target.npy"],
      ["dangling.npy", "fresh.npy"],
    ] as const) {
      await succeed(...predictTo(path(link)));
      expect(readlinkSync(path(link))).toBe(target);
      expect(lstatSync(path(target)).isFile()).toBe(true);
      expect(readNpy(readFileSync(path(target))).shape).toEqual([1, 10]);
    }
    symlinkSync("round", path("round"));
    await refused(/cannot write .*round: its links lead in a circle/, ...predictTo(path("round")));
  });

  test.skipIf(process.platform === "win32")("goes into a pipe, which stays one", async () => {
    execFileSync("mkfifo", [path("pipe")]);
    const reader = readFile(path("pipe"));
    await succeed(...predictTo(path("pipe")));
    expect(readNpy(await reader).shape).toEqual([1, 10]);
    expect(lstatSync(path("pipe")).isFIFO()).toBe(true);
  });

  test("is never a result that is not finite", async () => {
    const state = network.stateDict();
    for (const [name, { data }] of state) if (name.endsWith("kernel")) (data as Float32Array).fill(1e30);
    const hot = buildNetwork("mnist-original-72", engine);
    hot.loadStateDict(state);
    writeFileSync(path("hot.safetensors"), saveCheckpoint(hot, { network: "mnist-original-72" }));
    write("bright.npy", { ...zeros, data: new Uint8Array(3600).fill(255) });
    const args = ["predict", "--model", path("hot.safetensors"), "--input", path("bright.npy")];
    await refused(
      /predict: the result is not finite \((NaN|-?Infinity) for signal 0\)/,
      ...args,
      "--output",
      path("hot"),
    );
    expect(namesIn(folder)).not.toContain("hot");
  });
});

describe("evaluate", () => {
  test("accuracy and confusion matrix are those of the library", async () => {
    const rotated = ["--rotated", "--seed", "5", "--protocol", "paper"];
    for (const [options, settings] of [
      [[], {}],
      [rotated, { rotated: true, seed: 5, protocol: "paper" }],
    ] as const) {
      const wanted = await evaluate(network, new SphericalMnist({ ...shipped, ...settings }));
      const said = await succeed("evaluate", "--model", model, "--data", folder, "--json", ...options);
      const { accuracy, confusion, count } = JSON.parse(said);
      expect({ accuracy, confusion, count }).toEqual({
        accuracy: wanted.accuracy,
        confusion: wanted.confusion,
        count: COUNT,
      });
    }
    const text = await succeed("evaluate", "--model", model, "--data", folder, "--limit", "7");
    expect(text).toMatch(/^7 upright digits, protocol default: accuracy 0\.\d{4}/);
    expect(text).toMatch(/^is 9 +/m);
  });

  test("refused: no data, options out of range", async () => {
    const bad = (message: RegExp, data: string, ...rest: string[]) =>
      refused(message, "evaluate", "--model", model, "--data", data, ...rest);
    await Promise.all([
      bad(/fetch the files with: spherical-cnn data mnist/, path("nowhere")),
      bad(/--protocol: expected default, paper, got dh/, folder, "--protocol", "dh"),
      bad(/--limit: expected a whole number of at least 1, got 0/, folder, "--limit", "0"),
      bad(/--seed: expected a whole number of at least 0, got 1\.5/, folder, "--seed", "1.5"),
      refused(/--data is missing/, "evaluate", "--model", model),
      refused(/--model is missing/, "evaluate", "--data", folder),
    ]);
  });
});

describe("info", () => {
  test("of a checkpoint: architecture, parameters, tensors", async () => {
    const text = await succeed("info", model);
    expect(text).toContain("mnist-original-72");
    expect(text).toMatch(/parameters +58550/);
    expect(text).toMatch(/conv2\.kernel +f32 +\[20, 40, 72\]/);
    const json = JSON.parse(await succeed("info", model, "--json"));
    expect(json).toMatchObject({ network: "mnist-original-72", seed: 3, parameters: 58550 });
    expect(json.architecture).toEqual(network.describe());
    expect(json.tensors).toHaveLength(6);
  });

  test("of PyTorch's weights: tensors alone, or all of it by the network's name", async () => {
    expect(await succeed("info", PYTORCH)).toMatch(/not in the file; --network NAME/);
    expect(await succeed("info", PYTORCH, "--network", "mnist-original")).toMatch(/parameters +154550/);
    expect(JSON.parse(await succeed("info", PYTORCH, "--json"))).toMatchObject({
      architecture: null,
      parameters: null,
    });
  });

  /** The network in a file with other metadata. */
  function tampered(name: string, metadata: Record<string, string>): string {
    const file = readSafetensors(readFileSync(model));
    writeFileSync(path(name), writeSafetensors(file.tensors, { ...file.metadata, ...metadata }));
    return path(name);
  }

  test("what a file says of itself cannot break it, nor reach the terminal as it is", async () => {
    const odd = tampered("odd", {
      training: JSON.stringify({ records: [null, 7, { epoch: {} }, []], note: "\x9b31m" }),
    });
    expect(await succeed("info", odd)).toMatch(/epoch NaN {3}loss NaN/);
    const loud = tampered("loud", { version: "\x1b]0;owned\x07\u202e", training: '{"\\u001b[2J":1}' });
    for (const rest of [[], ["--json"]]) {
      const said = await succeed("info", loud, ...rest);
      expect(said.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      expect(said).toContain("\\u001b]0;owned");
    }
    expect(JSON.parse(await succeed("info", loud, "--json")).version).toBe("\x1b]0;owned\x07\u202e");
    await Promise.all([
      refused(/training: JSON nested more than 64 deep/, "info", tampered("deep", { training: "[".repeat(1e5) })),
      refused(/says that its network is mnist-deep, but carries/, "info", tampered("liar", { network: "mnist-deep" })),
      refused(/got "\\u001b\[31m/, "info", tampered("red", { spherical_cnn: "\x1b[31m" })),
    ]);
  });

  test("refused: files that are no weights, or that would execute code", async () => {
    writeFileSync(path("noise"), Buffer.from("not a checkpoint, surely"));
    writeFileSync(path("hollow"), "");
    await Promise.all([
      refused(
        /noise: expected a file of weights: safetensors .* or PyTorch's .*; got the bytes 6e 6f 74/,
        "info",
        path("noise"),
      ),
      refused(/zeros\.npy: expected a file of weights: .* got the bytes 93 4e 55/, "info", path("zeros.npy")),
      refused(/hollow: expected a file of weights: .* the file is empty/, "info", path("hollow")),
      refused(/no such file/, "info", path("none")),
      refused(/it is a folder/, "info", folder),
      refused(/posix|system/, "info", "test/reference/pt/executes_code_refuse.pt"),
      refused(/./, "info", "test/reference/pt/whole_module_refuse.pt"),
    ]);
  });
});

describe("demo", () => {
  test("table and drawings; the seed decides the rotations", async () => {
    const text = await succeed("demo", "--model", model, "--seed", "2");
    expect(text).toMatch(/^upright +500 +0\.\d{3} +\d+\.\d\d$/m);
    expect(text).toMatch(/^rotated \(seed 2\) +500 +0\.\d{3} +\d+\.\d\d$/m);
    expect(text).toMatch(/SIMD.*threads 1/);
    expect(text.match(/a [0-9], read as [0-9]/g)).toHaveLength(6);
    expect(text).toMatch(/[#%@]/);
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
    const result = async (threads: string) =>
      JSON.parse(await succeed("demo", "--model", model, "--seed", "2", "--threads", threads, "--json"));
    const [one, two] = [await result("1"), await result("2")];
    expect([one.threads, two.threads]).toEqual([1, 2]);
    expect(two.rotated.accuracy).toBe(one.rotated.accuracy);
  });

  test("refused: no model, a file that is none", async () => {
    await Promise.all([
      refused(/no such file/, "demo", "--model", path("none")),
      refused(/--seed: expected a whole number/, "demo", "--seed", "x"),
    ]);
  });
});
