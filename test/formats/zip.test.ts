// The ZIP archives of PyTorch: each way in which the directory, the headers and the checksums can lie.

import { readFileSync } from "node:fs";
import { deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { FormatError } from "../../src/errors.ts";
import { readPyTorch } from "../../src/formats/pytorch.ts";
import { crc32, readZip } from "../../src/formats/zip.ts";
import * as t from "./torch-files.ts";

const one = t.pair;
const data = t.pairData;
const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
const reference = (name: string) => readFileSync(new URL(`../reference/${name}`, import.meta.url));

describe("archives", () => {
  const good = t.torchFile(t.dict([t.str("w"), one]), data);
  /** The archive with 16 or 32 bits at `offset` from where `signature` stands last. */
  const patch = (signature: string, offset: number, value: number, width: 2 | 4 = 4) => {
    const bytes = Buffer.from(good);
    const at = bytes.lastIndexOf(signature, undefined, "latin1") + offset;
    if (width === 2) bytes.writeUInt16LE(value, at);
    else bytes.writeUInt32LE(value, at);
    return bytes;
  };
  const [central, local, end] = ["PK\x01\x02", "PK\x03\x04", "PK\x05\x06"];
  const flipped = good.slice();
  flipped[Buffer.from(good).indexOf("archive/data/0") + "archive/data/0".length]! ^= 1;

  it("has the checksum of zlib", () => {
    for (const length of [0, 1, 2, 255, 1000]) {
      const bytes = Uint8Array.from({ length }, (_, i) => i * 7 + 3);
      const entries = readZip(t.zip([["x", bytes]]), "x.zip");
      expect(entries.get("x")).toEqual(bytes);
    }
    expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
  });

  it("reads an archive with a comment", () => {
    const bytes = Uint8Array.from([...patch(end, 20, 3, 2), 65, 66, 67]);
    expect(readPyTorch(bytes).tensors.size).toBe(1);
  });

  it.each([
    ["an empty file", new Uint8Array(0), /expected a file of torch\.save.*got an empty file/],
    ["another file", Uint8Array.of(1, 2, 3, 4, 5), /got 01 02 03 04/],
    ["a cut file", good.subarray(0, good.length - 1), /the file is cut or no ZIP archive/],
    ["a flipped bit", flipped, /checksum of entry "archive\/data\/0".*the file is damaged/],
    ["a deflated entry", patch(central, 10, 8, 2), /"archive\/data\/0" is compressed \(method 8\)/],
    ["an encrypted entry", patch(central, 8, 1, 2), /is encrypted/],
    ["a size that lies", patch(central, 20, 9), /is stored, yet 8 bytes long in 9/],
    ["an offset past the end", patch(central, 42, 0x7fffffff), /needs 30 bytes, but the file has/],
    ["an offset into another entry", patch(central, 42, 20), /overlaps|expected ZIP entry/],
    ["a ZIP64 size that is missing", patch(central, 24, 0xffffffff), /lacks its ZIP64 sizes/],
    ["another name in the header", patch(local, 30, 0x41414141), /another name in its header/],
    ["a name that swallows the data", patch(local, 26, 0xffff, 2), /needs 8 bytes, but the file has/],
    ["a directory past the end", patch(end, 16, 0x7fffffff), /reaches past byte/],
    ["more entries than there are", patch(end, 10, 9, 2), /ZIP directory entry at byte/],
    ["fewer entries than there are", patch(end, 10, 1, 2), /the ZIP directory ends at byte/],
    ["a ZIP64 directory that is missing", patch(end, 16, 0xffffffff), /locator of a ZIP64 directory/],
    ["no pickle", t.zip([["a/b", floats(1)]]), /one data\.pkl, got entries \["a\/b"\]/],
    [
      "two pickles",
      t.zip([
        ["a/data.pkl", t.pickle(one)],
        ["b/data.pkl", t.pickle(one)],
      ]),
      /one data\.pkl/,
    ],
    [
      "one name twice",
      t.zip([
        ["a/data.pkl", t.pickle(one)],
        ["a/data.pkl", t.pickle(one)],
      ]),
      /there twice/,
    ],
    [
      "an odd byte order",
      t.zip([
        ["a/data.pkl", t.pickle(one)],
        ["a/byteorder", floats(1)],
      ]),
      /byteorder little or big/,
    ],
    ["bytes after the pickle", t.torchFile(Uint8Array.from([...t.pickle(one), 0])), /the pickle ends at byte/],
  ])("refuses %s", (_, bytes, message) => {
    expect(() => readPyTorch(bytes, "x.pt")).toThrow(FormatError);
    expect(() => readPyTorch(bytes, "x.pt")).toThrow(/^x\.pt: /);
    expect(() => readPyTorch(bytes, "x.pt")).toThrow(message);
  });

  it("refuses entries that share their bytes", () => {
    const bytes = Buffer.from(
      t.zip([
        ["a", floats(1)],
        ["a", floats(1)],
      ]),
    );
    bytes.writeUInt32LE(0, bytes.lastIndexOf(central, undefined, "latin1") + 42);
    expect(() => readZip(bytes, "x.zip")).toThrow(/"a" overlaps the one before it/);
  });

  it("refuses what other tools compress", () => {
    const packed = deflateRawSync(t.pickle(one));
    const bytes = Buffer.from(t.zip([["a/data.pkl", packed]]));
    bytes.writeUInt16LE(8, bytes.lastIndexOf(central, undefined, "latin1") + 10);
    expect(() => readPyTorch(bytes)).toThrow(/save it again/);
  });

  it("refuses a file cut anywhere, in either container", () => {
    for (const file of [good, t.torchFile(t.dict([t.str("w"), one]), data, true), reference("pt/legacy_format.pt")]) {
      for (let length = 0; length < file.length; length++) {
        expect(() => readPyTorch(file.subarray(0, length))).toThrow(FormatError);
      }
    }
  });
});
