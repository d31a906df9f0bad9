// The safetensors reader and writer: against PyTorch-made reference files, golden bytes, a second reader, and each way
// in which a header can lie.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { FormatError, ShapeError, ValueError } from "../../src/errors.ts";
import { readSafetensors, writeSafetensors } from "../../src/formats/safetensors.ts";
import { itemSize, type StoredDtype, type TensorData } from "../../src/tensor-data.ts";

const reference = new URL("../reference/", import.meta.url);

/** A file from a header and its data part, with the true header length or a lie. */
function file(header: unknown, data: Uint8Array | number = 0, headerLength?: number): Uint8Array {
  const json = typeof header === "string" ? header : JSON.stringify(header);
  const text = new TextEncoder().encode(json);
  const body = typeof data === "number" ? new Uint8Array(data) : data;
  const bytes = new Uint8Array(8 + text.length + body.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength ?? text.length), true);
  bytes.set(text, 8);
  bytes.set(body, 8 + text.length);
  return bytes;
}

const one = (dtype: string, shape: unknown, offsets: unknown) => ({ a: { dtype, shape, data_offsets: offsets } });

const every: [string, TensorData][] = [
  ["bool", { shape: [3], dtype: "bool", data: Uint8Array.of(1, 0, 1) }],
  ["f64", { shape: [2], dtype: "f64", data: Float64Array.of(Math.PI, -0) }],
  ["f32", { shape: [1, 3], dtype: "f32", data: Float32Array.of(1, Number.NaN, -2.5) }],
  ["f16", { shape: [2], dtype: "f16", data: Uint16Array.of(0x3c00, 0xc000) }],
  ["bf16", { shape: [], dtype: "bf16", data: Uint16Array.of(0x3f80) }],
  ["i64", { shape: [1], dtype: "i64", data: BigInt64Array.of(-(2n ** 63n)) }],
  ["i32", { shape: [1], dtype: "i32", data: Int32Array.of(-7) }],
  ["i16", { shape: [1], dtype: "i16", data: Int16Array.of(-7) }],
  ["i8", { shape: [1], dtype: "i8", data: Int8Array.of(-7) }],
  ["u64", { shape: [1], dtype: "u64", data: BigUint64Array.of(2n ** 64n - 1n) }],
  ["u32", { shape: [1], dtype: "u32", data: Uint32Array.of(4294967295) }],
  ["u16", { shape: [1], dtype: "u16", data: Uint16Array.of(65535) }],
  ["u8", { shape: [1], dtype: "u8", data: Uint8Array.of(255) }],
  ["empty", { shape: [0, 3], dtype: "f32", data: new Float32Array(0) }],
  ['naïve "名"\n', { shape: [1], dtype: "u8", data: Uint8Array.of(3) }],
];

describe("reading", () => {
  it("reads every reference file as the manifest lists it", () => {
    const { files } = JSON.parse(readFileSync(new URL("manifest.json", reference), "utf8"));
    const dtypes: Record<string, string> = { float64: "f64", float32: "f32", int64: "i64", int32: "i32", uint8: "u8" };
    const names = Object.keys(files);
    expect(names.length).toBeGreaterThan(10);
    for (const name of names) {
      const { tensors } = readSafetensors(readFileSync(new URL(name, reference)), name);
      const listed = files[name].tensors as Record<string, { shape: number[]; dtype: string }>;
      expect([...tensors.keys()].sort()).toEqual(Object.keys(listed).sort());
      for (const [key, tensor] of tensors) {
        expect(tensor).toMatchObject({ shape: listed[key]!.shape, dtype: dtypes[listed[key]!.dtype] });
        expect(tensor.data.length).toBe(tensor.shape.reduce((a, b) => a * b, 1));
      }
    }
  });

  it("reads golden bytes, and copies them", () => {
    const bytes = file(one("F32", [2], [0, 8]), Uint8Array.of(0, 0, 128, 63, 0, 0, 0, 192));
    const { tensors, metadata } = readSafetensors(bytes);
    bytes.fill(0);
    expect(tensors).toEqual(new Map([["a", { shape: [2], dtype: "f32", data: Float32Array.of(1, -2) }]]));
    expect(metadata).toEqual({});
  });

  it("keeps keys that have a meaning in JavaScript as plain keys", () => {
    const header = '{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"__metadata__":{"__proto__":"x"}}';
    const { tensors, metadata } = readSafetensors(file(header, 1));
    expect([...tensors.keys()]).toEqual(["__proto__"]);
    expect(Object.entries(metadata)).toEqual([["__proto__", "x"]]);
    expect(Object.getPrototypeOf(metadata)).toBe(Object.prototype);
    expect(() =>
      readSafetensors(file('{"a":{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}}', 1)),
    ).toThrow(FormatError);
  });
});

describe("writing", () => {
  it("round-trips every dtype, the order of names and the metadata", () => {
    const metadata = { b: "1", a: "zwei", "": "naïve 名" };
    const read = readSafetensors(writeSafetensors(every, metadata));
    expect([...read.tensors]).toEqual(every);
    expect(Object.entries(read.metadata)).toEqual(Object.entries(metadata));
  });

  it("writes these bytes", () => {
    const bytes = writeSafetensors([["a", { shape: [2], dtype: "u8", data: Uint8Array.of(7, 8) }]], { k: "v" });
    const header = '{"__metadata__":{"k":"v"},"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}  ';
    expect(header.length % 8).toBe(0);
    expect([...bytes]).toEqual([header.length, 0, 0, 0, 0, 0, 0, 0, ...new TextEncoder().encode(header), 7, 8]);
  });

  it("is read by a second reader, every tensor aligned to its elements", () => {
    const read = minimalReader(writeSafetensors(every, { x: "y" }));
    for (const [name, { dtype, data }] of every) {
      const got = read.get(name)!;
      expect(got.start % itemSize(dtype)).toBe(0);
      expect(got.bytes).toEqual(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
    }
  });

  it("writes views of larger arrays by their span", () => {
    const data = Float32Array.of(1, 2, 3, 4).subarray(1, 3);
    const { tensors } = readSafetensors(writeSafetensors([["v", { shape: [2], dtype: "f32", data }]]));
    expect(tensors.get("v")!.data).toEqual(Float32Array.of(2, 3));
  });

  it("refuses what the format cannot hold", () => {
    const good: TensorData = { shape: [1], dtype: "u8", data: Uint8Array.of(1) };
    expect(() =>
      writeSafetensors([
        ["a", good],
        ["a", good],
      ]),
    ).toThrow(ValueError);
    expect(() => writeSafetensors([["__metadata__", good]])).toThrow(ValueError);
    expect(() => writeSafetensors([["\ud800", good]])).toThrow(ValueError);
    expect(() => writeSafetensors([["a", good]], { "\udc00": "" })).toThrow(ValueError);
    expect(() => writeSafetensors([["a", { ...good, shape: [2] }]])).toThrow(ShapeError);
    expect(() => writeSafetensors([["a", { ...good, dtype: "f32" }]])).toThrow(ValueError);
    expect(() => writeSafetensors([["a", { ...good, dtype: "toString" as StoredDtype }]])).toThrow(ValueError);
    expect(() => writeSafetensors([["a", { shape: [1], dtype: "c64", data: Float32Array.of(1, 2) }]])).toThrow(
      /no c64/,
    );
  });
});

describe("corruption", () => {
  const refused: [string, Uint8Array, RegExp][] = [
    ["no header length", Uint8Array.of(1, 2, 3), /8-byte header length, got 3 bytes/],
    ["header longer than the file", file("{}", 0, 1000), /header of 1000 bytes expected, but the file has only 2/],
    ["header beyond 100 MB", file("{}", 0, 100_000_001), /exceeds the limit/],
    ["header length 2^63", Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 128, 123, 125), /9223372036854775808 exceeds/],
    ["empty header", file(""), /not JSON/],
    ["broken JSON", file('{"a":'), /not JSON/],
    ["not UTF-8", file("{}", Uint8Array.of(0xff), 3), /not JSON in UTF-8/],
    ["an array", file("[]"), /expected a JSON object/],
    ["space before the brace", file(" {}"), /expected a JSON object/],
    ["a byte order mark", file("\ufeff{}"), /not JSON/],
    [
      "deep nesting",
      file(`{"a":${"[".repeat(200_000)}${"]".repeat(200_000)}}`),
      /the header: JSON nested more than 16 deep/,
    ],
    ["entry not an object", file({ a: 5 }), /tensor "a": expected an object, got 5/],
    ["unknown dtype", file(one("F99", [1], [0, 1]), 1), /expected dtype one of F64.*got "F99"/],
    ["no dtype", file({ a: { shape: [1], data_offsets: [0, 1] } }, 1), /expected dtype/],
    ["shape not a list", file(one("U8", "1", [0, 1]), 1), /expected a shape/],
    ["negative size", file(one("U8", [-1], [0, 1]), 1), /expected a shape.*got \[-1\]/],
    ["fractional size", file(one("U8", [0.5], [0, 1]), 1), /expected a shape/],
    ["sizes that overflow", file(one("U8", [2 ** 40, 2 ** 40], [0, 1]), 1), /expected a shape/],
    ["sizes that overflow before a zero", file(one("U8", [2 ** 40, 2 ** 40, 0], [0, 0])), /expected a shape/],
    [
      "bytes that overflow",
      file(one("F64", [2 ** 52], [0, 8]), 8),
      /takes 3602879701896397\d bytes, got data_offsets \[0,8\]/,
    ],
    ["offsets not a pair", file(one("U8", [1], [0]), 1), /expected data_offsets/],
    ["offsets not integers", file(one("U8", [1], [0.5, 1.5]), 2), /expected data_offsets/],
    ["offsets reversed", file(one("U8", [1], [1, 0]), 1), /takes 1 bytes, got data_offsets \[1,0\]/],
    ["negative offset", file(one("U8", [1], [-1, 0]), 1), /got data_offsets \[-1,0\]/],
    ["span of another size", file(one("F32", [2], [0, 4]), 4), /shape \[2\] of F32 takes 8 bytes/],
    ["span past the end", file(one("U8", [4], [0, 4]), 3), /end at byte 4 of the data, but the file holds 3/],
    ["bytes left over", file(one("U8", [4], [0, 4]), 5), /end at byte 4 of the data, but the file holds 5/],
    ["a gap at the start", file(one("U8", [1], [1, 2]), 2), /leave a gap: expected to begin at 0/],
    ["a gap", file({ ...one("U8", [1], [0, 1]), b: one("U8", [1], [2, 3]).a }, 3), /"b" leave a gap/],
    ["an overlap", file({ ...one("U8", [2], [0, 2]), b: one("U8", [2], [1, 3]).a }, 3), /"b" overlap/],
    [
      "a name twice",
      file(
        '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\\u0061":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}',
        1,
      ),
      /the name "a" twice/,
    ],
    ["a field twice", file('{"a":{"dtype":"U8","dtype" : "U8","shape":[1],"data_offsets":[0,1]}}', 1), /"dtype" twice/],
    ["metadata not an object", file({ __metadata__: [] }), /expected __metadata__ to be an object/],
    ["metadata not strings", file({ __metadata__: { epoch: 3 } }), /expected metadata "epoch" to be a string, got 3/],
  ];
  it.each(refused)("refuses %s", (_, bytes, message) => {
    expect(() => readSafetensors(bytes, "model.safetensors")).toThrow(FormatError);
    expect(() => readSafetensors(bytes, "model.safetensors")).toThrow(/^model\.safetensors: /);
    expect(() => readSafetensors(bytes, "model.safetensors")).toThrow(message);
  });

  it("refuses a file cut anywhere", () => {
    const bytes = writeSafetensors(every, { x: "y" });
    for (let length = 0; length < bytes.length; length++) {
      expect(() => readSafetensors(bytes.subarray(0, length))).toThrow(FormatError);
    }
  });
});

/** A reader that shares no code with ours: names to the bytes at their offsets, found with Node's Buffer. */
function minimalReader(file: Uint8Array): Map<string, { start: number; bytes: Buffer }> {
  const buffer = Buffer.from(file);
  const start = 8 + Number(buffer.readBigUInt64LE(0));
  expect(start % 8).toBe(0);
  const found = new Map<string, { start: number; bytes: Buffer }>();
  JSON.parse(buffer.toString("utf8", 8, start), function (this: unknown, key, value) {
    if (value?.data_offsets) {
      const [begin, end] = value.data_offsets;
      found.set(key, { start: start + begin, bytes: Buffer.from(buffer.subarray(start + begin, start + end)) });
    }
    return value;
  });
  return found;
}
