import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readDigits } from "../../src/data/digits.ts";
import { loadMnist } from "../../src/data/mnist.ts";
import { FormatError, ValueError } from "../../src/errors.ts";

const shipped = (kind: string) =>
  readFileSync(new URL(`../../models/mnist-test-500-${kind}-ubyte.gz`, import.meta.url));
const images = shipped("images-idx3");
const labels = shipped("labels-idx1");
const rawImages = gunzipSync(images);
const rawLabels = gunzipSync(labels);

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "mnist-"));
});
afterEach(() => rmSync(directory, { recursive: true }));
const put = (name: string, bytes: Uint8Array) => writeFileSync(join(directory, name), bytes);

describe("the shipped digits", () => {
  it("are the first 500 of the MNIST test set", async () => {
    const digits = await readDigits(images, labels);
    expect(digits).toMatchObject({ count: 500, rows: 28, columns: 28 });
    expect(digits.images).toHaveLength(500 * 784);
    expect([...digits.labels.subarray(0, 20)]).toEqual([7, 2, 1, 0, 4, 1, 4, 9, 5, 9, 0, 6, 9, 0, 1, 5, 9, 7, 3, 4]);
    // How often each class comes among them, and the ink of the first digit.
    const counts = new Array<number>(10).fill(0);
    for (const label of digits.labels) counts[label]!++;
    expect(counts).toEqual([42, 67, 55, 45, 55, 50, 43, 49, 40, 54]);
    expect(digits.images.subarray(0, 784).reduce((a, b) => a + b, 0)).toBe(18454);
  });
});

describe("loadMnist", () => {
  it("reads gzip and raw files", async () => {
    put("t10k-images-idx3-ubyte.gz", images);
    put("t10k-labels-idx1-ubyte", rawLabels);
    put("train-images-idx3-ubyte", rawImages);
    put("train-labels-idx1-ubyte.gz", labels);
    for (const digits of [await loadMnist(directory, "test"), await loadMnist(directory, "train")]) {
      expect(digits).toMatchObject({ count: 500, rows: 28, columns: 28 });
      expect(Buffer.compare(digits.images, rawImages.subarray(16))).toBe(0);
      expect(Buffer.compare(digits.labels, rawLabels.subarray(8))).toBe(0);
    }
  });

  it("takes the first digits up to a limit", async () => {
    put("t10k-images-idx3-ubyte.gz", images);
    put("t10k-labels-idx1-ubyte.gz", labels);
    const all = await loadMnist(directory, "test", { limit: 1000 });
    const few = await loadMnist(directory, "test", { limit: 7 });
    expect(all.count).toBe(500);
    expect(few.count).toBe(7);
    expect(few.images).toEqual(all.images.slice(0, 7 * 784));
    expect(few.labels).toEqual(all.labels.slice(0, 7));
    expect(few.images.buffer.byteLength).toBe(7 * 784); // the rest is let go
    for (const limit of [0, -1, 1.5, Number.NaN]) {
      await expect(loadMnist(directory, "test", { limit })).rejects.toThrow(/limit: expected a positive number/);
    }
  });

  it("says which file is missing, where, and how to get it", async () => {
    const missing = loadMnist(directory, "train");
    await expect(missing).rejects.toThrow(ValueError);
    await expect(missing).rejects.toThrow(
      `MNIST: neither train-images-idx3-ubyte.gz nor train-images-idx3-ubyte is in ${directory}; ` +
        `fetch the files with: spherical-cnn data mnist --dir ${directory}`,
    );
    put("t10k-images-idx3-ubyte.gz", images);
    await expect(loadMnist(directory, "test")).rejects.toThrow(/neither t10k-labels-idx1-ubyte.gz nor/);
    await expect(loadMnist(join(directory, "t10k-images-idx3-ubyte.gz"), "test")).rejects.toThrow(
      /neither t10k-images/,
    );
    await expect(loadMnist(directory, "valid" as never)).rejects.toThrow(/expected "train" or "test", got "valid"/);
  });

  it("refuses files that are damaged or something else, by name", async () => {
    const refuse = async (pictures: Uint8Array, classes: Uint8Array, message: RegExp) => {
      put("t10k-images-idx3-ubyte", pictures);
      put("t10k-labels-idx1-ubyte", classes);
      await expect(loadMnist(directory, "test")).rejects.toThrow(FormatError);
      await expect(loadMnist(directory, "test")).rejects.toThrow(message);
    };
    const changed = (bytes: Uint8Array, at: number, value: number) => {
      const copy = Uint8Array.from(bytes);
      copy[at] = value;
      return copy;
    };
    await refuse(
      rawLabels,
      rawLabels,
      /t10k-images-idx3-ubyte: expected pictures \[count, rows, columns\] of u8, got \[500\]/,
    );
    await refuse(rawImages, rawImages, /t10k-labels-idx1-ubyte: expected labels \[count\] of u8, got \[500, 28, 28\]/);
    await refuse(rawImages.subarray(0, 5000), rawLabels, /t10k-images-idx3-ubyte.*holds 4984/);
    await refuse(changed(rawImages, 1, 9), rawLabels, /expected an IDX file/);
    await refuse(images.subarray(0, 5000), rawLabels, /t10k-images-idx3-ubyte.*damaged/);
    await refuse(rawImages, changed(rawLabels, 8 + 42, 10), /expected labels from 0 to 9, got 10 for picture 42/);
    await refuse(rawImages, changed(rawLabels.subarray(0, 8 + 300), 7, 300 - 256), /each of the 500 pictures.*got 300/);
    await refuse(
      changed(changed(rawImages.subarray(0, 16), 6, 0), 7, 0),
      changed(changed(rawLabels.subarray(0, 8), 6, 0), 7, 0),
      /got none/,
    );
  });
});
