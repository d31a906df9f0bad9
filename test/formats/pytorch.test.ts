// The PyTorch reader: files as PyTorch wrote them, files put together by hand for what those do not show, tensors that lie,
// and the container before PyTorch 1.6.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { FormatError, UnsafePickleError } from "../../src/errors.ts";
import { readPyTorch } from "../../src/formats/pytorch.ts";
import { readSafetensors } from "../../src/formats/safetensors.ts";
import { toFloat64 } from "../../src/tensor-data.ts";
import * as t from "./torch-files.ts";

const reference = (name: string) => readFileSync(new URL(`../reference/${name}`, import.meta.url));
const stateDict = new Map(
  [...readSafetensors(reference("mnist_original.safetensors")).tensors]
    .filter(([name]) => name.startsWith("sd."))
    .map(([name, tensor]) => [name.slice(3), tensor]),
);
const bytesOf = (array: ArrayBufferView) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
const floats = (...values: number[]) => bytesOf(Float32Array.from(values));

describe("files of PyTorch", () => {
  it("reads a state_dict, bit for bit", () => {
    const { tensors, path } = readPyTorch(reference("pt/state_dict.pt"));
    expect(path).toEqual([]);
    expect(tensors.size).toBe(6);
    expect(tensors).toEqual(stateDict);
  });

  it("finds the model in a checkpoint and strips the prefix of DataParallel", () => {
    const { tensors, path } = readPyTorch(reference("pt/nested_module_prefix.pth"));
    expect(path).toEqual(["model"]);
    expect(tensors).toEqual(stateDict);
  });

  it("reads the format before PyTorch 1.6", () => {
    const { tensors } = readPyTorch(reference("pt/legacy_format.pt"));
    expect([...tensors]).toEqual([...stateDict].slice(0, 2));
  });

  it("reads views, scalars, empty tensors, every dtype and Parameters", () => {
    const { tensors } = readPyTorch(reference("pt/views_and_dtypes.pt"));
    const whole = Float32Array.from({ length: 24 }, (_, i) => i);
    expect(tensors.get("whole")).toEqual({ shape: [4, 6], dtype: "f32", data: whole });
    expect(tensors.get("view")).toEqual({ shape: [2, 3], dtype: "f32", data: Float32Array.of(8, 9, 10, 14, 15, 16) });
    const transposed = Float32Array.from(whole, (_, i) => (i % 4) * 6 + Math.floor(i / 4));
    expect(tensors.get("transposed")).toEqual({ shape: [6, 4], dtype: "f32", data: transposed });
    expect(tensors.get("scalar")).toEqual({ shape: [], dtype: "f32", data: Float32Array.of(2.5) });
    expect(tensors.get("empty")).toEqual({ shape: [0, 3], dtype: "f32", data: new Float32Array(0) });
    for (const dtype of ["half", "bf16"]) expect([...toFloat64(tensors.get(dtype)!)]).toEqual([1, 0.5, -2]);
    expect(tensors.get("double")).toEqual({ shape: [1], dtype: "f64", data: Float64Array.of(1 / 3) });
    expect(tensors.get("long")).toEqual({ shape: [3], dtype: "i64", data: BigInt64Array.of(1n, -2n, 3n) });
    expect(tensors.get("bool")).toEqual({ shape: [2], dtype: "bool", data: Uint8Array.of(1, 0) });
    expect(tensors.get("param")).toEqual({ shape: [2, 2], dtype: "f32", data: Float32Array.of(1, 1, 1, 1) });
    expect(tensors.size).toBe(11);
  });

  it.each([
    ["executes_code_refuse.pt", "posix.system"],
    ["whole_module_refuse.pt", "torch.nn.modules.linear.Linear"],
  ])("refuses %s by the name it asks for", (name, asked) => {
    expect(() => readPyTorch(reference(`pt/${name}`), name)).toThrow(UnsafePickleError);
    expect(() => readPyTorch(reference(`pt/${name}`), name)).toThrow(`${name}: the pickle asks for ${asked},`);
  });
});

const one = t.pair;
const data = t.pairData;
const read = (code: t.Code, storages: Readonly<Record<string, Uint8Array>> = data) =>
  readPyTorch(t.torchFile(code, storages), "x.pt");

describe("where the state dict is", () => {
  const weights = t.dict([t.str("w"), one]);
  const keys = (...pairs: [t.Code, t.Code][]) => {
    const { tensors, path } = read(t.dict(...pairs));
    return [path.join("/"), ...tensors.keys()];
  };

  it("is at the top, or under a well-known key", () => {
    expect(keys([t.str("w"), one])).toEqual(["", "w"]);
    for (const key of ["state_dict", "model_state_dict", "model", "net", "network"]) {
      expect(keys([t.str("epoch"), t.int(3)], [t.str(key), weights], [t.str("loss"), one])).toEqual([key, "w"]);
    }
    expect(keys([t.str("model"), t.dict([t.str("state_dict"), weights])])).toEqual(["model/state_dict", "w"]);
  });

  it("is not a dict without tensors", () => {
    expect(keys([t.str("model"), t.dict([t.str("depth"), t.int(3)])], [t.str("w"), one])).toEqual(["", "w"]);
  });

  it("joins dicts by dots and leaves out what is no tensor", () => {
    const inner = t.dict([t.int(0), one], [t.str("b"), t.none], [t.str("c"), t.list(one)]);
    expect(keys([t.str("layers"), inner], [t.str("name"), t.str("x")])).toEqual(["", "layers.0"]);
  });

  it("strips module. only from all", () => {
    expect(keys([t.str("module.w"), one], [t.str("module.b"), one])).toEqual(["", "w", "b"]);
    expect(keys([t.str("module.w"), one], [t.str("b"), one])).toEqual(["", "module.w", "b"]);
  });

  it("keeps names with a meaning in JavaScript as plain names", () => {
    expect(keys([t.str("__proto__"), one], [t.str("constructor"), one])).toEqual(["", "__proto__", "constructor"]);
  });
});

describe("tensors", () => {
  const single = (code: t.Code, storages?: Readonly<Record<string, Uint8Array>>) =>
    read(t.dict([t.str("w"), code]), storages).tensors.get("w")!;

  it("reads every storage class", () => {
    const types: [string, string, ArrayBufferView][] = [
      ["DoubleStorage", "f64", Float64Array.of(1, 2)],
      ["FloatStorage", "f32", Float32Array.of(1, 2)],
      ["HalfStorage", "f16", Uint16Array.of(1, 2)],
      ["BFloat16Storage", "bf16", Uint16Array.of(1, 2)],
      ["LongStorage", "i64", BigInt64Array.of(1n, -2n)],
      ["IntStorage", "i32", Int32Array.of(1, -2)],
      ["ShortStorage", "i16", Int16Array.of(1, -2)],
      ["CharStorage", "i8", Int8Array.of(1, -2)],
      ["ByteStorage", "u8", Uint8Array.of(1, 255)],
      ["BoolStorage", "bool", Uint8Array.of(1, 0)],
      ["ComplexFloatStorage", "c64", Float32Array.of(1, 2, 3, 4)],
      ["ComplexDoubleStorage", "c128", Float64Array.of(1, 2, 3, 4)],
    ];
    for (const [type, dtype, array] of types) {
      const got = single(t.tensor(t.storage(type, "0", 2), 0, [2], [1]), { "0": bytesOf(array) });
      expect(got).toEqual({ shape: [2], dtype, data: array });
    }
  });

  it("reads untyped storages by the tensor's dtype, and storages of CUDA", () => {
    const typed = t.call(
      t.global("torch._utils", "_rebuild_tensor_v3"),
      t.storage("UntypedStorage", "0", 8, "torch.storage"),
      ...[t.int(1), t.tuple(t.int(3)), t.tuple(t.int(1)), t.truth(false), t.orderedDict, t.global("torch", "uint16")],
    );
    expect(single(typed, { "0": bytesOf(Uint16Array.of(1, 2, 3, 4)) })).toMatchObject({
      dtype: "u16",
      data: Uint16Array.of(2, 3, 4),
    });
    expect(single(t.tensor(t.storage("FloatStorage", "0", 2, "torch.cuda"), 0, [2], [1])).data).toEqual(
      Float32Array.of(1, 2),
    );
  });

  it("reads strided complex numbers, overlapping windows and expanded scalars", () => {
    const complex = { "0": floats(0, 1, 2, 3, 4, 5, 6, 7) };
    const transposed = t.tensor(t.storage("ComplexFloatStorage", "0", 4), 0, [2, 2], [1, 2]);
    expect(single(transposed, complex).data).toEqual(Float32Array.of(0, 1, 4, 5, 2, 3, 6, 7));
    const windows = t.tensor(t.storage("FloatStorage", "0", 4), 1, [2, 2], [1, 1]);
    expect(single(windows, { "0": floats(0, 1, 2, 3) }).data).toEqual(Float32Array.of(1, 2, 2, 3));
    expect(single(t.tensor(t.storage("FloatStorage", "0", 2), 1, [3], [0])).data).toEqual(Float32Array.of(2, 2, 2));
  });

  it("keeps tied weights one array", () => {
    const { tensors } = read(t.dict([t.str("a"), t.put(one, 0)], [t.str("b"), t.get(0)]));
    expect(tensors.get("b")).toBe(tensors.get("a"));
  });

  it("swaps big-endian storages", () => {
    const entries: [string, Uint8Array][] = [
      ["a/data.pkl", t.pickle(t.dict([t.str("w"), one]))],
      ["a/byteorder", new TextEncoder().encode("big")],
      ["a/data/0", Uint8Array.of(0x3f, 0x80, 0, 0, 0xc0, 0, 0, 0)],
    ];
    expect(readPyTorch(t.zip(entries)).tensors.get("w")!.data).toEqual(Float32Array.of(1, -2));
  });

  it("reads pickle protocol 4, and attributes of an OrderedDict", () => {
    const short = (value: string) => [0x8c, value.length, ...new TextEncoder().encode(value)];
    const framed = [
      0x80,
      4,
      0x95,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      ...short("collections"),
      0x94,
      ...short("OrderedDict"),
      0x93,
      0x94,
    ];
    const filled = [...framed, ...t.tuple(), 0x52, 0x28, ...short("w"), ...one, 0x75];
    const built = [...filled, ...t.dict([t.str("_metadata"), t.orderedDict]), 0x62, 0x2e];
    expect([...readPyTorch(t.torchFile(Uint8Array.from(built), data)).tensors.keys()]).toEqual(["w"]);
  });

  it("reads ZIP64 archives", () => {
    const file = t.torchFile(t.dict([t.str("w"), one]), data, true);
    expect(readPyTorch(file).tensors.get("w")!.data).toEqual(Float32Array.of(1, 2));
  });

  const view = (offset: number, shape: number[], strides: number[]) => () =>
    single(t.tensor(two, offset, shape, strides));
  const two = t.storage("FloatStorage", "0", 2);
  it.each([
    ["a view past the end", view(0, [3], [1]), /reach element 3 of 2/],
    ["an offset past the end", view(2, [1], [1]), /reach element 3 of 2/],
    ["strides past the end", view(0, [2, 2], [2, 1]), /reach element 4 of 2/],
    ["strides that overflow", view(0, [2 ** 50, 2], [2 ** 50, 1]), /reach element .* of 2/],
    ["sizes that overflow", view(0, [2 ** 40, 2 ** 40], [0, 0]), /product is below 2\^53/],
    ["a scalar blown up to 10^12", view(0, [1e12], [0]), /takes 4000000000000 bytes.*views repeat/],
    ["a negative size", view(0, [-1], [1]), /none negative/],
    ["a negative offset", view(-1, [1], [1]), /none negative/],
    ["sizes and strides that disagree", view(0, [1, 1], [1]), /as many strides/],
    ["65 axes", view(0, new Array(65).fill(1), new Array(65).fill(1)), /at most 64/],
    ["a storage that is not there", () => single(one, {}), /storage "0" is not in the file/],
    ["a storage of another length", () => single(one, { "0": floats(1) }), /2 elements of f32, but has 4 bytes/],
  ])("refuses %s", (_, attempt, message) => {
    expect(attempt).toThrow(FormatError);
    expect(attempt).toThrow(/^x\.pt: /);
    expect(attempt).toThrow(message);
  });

  it("refuses a thousand repeated views that each look harmless", () => {
    const views = Array.from({ length: 1000 }, (_, i): [t.Code, t.Code] => [
      t.str(`w${i}`),
      t.tensor(two, 0, [99999], [0]),
    ]);
    expect(() => read(t.dict(...views))).toThrow(/views repeat far more than the file holds/);
  });
});

describe("the format before PyTorch 1.6", () => {
  const magic = Uint8Array.of(0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e);
  const count = Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0);
  const parts = {
    protocol: t.pickle(t.int(1001)),
    system: t.pickle(t.dict([t.str("little_endian"), t.truth(true)])),
    root: t.pickle(t.dict([t.str("w"), one])),
    keys: t.pickle(t.list(t.str("0"))),
    data: Uint8Array.from([...count, ...floats(1, 2)]),
  };
  const legacy = (changed: Partial<typeof parts>) =>
    Uint8Array.from([magic, ...Object.values({ ...parts, ...changed })].flatMap((part) => [...part]));

  it("reads one put together by hand", () => {
    expect(readPyTorch(legacy({})).tensors.get("w")!.data).toEqual(Float32Array.of(1, 2));
  });

  const viewed = t.tuple(
    t.str("storage"),
    t.global("torch", "FloatStorage"),
    t.str("0"),
    t.str("cpu"),
    t.int(2),
    t.tuple(),
  );
  it.each([
    ["another protocol", { protocol: t.pickle(t.int(1000)) }, /protocol 1001, got 1000/],
    ["no byte order", { system: t.pickle(t.none) }, /expected the byte order/],
    ["no list of storages", { keys: t.pickle(t.none) }, /expected the list of storages/],
    ["unknown storages", { keys: t.pickle(t.list(t.str("1"))) }, /got "1"/],
    ["a storage twice", { keys: t.pickle(t.list(t.str("0"), t.str("0"))) }, /once each/],
    [
      "another length",
      { data: Uint8Array.from([3, ...count.slice(1), ...floats(1, 2, 3)]) },
      /has 3 elements, expected 2/,
    ],
    ["a length of -1", { data: new Uint8Array(16).fill(255) }, /has -1 elements/],
    ["too few bytes", { data: Uint8Array.from([...count, 1]) }, /ends at byte/],
    ["too many bytes", { data: Uint8Array.from([...parts.data, 1]) }, /the storages end at byte/],
    [
      "a view of a storage",
      { root: t.pickle(t.dict([t.str("w"), [...viewed, 0x51]])) },
      /a view of another: save the file again/,
    ],
    ["code", { root: t.pickle(t.global("os", "system")) }, /asks for os\.system/],
  ])("refuses %s", (_, changed, message) => {
    expect(() => readPyTorch(legacy(changed), "x.pt")).toThrow(FormatError);
    expect(() => readPyTorch(legacy(changed), "x.pt")).toThrow(message);
  });
});
