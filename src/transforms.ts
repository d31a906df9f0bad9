// Transforms of plain arrays, numbers in and numbers out, for callers who want no tensors: any leading axes, real or complex
// signals, any pair of bandwidths. Spectra are in the public complex order, coefficients last (docs/conventions.md).
//
// The engine transforms real signals. A complex one is two of them, x = u + iv, and X = U + iV; the imaginary part of the
// signal that X stands for is the real part of that of −iX.

import { MemoryExhaustedError, ShapeError, ValueError } from "./errors.ts";
import { s2Fft, s2Ifft, so3Fft, so3Ifft } from "./ops/fourier.ts";
import { checkBandwidth, s2BandwidthOfCount, so3BandwidthOfCount } from "./sphere/indices.ts";
import type { Engine } from "./tensor/engine.ts";
import { coefficientCount, type Domain, gridPoints, product, signalShape } from "./tensor/layout.ts";

/** Bytes that the larger side of the signals transformed at once may take, unless a single vector of them takes more. */
const CHUNK_BYTES = 1 << 24;

/** The names that `transform` knows. */
export const TRANSFORMS = ["s2-fft", "s2-ifft", "so3-fft", "so3-ifft"] as const;

/** The key of a transform in `TRANSFORMS`. */
export type TransformName = (typeof TRANSFORMS)[number];

/** Row-major numbers; without `im` they are real. */
export interface NumbersIn {
  readonly re: ArrayLike<number>;
  readonly im?: ArrayLike<number>;
  readonly shape: readonly number[];
}

/** Row-major complex numbers. */
export interface NumbersOut {
  readonly re: Float64Array;
  readonly im: Float64Array;
  readonly shape: readonly number[];
}

/** Bandwidth and precision of a transform. */
export interface TransformOptions {
  /** Of the output, the input's by default. Degrees that one side lacks are zero on the other. */
  readonly bandwidth?: number;
}

/**
 * A Fourier transform on S² or SO(3), or its inverse, of arrays of real or complex signals.
 *
 * | name | input | output |
 * |---|---|---|
 * | `s2-fft` | `[…, 2b, 2b]`, axes β, α | `[…, B²]` |
 * | `s2-ifft` | `[…, b²]` | `[…, 2B, 2B]` |
 * | `so3-fft` | `[…, 2b, 2b, 2b]`, axes β, α, γ | `[…, B(4B²−1)/3]` |
 * | `so3-ifft` | `[…, b(4b²−1)/3]` | `[…, 2B, 2B, 2B]` |
 *
 * with B the output's bandwidth. Sums are carried out in the engine's dtype.
 * @throws ShapeError for a shape that is no signal or spectrum, or an empty one; ValueError for an unknown name, a bandwidth
 *   below 1, a number of coefficients that no bandwidth has, numbers that are NaN or infinite, or whose result would be;
 *   MemoryExhaustedError
 */
export function transform(
  engine: Engine,
  name: TransformName,
  input: NumbersIn,
  options: TransformOptions = {},
): NumbersOut {
  if (!TRANSFORMS.includes(name)) {
    throw new ValueError(`transform: expected one of ${TRANSFORMS.join(", ")}, got ${JSON.stringify(name)}`);
  }
  const domain: Domain = name.startsWith("s2") ? "s2" : "so3";
  const inverse = name.endsWith("ifft");
  const { batch, bandwidth } = inverse ? spectrumOf(name, domain, input.shape) : signalOf(name, domain, input.shape);
  checkNumbers(name, input);
  const target = checkBandwidth(name, options.bandwidth ?? bandwidth);

  const [signal, spectrum] = inverse ? [target, bandwidth] : [bandwidth, target];
  const [points, coefficients] = [gridPoints(domain, signal), coefficientCount(domain, spectrum)];
  const [from, to] = inverse ? [coefficients, points] : [points, coefficients];
  const out = {
    re: zeros(name, product(batch) * to),
    im: zeros(name, product(batch) * to),
    shape: [...batch, ...(inverse ? signalShape(domain, target, 1, 1).slice(2) : [to])],
  };
  const signals = product(batch);
  const vectors = Math.floor(CHUNK_BYTES / (Math.max(from, to) * engine.bytesPerNumber * engine.lanes));
  const chunk = engine.lanes * Math.max(1, vectors);
  const forward = domain === "s2" ? s2Fft : so3Fft;
  const backward = domain === "s2" ? s2Ifft : so3Ifft;

  for (let first = 0; first < signals; first += chunk) {
    const count = Math.min(chunk, signals - first);
    const take = (numbers: ArrayLike<number>) => slice(numbers, first * from, count * from);
    const re = take(input.re);
    const im = input.im && take(input.im);
    const at = first * to;
    engine.noGrad(() =>
      engine.scope(() => {
        if (inverse) {
          /** The real part of the signal that the coefficients stand for. */
          const realPart = (x: Float64Array, y: Float64Array) =>
            backward(engine.spectrum(domain, bandwidth, [count, 1], x, y), target).toArray();
          const zero = new Float64Array(count * from);
          out.re.set(realPart(re, im ?? zero), at);
          out.im.set(
            realPart(
              im ?? zero,
              re.map((x) => -x),
            ),
            at,
          );
        } else {
          const spectrumOfReal = (x: Float64Array) =>
            forward(engine.signal(x, signalShape(domain, bandwidth, count, 1)), target).toComplex();
          const U = spectrumOfReal(re);
          out.re.set(U.re, at);
          out.im.set(U.im, at);
          if (!im) return;
          const V = spectrumOfReal(im);
          for (let i = 0; i < V.re.length; i++) {
            out.re[at + i]! -= V.im[i]!;
            out.im[at + i]! += V.re[i]!;
          }
        }
      }),
    );
  }
  for (const part of [out.re, out.im]) {
    const bad = part.findIndex((number) => !Number.isFinite(number));
    if (bad < 0) continue;
    throw new ValueError(
      `${name}: the result is not finite (${part[bad]} at row-major place ${bad}): the input is too large for ` +
        `${engine.dtype}; scale it down`,
    );
  }
  return out;
}

interface Described {
  /** The leading axes. */
  readonly batch: readonly number[];
  readonly bandwidth: number;
}

function signalOf(name: string, domain: Domain, shape: readonly number[]): Described {
  const axes = domain === "s2" ? 2 : 3;
  const sides = shape.slice(-axes);
  const side = sides[0] ?? 0;
  const expected = domain === "s2" ? "[…, 2b, 2b] (β, α)" : "[…, 2b, 2b, 2b] (β, α, γ)";
  if (shape.length < axes || side < 2 || side % 2 !== 0 || sides.some((n) => n !== side)) {
    throw new ShapeError(`${name}: expected a signal ${expected} for one bandwidth b ≥ 1, got [${shape.join(", ")}]`);
  }
  return { batch: batchOf(name, shape, axes), bandwidth: side / 2 };
}

function spectrumOf(name: string, domain: Domain, shape: readonly number[]): Described {
  const count = shape.at(-1);
  if (count === undefined) throw new ShapeError(`${name}: expected a spectrum […, coefficient], got a single number`);
  const batch = batchOf(name, shape, 1);
  return { batch, bandwidth: domain === "s2" ? s2BandwidthOfCount(count) : so3BandwidthOfCount(count) };
}

function batchOf(name: string, shape: readonly number[], axes: number): readonly number[] {
  const batch = shape.slice(0, -axes);
  if (!batch.every((n) => Number.isInteger(n) && n > 0)) {
    throw new ShapeError(`${name}: the leading axes must not be empty, got [${shape.join(", ")}]`);
  }
  return batch;
}

/** Counts agree with the shape, and every number is finite. */
function checkNumbers(name: string, { re, im, shape }: NumbersIn): void {
  for (const [part, numbers] of Object.entries({ re, im })) {
    if (!numbers) continue;
    if (numbers.length !== product(shape)) {
      const expected = `shape [${shape.join(", ")}] holds ${product(shape)} numbers`;
      throw new ShapeError(`${name}: ${expected}, ${part} has ${numbers.length}`);
    }
    for (let i = 0; i < numbers.length; i++) {
      if (Number.isFinite(numbers[i])) continue;
      throw new ValueError(`${name}: numbers must be finite, got ${numbers[i]} at row-major place ${i}`);
    }
  }
}

function slice(numbers: ArrayLike<number>, start: number, count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => numbers[start + i]!);
}

function zeros(name: string, count: number): Float64Array {
  try {
    return new Float64Array(count);
  } catch {
    throw new MemoryExhaustedError(
      `${name}: the result takes ${8 * count} bytes twice, more than this runtime gives; use a lower bandwidth or fewer signals`,
      8 * count,
      8 * 2 ** 32,
    );
  }
}
