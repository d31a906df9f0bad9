// Patches and their transpose against the definition, at unaligned addresses, with sentinels around the outputs.

import { describe, expect, it } from "vitest";
import { BUILDS, kernelBench } from "../support/kernels.ts";
import { signals as numbers } from "../support/signals.ts";
import { ROUNDING, ROWS } from "../support/tolerances.ts";

const SENTINEL = 777;

/** channels, height, width, kernel height, kernel width, stride, padding */
type Sizes = readonly [number, number, number, number, number, number, number];

const SIZES: readonly Sizes[] = [
  [1, 1, 1, 1, 1, 1, 0],
  [2, 5, 7, 3, 2, 1, 0],
  [3, 6, 5, 3, 3, 2, 1],
  [1, 60, 60, 5, 5, 3, 0],
  [2, 19, 19, 5, 5, 3, 0],
  [2, 4, 3, 4, 3, 1, 3], // patches that lie in the padding alone
  [1, 3, 3, 1, 1, 2, 5],
  [1, 2, 9, 5, 3, 4, 2], // a kernel larger than the image, not than the padded one
];

/** For each number of `im2col`, the index of the sample that it is, −1 in the padding. */
function patches([channels, height, width, kernelHeight, kernelWidth, stride, padding]: Sizes): number[] {
  const rows = Math.floor((height + 2 * padding - kernelHeight) / stride) + 1;
  const columns = Math.floor((width + 2 * padding - kernelWidth) / stride) + 1;
  const samples: number[] = [];
  for (let c = 0; c < channels; c++)
    for (let u = 0; u < kernelHeight; u++)
      for (let v = 0; v < kernelWidth; v++)
        for (let i = 0; i < rows; i++)
          for (let j = 0; j < columns; j++) {
            const [y, x] = [i * stride + u - padding, j * stride + v - padding];
            const inside = y >= 0 && y < height && x >= 0 && x < width;
            samples.push(inside ? (c * height + y) * width + x : -1);
          }
  return samples;
}

describe.each(BUILDS)("conv2d, $dtype $build", ({ dtype, build }) => {
  const bench = kernelBench(dtype, build, 8);
  const k = bench.k;
  const bytes = dtype === "f32" ? 4 : 8;
  const around = (values: ArrayLike<number>) => bench.put([SENTINEL, ...Array.from(values), SENTINEL]) + bytes;
  const got = (pointer: number, count: number) => {
    const all = bench.get(pointer - bytes, count + 2);
    expect([all[0], all.at(-1)]).toEqual([SENTINEL, SENTINEL]);
    return Array.from(all.subarray(1, -1));
  };

  it.each(SIZES)("im2col and col2im of %i × %i × %i, kernel %i × %i, stride %i, padding %i", (...sizes) => {
    bench.reset();
    const [channels, height, width] = sizes;
    const samples = patches(sizes);
    const x = numbers(channels * height * width, 1, dtype);
    const columns = around(new Float64Array(samples.length).fill(Number.NaN));
    k.im2col!(...sizes, around(x), columns);
    expect(got(columns, samples.length)).toEqual(samples.map((sample) => (sample < 0 ? 0 : x[sample])));

    const given = numbers(samples.length, 2, dtype);
    const sums = Float64Array.from(x);
    for (const [i, sample] of samples.entries()) if (sample >= 0) sums[sample]! += given[i]!;
    const out = around(x);
    k.col2im!(...sizes, around(given), out);
    // Each sample is in at most 25 patches: as many roundings of numbers below 26.
    const close = 25 * ROUNDING[dtype];
    for (const [i, value] of got(out, x.length).entries()) expect(Math.abs(value - sums[i]!)).toBeLessThan(close);
  });

  it("addToPlanes and planeSums", () => {
    for (const points of [1, 2, 3, 4, 5, 7, 8, 25, 361]) {
      bench.reset();
      const [batch, channels] = [3, 5];
      const x = numbers(batch * channels * points, 3, dtype);
      const bias = numbers(channels, 4, dtype);
      const channelOf = (i: number) => Math.floor(i / points) % channels;
      const sums = new Float64Array(channels);
      for (const [i, value] of x.entries()) sums[channelOf(i)]! += value;
      const [at, out] = [around(x), around(new Float64Array(channels).fill(Number.NaN))];
      k.planeSums!(batch, channels, points, at, out);
      for (const [c, value] of got(out, channels).entries()) {
        expect(Math.abs(value - sums[c]!)).toBeLessThan(ROWS[dtype] * (1 + Math.abs(sums[c]!)));
      }
      k.addToPlanes!(batch, channels, points, at, around(bias));
      for (const [i, value] of got(at, x.length).entries()) {
        expect(Math.abs(value - (x[i]! + bias[channelOf(i)]!))).toBeLessThan(ROUNDING[dtype]);
      }
    }
  });
});
