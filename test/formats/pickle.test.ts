// The pickle machine, by way of the PyTorch reader: whatever is no tensor is refused by name, whatever is damaged by place.

import { describe, expect, it } from "vitest";
import { FormatError, UnsafePickleError } from "../../src/errors.ts";
import { readPyTorch } from "../../src/formats/pytorch.ts";
import * as t from "./torch-files.ts";

const one = t.pair;
const data = t.pairData;
const read = (code: t.Code, storages: Readonly<Record<string, Uint8Array>> = data) =>
  readPyTorch(t.torchFile(code, storages), "x.pt");

describe("pickles", () => {
  const deep = (levels: number): t.Code => (levels ? t.dict([t.str("d"), deep(levels - 1)]) : one);
  const cases: [string, t.Code, RegExp][] = [
    ["eval", t.call(t.global("builtins", "eval"), t.str("1")), /asks for builtins\.eval,/],
    ["a name it never calls", t.tuple(t.global("os", "system")), /asks for os\.system,/],
    ["a nested name", t.global("torch", "_utils._rebuild_tensor_v2.__globals__"), /_rebuild_tensor_v2\.__globals__,/],
    ["numpy", t.global("numpy.core.multiarray", "scalar"), /asks for numpy\.core\.multiarray\.scalar,/],
    ["a name with strange characters", t.global("a\u0007b", "c"), /asks for "a\\u0007b\.c",/],
    ["a name from the stack", [...t.str("posix"), ...t.str("system"), 0x93], /asks for posix\.system,/],
    ["INST", [0x28, ...[..."iposix\nsystem\n"].map((c) => c.charCodeAt(0))], /asks for posix\.system,/],
    ["NEWOBJ", [...t.global("collections", "OrderedDict"), ...t.tuple(), 0x81], /an object of a class \(NEWOBJ\)/],
    ["an extension", [0x82, 1], /an extension \(EXT1\)/],
  ];
  it.each(cases)("refuses %s as unsafe", (_, code, message) => {
    expect(() => read(code)).toThrow(UnsafePickleError);
    expect(() => read(code)).toThrow(message);
  });

  it("refuses before it looks at any tensor", () => {
    const lie = t.tensor(t.storage("FloatStorage", "none", 1e9), 0, [1e9], [1]);
    expect(() => read(t.dict([t.str("w"), lie], [t.str("x"), t.global("os", "system")]))).toThrow(UnsafePickleError);
  });

  const self = [...t.put([0x7d], 0), 0x28, ...t.str("self"), ...t.get(0), ...t.str("w"), ...one, 0x75];
  const damaged: [string, t.Code, RegExp][] = [
    ["no dict", t.list(), /expected a dict of tensors, got \[\]/],
    ["a single tensor", one, /got a single tensor/],
    ["a dict without tensors", t.dict([t.str("epoch"), t.int(3)]), /got the keys \["epoch"\]/],
    ["a dict that contains itself", self, /contains itself/],
    [
      "one dict twice",
      t.dict([t.str("a"), t.put(t.dict([t.str("w"), one]), 0)], [t.str("b"), t.get(0)]),
      /there twice/,
    ],
    ["40 dicts within each other", deep(40), /at most 32 dicts/],
    ["a name twice", t.dict([t.str("a.b"), one], [t.str("a"), t.dict([t.str("b"), one])]), /"a\.b" is there twice/],
    ["a name of 1001 characters", t.dict([t.str("x".repeat(1001)), one]), /1001 characters/],
    ["a tuple for a name", t.dict([t.tuple(), one]), /expected names/],
    ["an unknown opcode", [0xff], /unknown opcode 0xff at byte 2 of the pickle/],
    ["an opcode named as a property", [0x5f], /unknown opcode 0x5f/],
    ["a missing value", [0x52], /a value is missing/],
    ["a value below the mark", [...t.str("x"), 0x28, 0x85], /a value is missing/],
    ["a missing mark", [0x74], /a mark is missing/],
    ["values left over", [...t.none, ...t.none], /values left over/],
    ["an empty memo", t.get(7), /memo 7 is empty/],
    [
      "a string that lies about its length",
      [0x58, 255, 255, 255, 255, 65],
      /expected 4294967295 more bytes, but 2 are left/,
    ],
    ["a string beyond 2^53", [0x8d, 255, 255, 255, 255, 255, 255, 255, 255], /more bytes/],
    ["a string that is not UTF-8", [0x58, 1, 0, 0, 0, 0xff], /expected UTF-8/],
    ["a name without an end", [0x63, 65, 65], /expected a name and a line end/],
    ["a call of no function", [...t.int(3), ...t.tuple(), 0x52], /calls what is no function/],
    ["a call without a tuple", [...t.global("collections", "OrderedDict"), ...t.none, 0x52], /tuple of arguments/],
    ["a storage class called", t.call(t.global("torch", "FloatStorage")), /calls what is no function/],
    ["items for no dict", [...t.none, 0x28, 0x75], /expected a dict/],
    ["items without pairs", [0x7d, 0x28, 0x4e, 0x75], /pairs to put into it/],
    ["appending to no list", [...t.none, ...t.none, 0x61], /expected a list/],
    ["attributes of no dict", [...t.none, ...t.none, 0x62], /sets attributes/],
    ["a persistent id of no storage", [...t.tuple(t.str("module")), 0x51], /refer to a storage/],
    ["an OrderedDict of Python 2", t.call(t.global("collections", "OrderedDict"), t.list()), /Python 2/],
    ["a tensor of no storage", t.tensor(t.none, 0, [1], [1]), /tensor of a storage/],
    ["protocol 6", [0x80, 6], /protocol 5 at most/],
  ];
  it.each(damaged)("refuses %s", (_, code, message) => {
    expect(() => read(code)).toThrow(FormatError);
    expect(() => read(code)).not.toThrow(UnsafePickleError);
    expect(() => read(code)).toThrow(message);
  });

  it("bounds what a pickle may pile up", () => {
    const many = (opcode: number, count: number) =>
      readPyTorch(t.zip([["a/data.pkl", new Uint8Array(count).fill(opcode)]]));
    expect(() => many(0x7d, 1_000_001)).toThrow(/more than 1000000 containers/);
    expect(() => many(0x29, 1_000_001)).toThrow(/more than 1000000 containers/);
  });

  it("is not slowed by one long tuple as the sizes of many tensors", () => {
    const sizes = t.put(t.tuple(...new Array(50_000).fill(t.none)), 0);
    const args = t.put(t.tuple(t.storage("FloatStorage", "0", 2), t.int(0), t.get(0), t.get(0)), 1);
    const rebuild = t.put(t.global("torch._utils", "_rebuild_tensor_v2"), 2);
    const code = [...sizes, ...args, ...rebuild, ...t.get(1), 0x52];
    expect(() => read(code)).toThrow(/at most 64 each/);
  });
});
