// `transform` on files: the reference through the command line, dtypes and orders of .npy, and what it refuses.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readNpy, writeNpy } from "../../src/formats/npy.ts";
import type { TensorData } from "../../src/tensor-data.ts";
import { namesIn, refused, succeed, temporaryFolder } from "../support/cli.ts";
import { referenceTensors } from "../support/reference.ts";
import { largestError } from "../support/signals.ts";

const folder = temporaryFolder();
const path = (name: string) => join(folder, name);
const read = (name: string) => readNpy(readFileSync(path(name)));
function write(name: string, tensor: TensorData): string {
  writeFileSync(path(name), writeNpy(tensor));
  return path(name);
}

const reference = referenceTensors("fft_b10_to_6");

/** The reference's trailing (re, im) as complex numbers. */
function complex(name: string): TensorData {
  const { shape, values } = reference.get(name)!;
  return { shape: shape.slice(0, -1), dtype: "c128", data: values };
}

/** Reference spectra have the coefficient first. */
function coefficientLast(name: string): TensorData {
  const { shape, data } = complex(name) as TensorData & { data: Float64Array };
  const [coefficients, batch] = shape as readonly [number, number];
  const moved = data.map((_, i) => {
    const [coefficient, item] = [Math.floor(i / 2) % coefficients, Math.floor(i / 2 / coefficients)];
    return data[2 * (coefficient * batch + item) + (i % 2)]!;
  });
  return { shape: [batch, coefficients], dtype: "c128", data: moved };
}

describe.each(["s2", "so3"])("%s", (domain) => {
  test("forward of real and complex signals and inverse equal the reference", async () => {
    const { shape, values } = reference.get(`${domain}_x_real`)!;
    const real = write(`${domain}-real.npy`, { shape, dtype: "f64", data: values });
    const any = write(`${domain}-complex.npy`, complex(`${domain}_x_complex`));
    const spectrum = write(`${domain}-spectrum.npy`, coefficientLast(`${domain}_spec_in`));
    const out = path(`${domain}-out.npy`);
    const cases = [
      [`${domain}-fft`, real, "6", coefficientLast(`${domain}_X_real`)],
      [`${domain}-fft`, any, "6", coefficientLast(`${domain}_X_complex`)],
      [`${domain}-ifft`, spectrum, "10", complex(`${domain}_ifft_out`)],
    ] as const;
    for (const [kind, input, bandwidth, wanted] of cases) {
      await succeed("transform", kind, "--input", input, "--output", out, "--bandwidth", bandwidth);
      const got = read(`${domain}-out.npy`);
      expect(got.dtype).toBe("c128");
      expect(got.shape).toEqual(wanted.shape);
      expect(largestError(got.data as Float64Array, wanted.data as Float64Array)).toBeLessThan(1e-12);
      const narrow = ["--dtype", "f32", "--json"];
      const said = await succeed(
        "transform",
        kind,
        "--input",
        input,
        "--output",
        out,
        "--bandwidth",
        bandwidth,
        ...narrow,
      );
      expect(JSON.parse(said)).toMatchObject({ transform: kind, output: wanted.shape, dtype: "f32" });
      const rounded = read(`${domain}-out.npy`);
      expect(rounded.dtype).toBe("c64");
      expect(largestError(rounded.data as Float32Array, wanted.data as Float64Array)).toBeLessThan(1e-6);
    }
  });

  test("--real writes the real part of an inverse", async () => {
    const input = write(`${domain}-spectrum.npy`, coefficientLast(`${domain}_spec_in`));
    const output = path(`${domain}-real-part.npy`);
    await succeed("transform", `${domain}-ifft`, "--input", input, "--output", output, "--bandwidth", "10", "--real");
    const got = read(`${domain}-real-part.npy`);
    const wanted = (complex(`${domain}_ifft_out`).data as Float64Array).filter((_, i) => i % 2 === 0);
    expect(got.dtype).toBe("f64");
    expect(largestError(got.data as Float64Array, wanted)).toBeLessThan(1e-12);
  });
});

test("integers, and a bandwidth above the input's: zeros", async () => {
  const input = write("bytes.npy", { shape: [4, 4], dtype: "u8", data: Uint8Array.from({ length: 16 }, (_, i) => i) });
  await succeed("transform", "s2-fft", "--input", input, "--output", path("wide.npy"), "--bandwidth", "4");
  const { shape, data } = read("wide.npy");
  expect(shape).toEqual([16]);
  expect((data as Float64Array).subarray(8).every((value) => value === 0)).toBe(true);
});

describe("refused, with nothing written", () => {
  const f64 = (shape: number[], fill = 0): TensorData => {
    const data = new Float64Array(shape.reduce((a, n) => a * n, 1)).fill(fill);
    return { shape, dtype: "f64", data };
  };
  const good = write("good.npy", f64([2, 4, 4]));
  const output = path("never.npy");
  const bad = (message: RegExp, kind: string, input: string, ...rest: string[]) =>
    refused(message, "transform", kind, "--input", input, "--output", output, ...rest);

  test("arrays", async () => {
    const zonal = Float64Array.from({ length: 16 }, (_, i) => ([0, 2, 6, 12].includes(i) ? 5e307 : 0));
    const huge: TensorData = { shape: [16], dtype: "f64", data: zonal };
    await Promise.all([
      bad(/good\.txt: there is no such file/, "s2-fft", path("good.txt")),
      bad(/expected a signal .* got \[3, 3\]/, "s2-fft", write("odd.npy", f64([3, 3]))),
      bad(/expected a signal/, "so3-fft", good),
      bad(/leading axes must not be empty/, "s2-fft", write("empty.npy", f64([0, 4, 4]))),
      bad(/finite, got NaN at row-major place 0/, "s2-fft", write("nan.npy", f64([4, 4], Number.NaN))),
      bad(/finite, got Infinity/, "s2-ifft", write("inf.npy", f64([4], Number.POSITIVE_INFINITY))),
      bad(/the result is not finite \(-?(Infinity|NaN)/, "s2-ifft", write("huge.npy", huge)),
      bad(/1e\+300, .*does not fit f32/, "s2-fft", write("big.npy", f64([8, 8], 1e300)), "--dtype", "f32"),
      bad(/expected b\^2 coefficients .* got 15/, "s2-ifft", write("count.npy", f64([15]))),
    ]);
    writeFileSync(path("cut.npy"), readFileSync(good).subarray(0, 200));
    await bad(/cut\.npy: /, "s2-fft", path("cut.npy"));
    expect(namesIn(folder)).not.toContain("never.npy");
  });

  test("options", async () => {
    await Promise.all([
      bad(/transform: expected s2-fft, s2-ifft, so3-fft, so3-ifft, got dct/, "dct", good),
      bad(/--bandwidth: expected a whole number of at least 1, got 0/, "s2-fft", good, "--bandwidth", "0"),
      bad(/--bandwidth: expected a whole number/, "s2-fft", good, "--bandwidth", "many"),
      bad(/--dtype: expected f64, f32, got f16/, "s2-fft", good, "--dtype", "f16"),
      bad(/--real: the result of s2-fft is a spectrum/, "s2-fft", good, "--real"),
      bad(/MB|bytes/, "so3-ifft", write("one.npy", f64([1])), "--bandwidth", "60000"),
      refused(/--input is missing/, "transform", "s2-fft", "--output", output),
      refused(/--output is missing/, "transform", "s2-fft", "--input", good),
      refused(/there is no folder/, "transform", "s2-fft", "--input", good, "--output", path("nowhere/out.npy")),
      refused(/it is a folder/, "transform", "s2-fft", "--input", good, "--output", folder),
      refused(/cannot write/, "transform", "s2-fft", "--input", good, "--output", path("x".repeat(250))),
    ]);
    expect(namesIn(folder).filter((name) => name.includes("never") || name.includes("partial"))).toEqual([]);
  });
});
