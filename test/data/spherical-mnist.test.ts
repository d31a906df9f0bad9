import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readDigits } from "../../src/data/digits.ts";
import { projectImage } from "../../src/data/projection.ts";
import { SphericalMnist } from "../../src/data/spherical-mnist.ts";
import { ShapeError, ValueError } from "../../src/errors.ts";

const shipped = (kind: string) =>
  readFileSync(new URL(`../../models/mnist-test-500-${kind}-ubyte.gz`, import.meta.url));
const digits = await readDigits(shipped("images-idx3"), shipped("labels-idx1"));

describe("SphericalMnist", () => {
  it("projects upright digits", () => {
    const data = new SphericalMnist(digits);
    expect(data).toMatchObject({ count: 500, bandwidth: 30, rotated: false, protocol: "default" });
    expect(data.rotation(3)).toBeUndefined();
    const { images, labels, shape, indices } = data.batch([7, 0, 7]);
    expect(shape).toEqual([3, 1, 60, 60]);
    expect(indices).toEqual([7, 0, 7]);
    expect([...labels]).toEqual([digits.labels[7], digits.labels[0], digits.labels[7]]);
    expect(images.slice(0, 3600)).toEqual(projectImage(digits.images.slice(7 * 784, 8 * 784)));
    expect(images.slice(3600, 7200)).toEqual(projectImage(digits.images.slice(0, 784)));
    expect(images.slice(7200)).toEqual(images.slice(0, 3600));
  });

  it("rotates each digit by its own rotation, the same in every run and order", () => {
    const data = new SphericalMnist({ ...digits, rotated: true, seed: 5 });
    const again = new SphericalMnist({ ...digits, rotated: true, seed: 5 });
    const other = new SphericalMnist({ ...digits, rotated: true, seed: 6 });
    const rotations = Array.from({ length: 500 }, (_, i) => data.rotation(i)!);
    expect(new Set(rotations.map(String)).size).toBe(500);
    for (let i = 499; i >= 0; i--) expect(again.rotation(i)).toEqual(rotations[i]);
    expect(other.rotation(0)).not.toEqual(rotations[0]);
    for (const i of [3, 0, 3, 499]) {
      expect(data.digit(i)).toEqual(projectImage(data.picture(i), { rotation: rotations[i]! }));
      expect(again.digit(i)).toEqual(data.digit(i));
    }
    expect(data.digit(0)).not.toEqual(new SphericalMnist(digits).digit(0));
  });

  it("has one rotation for 500 digits in the paper's protocol", () => {
    const images = new Uint8Array(1001 * 784);
    const labels = new Uint8Array(1001);
    images.set(digits.images);
    images.set(digits.images, 500 * 784);
    const data = new SphericalMnist({ images, labels, rotated: true, protocol: "paper" });
    expect(data.rotation(499)).toEqual(data.rotation(0));
    expect(data.rotation(500)).not.toEqual(data.rotation(0));
    expect(data.rotation(999)).toEqual(data.rotation(500));
    expect(data.rotation(1000)).not.toEqual(data.rotation(999));
    expect(data.digit(3)).toEqual(projectImage(data.picture(3), { protocol: "paper", rotation: data.rotation(0)! }));
  });

  it("gives the same with a cache", () => {
    const data = new SphericalMnist({ ...digits, rotated: true, bandwidth: 10 });
    const cached = new SphericalMnist({ ...digits, rotated: true, bandwidth: 10, cache: true });
    for (const i of [2, 9, 2]) {
      const digit = cached.digit(i);
      expect(digit).toEqual(data.digit(i));
      digit.fill(0); // a copy: the next reader is not harmed
    }
  });

  it("goes through an order in batches, the last one smaller", () => {
    const data = new SphericalMnist({ ...digits, bandwidth: 6 });
    const order = Uint32Array.from([5, 4, 3, 2, 1, 0, 6]);
    const seen: number[] = [];
    const sizes: number[] = [];
    for (const batch of data.batches(order, 3)) {
      sizes.push(batch.shape[0]);
      expect(batch.images).toHaveLength(batch.shape[0] * 144);
      batch.indices.forEach((index, i) => {
        seen.push(index);
        expect(batch.labels[i]).toBe(digits.labels[index]);
        expect(batch.images.slice(i * 144, (i + 1) * 144)).toEqual(data.digit(index));
      });
    }
    expect(sizes).toEqual([3, 3, 1]);
    expect(seen).toEqual([...order]);
    expect([...data.batches([], 4)]).toEqual([]);
  });

  it("splits off a held-out part", () => {
    const data = new SphericalMnist(digits);
    const [train, held] = data.split(100, 3);
    expect(train).toHaveLength(400);
    expect(held).toHaveLength(100);
    expect([...train, ...held].sort((a, b) => a - b)).toEqual([...Array(500).keys()]);
    expect(data.split(100, 3)).toEqual([train, held]);
    expect(data.split(100, 4)[1]).not.toEqual(held);
    expect(data.split(0)[0]).toHaveLength(500);
  });

  it("refuses what does not fit", () => {
    const data = new SphericalMnist(digits);
    const { images, labels } = digits;
    expect(() => new SphericalMnist({ images: images.subarray(1), labels })).toThrow(ShapeError);
    expect(() => new SphericalMnist({ images, labels, rows: 28, columns: 27 })).toThrow(/square pictures, got 28×27/);
    expect(() => new SphericalMnist({ images: new Uint8Array(), labels: new Uint8Array() })).toThrow(
      /at least one digit/,
    );
    expect(() => new SphericalMnist({ images, labels, protocol: "new" as never })).toThrow(/expected default or paper/);
    expect(() => new SphericalMnist({ images, labels, seed: -1 })).toThrow(ValueError);
    expect(() => new SphericalMnist({ images, labels, bandwidth: 0 })).toThrow(ValueError);
    for (const index of [-1, 500, 1.5, Number.NaN]) {
      expect(() => data.digit(index)).toThrow(/expected a digit's number from 0 to 499, got/);
      expect(() => data.batch([0, index])).toThrow(ValueError);
    }
    expect(() => data.batch([])).toThrow(ShapeError);
    expect(() => data.batch([0, 1], new Uint8Array(3600))).toThrow(/room for 7200 samples, got 3600/);
    expect(() => [...data.batches([0], 0)]).toThrow(/batch size must be a positive integer, got 0/);
    expect(() => data.split(501)).toThrow(ValueError);
  });
});
