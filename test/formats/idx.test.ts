// The IDX reader and gunzip: golden bytes, every dtype, and each way in which a file can lie.

import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { FormatError } from "../../src/errors.ts";
import { gunzip } from "../../src/formats/gzip.ts";
import { readIdx } from "../../src/formats/idx.ts";

const u32 = (value: number) => [(value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
const file = (type: number, shape: readonly number[], data: readonly number[]) =>
  Uint8Array.from([0, 0, type, shape.length, ...shape.flatMap(u32), ...data]);

describe("readIdx", () => {
  it("reads the layout of the MNIST images and labels", () => {
    expect(readIdx(Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 3, 255))).toEqual({
      shape: [1, 2, 2],
      dtype: "u8",
      data: Uint8Array.of(1, 2, 3, 255),
    });
    expect(readIdx(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 7, 2))).toMatchObject({
      shape: [2],
      data: Uint8Array.of(7, 2),
    });
  });

  it("reads every element type, big-endian", () => {
    expect(readIdx(file(0x09, [2], [0x80, 1])).data).toEqual(Int8Array.of(-128, 1));
    expect(readIdx(file(0x0b, [2], [0x80, 1, 0, 2])).data).toEqual(Int16Array.of(-32767, 2));
    expect(readIdx(file(0x0c, [1], [0x80, 0, 0, 1])).data).toEqual(Int32Array.of(-2147483647));
    expect(readIdx(file(0x0d, [1], [0xc0, 0x20, 0, 0])).data).toEqual(Float32Array.of(-2.5));
    expect(readIdx(file(0x0e, [1], [0x3f, 0xd5, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55])).data).toEqual(
      Float64Array.of(1 / 3),
    );
    expect(readIdx(file(0x08, [0, 28], []))).toEqual({ shape: [0, 28], dtype: "u8", data: new Uint8Array(0) });
  });

  const good = file(0x08, [2, 2], [1, 2, 3, 4]);
  const refused: [string, Uint8Array, RegExp][] = [
    ["an empty file", new Uint8Array(0), /got 0 bytes/],
    ["gzip", Uint8Array.from(gzipSync(good)), /got gzip: unpack it first/],
    ["another magic", Uint8Array.of(1, 0, 8, 1, 0, 0, 0, 0), /got 01 00 08 01/],
    ["another type", file(0x0a, [1], [1]), /a type of 08 09 0b 0c 0d 0e.*got 00 00 0a 01/],
    ["sizes that are not there", good.subarray(0, 10), /2 sizes expected, but the file ends after 10 bytes/],
    ["too few elements", file(0x08, [2, 2], [1, 2, 3]), /takes 4 bytes, but the file holds 3/],
    ["too many elements", file(0x08, [2, 2], [1, 2, 3, 4, 5]), /takes 4 bytes, but the file holds 5/],
    ["four billion images", file(0x08, [0xffffffff, 28, 28], [0]), /takes 3367254359280 bytes/],
    ["sizes that overflow", file(0x08, [0xffffffff, 0xffffffff, 0], []), /product is below 2\^53/],
    ["65 axes", file(0x08, new Array(65).fill(1), [1]), /at most 64 sizes/],
  ];
  it.each(refused)("refuses %s", (_, bytes, message) => {
    expect(() => readIdx(bytes, "train-images")).toThrow(FormatError);
    expect(() => readIdx(bytes, "train-images")).toThrow(/^train-images: /);
    expect(() => readIdx(bytes, "train-images")).toThrow(message);
  });

  it("refuses a file cut anywhere", () => {
    for (let length = 0; length < good.length; length++)
      expect(() => readIdx(good.subarray(0, length))).toThrow(FormatError);
  });
});

describe("gunzip", () => {
  const text = new TextEncoder().encode("spherical ".repeat(10_000));
  const packed = new Uint8Array(gzipSync(text));

  it("unpacks, up to the limit", async () => {
    expect(await gunzip(packed, text.length)).toEqual(text);
    expect(await gunzip(new Uint8Array(gzipSync(new Uint8Array(0))), 0)).toEqual(new Uint8Array(0));
    const noise = Uint8Array.from({ length: 100_000 }, (_, i) => (i * i * 2654435761) >>> 13);
    expect(await gunzip(new Uint8Array(gzipSync(noise)), 1e6)).toEqual(noise);
  });

  it("stops at the limit, long before a bomb has unfolded", async () => {
    await expect(gunzip(packed, text.length - 1, "a.gz")).rejects.toThrow(
      /^a\.gz: unpacks to more than the limit of 99999 bytes/,
    );
    const zeros = new Uint8Array(1 << 27);
    const bomb = new Uint8Array(gzipSync(zeros));
    const before = process.memoryUsage().arrayBuffers;
    await expect(gunzip(bomb, 1000)).rejects.toThrow(FormatError);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 << 20);
    expect(zeros.length).toBeGreaterThan(2 * (64 << 20) - 1); // alive till here: its release would have hidden growth
  });

  it("refuses what is damaged or cut", async () => {
    const small = new Uint8Array(gzipSync(text.subarray(0, 50)));
    for (let length = 0; length < small.length; length++) {
      await expect(gunzip(small.subarray(0, length), 1000)).rejects.toThrow(FormatError);
    }
    for (const at of [12, 20, small.length - 1, small.length - 5]) {
      const damaged = small.slice();
      damaged[at]! ^= 0x55;
      await expect(gunzip(damaged, 1000)).rejects.toThrow(FormatError);
    }
    await expect(gunzip(text, 1000)).rejects.toThrow(/expected gzip/);
  });
});
