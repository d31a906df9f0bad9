// The .npy reader and writer: golden bytes as NumPy writes them, both byte orders and memory orders, and each way in
// which a header can lie.

import { describe, expect, it } from "vitest";
import { FormatError, ShapeError, ValueError } from "../../src/errors.ts";
import { readNpy, writeNpy } from "../../src/formats/npy.ts";
import { type StoredDtype, type TensorData, toFloat32, toFloat64 } from "../../src/tensor-data.ts";

/** A file of any version from a header text and data bytes, unpadded (readers must not rely on padding). */
function file(header: string, data: Uint8Array | readonly number[] | number = 0, version = 1, length?: number) {
  const text = new TextEncoder().encode(header);
  const size = length ?? text.length;
  const body = typeof data === "number" ? new Uint8Array(data) : Uint8Array.from(data);
  const lengthBytes = [size & 255, (size >> 8) & 255, (size >> 16) & 255, (size >>> 24) & 255];
  return Uint8Array.from([
    ...[0x93, ...new TextEncoder().encode("NUMPY"), version, 0],
    ...(version === 1 ? lengthBytes.slice(0, 2) : lengthBytes),
    ...text,
    ...body,
  ]);
}

const header = (descr: string, shape: string, fortran = "False") =>
  `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }\n`;

const bytesOf = (array: ArrayBufferView) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

describe("reading", () => {
  it("reads a file byte for byte as NumPy writes it", () => {
    // numpy.save of numpy.arange(6, dtype="<i2").reshape(2, 3)
    const text = "{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3), }".padEnd(117);
    const bytes = file(`${text}\n`, [0, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0]);
    expect(bytes.length).toBe(128 + 12);
    const tensor = readNpy(bytes);
    expect(tensor).toEqual({ shape: [2, 3], dtype: "i16", data: Int16Array.of(0, 1, 2, 3, 4, 5) });
    expect(writeNpy(tensor)).toEqual(bytes);
  });

  const values: [string, StoredDtype, TensorData["data"]][] = [
    ["b1", "bool", Uint8Array.of(1, 0, 1, 1, 0, 0)],
    ["u1", "u8", Uint8Array.of(0, 1, 2, 255, 4, 5)],
    ["i1", "i8", Int8Array.of(0, -1, 2, -128, 4, 5)],
    ["u2", "u16", Uint16Array.of(0, 1, 2, 65535, 4, 5)],
    ["i2", "i16", Int16Array.of(0, -1, 2, -32768, 4, 5)],
    ["u4", "u32", Uint32Array.of(0, 1, 2, 4294967295, 4, 5)],
    ["i4", "i32", Int32Array.of(0, -1, 2, -2147483648, 4, 5)],
    ["u8", "u64", BigUint64Array.of(0n, 1n, 2n, 2n ** 64n - 1n, 4n, 5n)],
    ["i8", "i64", BigInt64Array.of(0n, -1n, 2n, -(2n ** 63n), 4n, 5n)],
    ["f2", "f16", Uint16Array.of(0x3c00, 0xc000, 0x3555, 0x7c00, 0x0001, 0x7e00)],
    ["f4", "f32", Float32Array.of(0, -1, Math.PI, Number.POSITIVE_INFINITY, Number.NaN, 5)],
    ["f8", "f64", Float64Array.of(0, -1, Math.PI, Number.POSITIVE_INFINITY, Number.NaN, 5)],
    ["c8", "c64", Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)],
    ["c16", "c128", Float64Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)],
  ];
  it.each(values)("reads %s of both byte orders and both memory orders", (code, dtype, array) => {
    const data = bytesOf(array);
    const entry = (array as Uint8Array).BYTES_PER_ELEMENT;
    const item = data.length / 6;
    const swapped = data.slice();
    for (let at = 0; at < data.length; at += entry) swapped.subarray(at, at + entry).reverse();
    // Fortran order of [2, 3] lists C positions 0, 3, 1, 4, 2, 5.
    const fortran = (bytes: Uint8Array) =>
      Uint8Array.from([0, 3, 1, 4, 2, 5].flatMap((i) => [...bytes.subarray(i * item, (i + 1) * item)]));
    const expected = { shape: [2, 3], dtype, data: array };
    expect(readNpy(file(header(`<${code}`, "(2, 3)"), data))).toEqual(expected);
    expect(readNpy(file(header(`>${code}`, "(2, 3)"), swapped))).toEqual(expected);
    expect(readNpy(file(header(`<${code}`, "(2, 3)", "True"), fortran(data)))).toEqual(expected);
    expect(readNpy(file(header(`>${code}`, "(2, 3)", "True"), fortran(swapped)))).toEqual(expected);
    if (item === 1) expect(readNpy(file(header(`|${code}`, "(2, 3)"), data))).toEqual(expected);
    expect(readNpy(writeNpy(expected))).toEqual(expected);
  });

  it("transposes Fortran order of three axes", () => {
    const fortran = Array.from({ length: 24 }, (_, i) => i);
    const { data } = readNpy(file(header("|u1", "(2, 3, 4)", "True"), fortran));
    for (let i = 0; i < 2; i++) {
      for (let j = 0; j < 3; j++) {
        for (let k = 0; k < 4; k++) expect(data[(i * 3 + j) * 4 + k]).toBe(i + 2 * (j + 3 * k));
      }
    }
  });

  it("reads versions 2 and 3, scalars, one axis, empty arrays, keys in any order, other quotes and Python 2 longs", () => {
    const read = (text: string, bytes: number, version = 1) => readNpy(file(text, bytes, version)).shape;
    expect(read(header("|u1", "(2,)"), 2, 2)).toEqual([2]);
    expect(read(header("|u1", "(2,)"), 2, 3)).toEqual([2]);
    expect(read(header("<f8", "()"), 8)).toEqual([]);
    expect(read(header("<f8", "()", "True"), 8)).toEqual([]);
    expect(read(header("<f8", "(3L, 1L)"), 24)).toEqual([3, 1]);
    expect(read(header("<f8", "(0, 1000000000000)", "True"), 0)).toEqual([0, 1000000000000]);
    expect(read(`{"shape":(2,),"fortran_order":False,"descr":"|u1"}`, 2)).toEqual([2]);
  });

  it("keeps its own copy, also of Node's Buffer", () => {
    const bytes = Buffer.from(file(header("|u1", "(2,)"), [1, 2]));
    const { data } = readNpy(bytes);
    bytes.fill(0);
    expect(data).toEqual(Uint8Array.of(1, 2));
  });
});

describe("numbers", () => {
  it("decodes f16, bf16, bool, 64-bit integers and complex numbers", () => {
    const f16 = Uint16Array.of(0x3c00, 0xc000, 0x3555, 0x7bff, 0x0400, 0x0001, 0x8000, 0x7c00, 0xfc00, 0x7e00);
    const expected = [1, -2, 0.333251953125, 65504, 2 ** -14, 2 ** -24, -0, Infinity, -Infinity, NaN];
    expect([...toFloat64({ shape: [10], dtype: "f16", data: f16 })]).toEqual(expected);
    expect([...toFloat32({ shape: [10], dtype: "f16", data: f16 })]).toEqual(expected);
    const bf16 = Uint16Array.of(0x3f80, 0xc000, 0x3eab, 0x0001, 0x7f80, 0x7fc0);
    const wide = [1, -2, 0.333984375, 2 ** -133, Infinity, NaN];
    expect([...toFloat64({ shape: [6], dtype: "bf16", data: bf16 })]).toEqual(wide);
    expect([...toFloat64({ shape: [2], dtype: "bool", data: Uint8Array.of(0, 255) })]).toEqual([0, 1]);
    expect([...toFloat32({ shape: [1], dtype: "i64", data: BigInt64Array.of(-3n) })]).toEqual([-3]);
    expect([...toFloat64({ shape: [1], dtype: "c64", data: Float32Array.of(1, 2) })]).toEqual([1, 2]);
  });

  it("copies", () => {
    const data = Float64Array.of(1);
    toFloat64({ shape: [1], dtype: "f64", data })[0] = 5;
    expect(data[0]).toBe(1);
  });
});

describe("writing", () => {
  it("aligns the data to 64 bytes whatever the shape", () => {
    for (let rank = 0; rank < 40; rank++) {
      const shape = new Array(rank).fill(1);
      const bytes = writeNpy({ shape, dtype: "f64", data: Float64Array.of(2) });
      expect((bytes.length - 8) % 64).toBe(0);
      expect(bytes[bytes.length - 9]).toBe(10);
      expect(readNpy(bytes)).toEqual({ shape, dtype: "f64", data: Float64Array.of(2) });
    }
  });

  it("refuses what NumPy does not have, and lengths that disagree", () => {
    expect(() => writeNpy({ shape: [1], dtype: "bf16", data: Uint16Array.of(1) })).toThrow(ValueError);
    expect(() => writeNpy({ shape: [1], dtype: "f32", data: Uint16Array.of(1) })).toThrow(ValueError);
    expect(() => writeNpy({ shape: [2], dtype: "c64", data: Float32Array.of(1, 2, 3) })).toThrow(ShapeError);
    expect(() => writeNpy({ shape: [-1], dtype: "f32", data: Float32Array.of(1) })).toThrow(ShapeError);
  });
});

describe("corruption", () => {
  const good = header("<f4", "(2, 3)");
  const refused: [string, Uint8Array, RegExp][] = [
    ["an empty file", new Uint8Array(0), /expected a \.npy file.*got an empty file/],
    ["another magic", Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0), /got 50 4b 03 04/],
    ["version 4", file(good, 24, 4), /version 1, 2 or 3, got 4/],
    ["no header length", file(good).subarray(0, 9), /ends after 9 bytes/],
    ["header longer than the file", file(good, 0, 1, 5000), /header of 5000 bytes expected, but the file has only/],
    ["header of 4 GB", file(good, 0, 2, 0xffffffff), /4294967295 exceeds the limit/],
    ["not UTF-8", file("", [0xff, 0xff], 3, 2), /not valid UTF-8/],
    ["too few bytes", file(good, 23), /takes 24 bytes, but the file holds 23/],
    ["too many bytes", file(good, 25), /takes 24 bytes, but the file holds 25/],
    ["sizes that overflow", file(header("<f8", "(4294967296, 4294967296)"), 8), /product is below 2\^53/],
    ["sizes that overflow before a zero", file(header("<f8", "(4294967296, 4294967296, 0)")), /product is below 2\^53/],
    ["bytes that overflow", file(header("<f8", "(9007199254740991,)"), 8), /but the file holds 8/],
    ["a negative size", file(header("<f4", "(-1,)"), 4), /cannot read the header/],
    ["65 axes", file(header("|u1", `(${"1,".repeat(65)})`), 1), /at most 64 sizes/],
    ["a bracketed number", file(header("|u1", "(2)"), 2), /to be a tuple/],
    ["a list for a shape", file(header("|u1", "[2]"), 2), /expected \( in the header/],
    ["a size that is a string", file(header("|u1", "('2',)"), 2), /expected the shape to hold sizes/],
    ["commas twice", file(header("|u1", "(2,,)"), 2), /expected the shape to hold sizes/],
    ["an open shape", file("{'shape': (2", 2), /cannot read the header at ""/],
    ["structured data", file(header("", "()").replace("''", "[('a', '<f4')]"), 4), /structured descr/],
    ["objects", file(header("|O", "(1,)"), 8), /got "\|O"/],
    ["strings", file(header("<U3", "(1,)"), 12), /got "<U3"/],
    ["no byte order", file(header("f4", "(1,)"), 4), /expected descr/],
    ["| for a wide element", file(header("|f4", "(1,)"), 4), /expected descr/],
    ["an order that is no truth value", file(header("<f4", "(1,)", "1"), 4), /got key "fortran_order"/],
    ["an unknown key", file("{'descr': '<f4', 'extra': 1}"), /got key "extra"/],
    ["__proto__", file("{'__proto__': '<f4'}"), /got key "__proto__"/],
    ["a key twice", file("{'descr': '<f4', 'descr': '<f8'}"), /each key once/],
    ["a key missing", file("{'descr': '<f4', 'shape': (1,)}", 4), /descr, fortran_order and shape/],
    ["no dict", file("'<f4'"), /expected \{ in the header/],
    ["no colon", file("{'descr' '<f4'}"), /expected : in the header/],
    ["code", file("{'descr': __import__('os')}"), /cannot read the header at " __import__/],
    ["an escape", file("{'descr': '\\x3cf4'}"), /cannot read the header/],
    ["text after the dict", file(`${good} 1`, 24), /expected the header to end/],
  ];
  it.each(refused)("refuses %s", (_, bytes, message) => {
    expect(() => readNpy(bytes, "x.npy")).toThrow(FormatError);
    expect(() => readNpy(bytes, "x.npy")).toThrow(/^x\.npy: /);
    expect(() => readNpy(bytes, "x.npy")).toThrow(message);
  });

  it("refuses a file cut anywhere", () => {
    const bytes = writeNpy({ shape: [2, 2], dtype: "f64", data: Float64Array.of(1, 2, 3, 4) });
    for (let length = 0; length < bytes.length; length++) {
      expect(() => readNpy(bytes.subarray(0, length))).toThrow(FormatError);
    }
  });
});
