// Batch normalisation over channels (Ioffe & Szegedy 2015) with PyTorch's constants and conventions:
//
//   y = x̂ · weight + bias,   x̂ = (x − mean) / √(variance + ε),
//
// statistics over the batch and all points in training, with the biased variance; otherwise the running ones, to which
// training adds (1 − momentum) · running + momentum · (mean, unbiased variance). Statistics and the factors made of them
// are f64, so each direction is a few sums per channel and one affine map of the data.

import { ShapeError, ValueError } from "../errors.ts";
import type { Engine } from "../tensor/engine.ts";
import { DENSE, gridPoints } from "../tensor/layout.ts";
import { sameEngine } from "../tensor/same-engine.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Mean and unbiased variance of each channel; written in place by training. */
export interface RunningStatistics {
  readonly mean: Float32Array | Float64Array;
  readonly variance: Float32Array | Float64Array;
}

export interface BatchNormOptions {
  /** Whether to take the batch's statistics and move the running ones towards them. */
  readonly training: boolean;
  readonly running: RunningStatistics;
  /** Dense `[channels]`; ones by default. */
  readonly weight?: Tensor;
  /** Dense `[channels]`; zeros by default. */
  readonly bias?: Tensor;
  /** Share of the batch in the running statistics: 0.1 by default. */
  readonly momentum?: number;
  /** Added to the variance: 1e-5 by default. */
  readonly epsilon?: number;
}

/** The kernels for tensors like x, which differ in how channels lie in memory. */
interface Channels {
  readonly channels: number;
  /** Numbers per channel. */
  readonly count: number;
  /** mean and variance at out. */
  moments(x: Tensor, out: number): void;
  sums(x: Tensor, out: number): void;
  dots(x: Tensor, y: Tensor, out: number): void;
  affine(x: Tensor, scale: number, shift: number, y: Tensor): void;
}

function channelsOf(x: Tensor): Channels {
  const { layout, shape } = x;
  const { kernels } = x.engine;
  const [batch, channels] = shape as [number, number];
  if (layout.kind === "signal") {
    const points = gridPoints(layout.domain, layout.bandwidth);
    return {
      channels,
      count: batch * points,
      moments: (a, out) => kernels.channelMoments(batch, channels, points, a.pointer, out, out + 8 * channels),
      sums: (a, out) => kernels.channelSums(batch, channels, points, a.pointer, out),
      dots: (a, b, out) => kernels.channelDots(batch, channels, points, a.pointer, b.pointer, out),
      affine: (a, s, t, y) => kernels.channelAffine(batch, channels, points, a.pointer, s, t, y.pointer),
    };
  }
  if (layout.kind !== "dense" || shape.length !== 2) {
    throw new ShapeError(`batchNorm: expected a signal or dense [batch, channels], got ${x.describe()}`);
  }
  return {
    channels,
    count: batch,
    moments: (a, out) => kernels.columnMoments(batch, channels, a.pointer, out, out + 8 * channels),
    sums: (a, out) => kernels.columnSumsF64(batch, channels, a.pointer, out),
    dots: (a, b, out) => kernels.columnDots(batch, channels, a.pointer, b.pointer, out),
    affine: (a, s, t, y) => kernels.columnAffine(batch, channels, a.pointer, s, t, y.pointer),
  };
}

/** `count` f64 numbers that a kernel writes. */
function readF64(engine: Engine, count: number, write: (out: number) => void): Float64Array {
  const out = engine.scratch(8 * count);
  write(out);
  return new Float64Array(engine.memory.wasm.buffer, out, count).slice();
}

/** y = x · scale + shift per channel. */
function affine(over: Channels, x: Tensor, scale: Float64Array, shift: Float64Array, y: Tensor): void {
  const { engine } = x;
  const bytes = Math.ceil((over.channels * engine.bytesPerNumber) / 16) * 16;
  const at = engine.scratch(2 * bytes);
  engine.view(at, over.channels).set(scale);
  engine.view(at + bytes, over.channels).set(shift);
  over.affine(x, at, at + bytes, y);
}

/**
 * @param x signal on S² or SO(3), or dense `[batch, channels]`
 * @returns a tensor like x
 * @throws ShapeError if channels disagree; ValueError for a single number per channel in training, or tensors of several
 *   engines
 */
export function batchNorm(x: Tensor, options: BatchNormOptions): Tensor {
  const { training, running, weight, bias, momentum = 0.1, epsilon = 1e-5 } = options;
  const engine = sameEngine("batchNorm", x, weight, bias);
  const over = channelsOf(x);
  const { channels, count } = over;
  const { mean: runningMean, variance: runningVariance } = running;
  const perChannel = { "running mean": runningMean, "running variance": runningVariance, weight, bias };
  for (const [name, numbers] of Object.entries(perChannel)) {
    if (numbers === undefined || numbers.length === channels) continue;
    throw new ShapeError(
      `batchNorm: expected a ${name} of ${channels} channels, those of ${x.describe()}, got ${numbers.length}`,
    );
  }
  if (training && count < 2) {
    throw new ValueError(
      `batchNorm: training needs more than one number per channel, got ${x.describe()}; eval() uses running statistics`,
    );
  }

  let [mean, variance]: [Float64Array, Float64Array] = [
    Float64Array.from(runningMean),
    Float64Array.from(runningVariance),
  ];
  if (training) {
    const moments = readF64(engine, 2 * channels, (out) => over.moments(x, out));
    [mean, variance] = [moments.slice(0, channels), moments.slice(channels)];
    for (let c = 0; c < channels; c++) {
      const unbiased = (variance[c]! * count) / (count - 1);
      runningMean[c] = (1 - momentum) * runningMean[c]! + momentum * mean[c]!;
      runningVariance[c] = (1 - momentum) * runningVariance[c]! + momentum * unbiased;
    }
  }
  const inverseDeviation = variance.map((value) => 1 / Math.sqrt(value + epsilon));
  const gains = weight ? Float64Array.from(weight.view()) : new Float64Array(channels).fill(1);
  const offsets = bias ? Float64Array.from(bias.view()) : new Float64Array(channels);
  const factor = gains.map((gain, c) => gain * inverseDeviation[c]!);
  const y = engine.empty(x.layout, x.shape);
  affine(
    over,
    x,
    factor,
    factor.map((a, c) => offsets[c]! - a * mean[c]!),
    y,
  );

  const parameters = [weight, bias].filter((tensor) => tensor !== undefined);
  return engine.record(y, "batchNorm", [x, ...parameters], (dy) => {
    // Σ dy and Σ dy·x̂: the gradients of bias and weight.
    const sums = readF64(engine, channels, (out) => over.sums(dy, out));
    const dots = readF64(engine, channels, (out) => over.dots(x, dy, out));
    const projections = dots.map((dot, c) => (dot - mean[c]! * sums[c]!) * inverseDeviation[c]!);
    const gradients: (Tensor | null)[] = [null];
    if (weight) gradients.push(denseOf(engine, projections, weight.shape));
    if (bias) gradients.push(denseOf(engine, sums, bias.shape));
    if (!x.requiresGrad) return gradients;
    if (!training) {
      affine(over, dy, factor, new Float64Array(channels), dy);
      return [dy, ...gradients.slice(1)];
    }
    // dx = factor · (dy − Σdy/n − x̂ · Σ(dy·x̂)/n), with x̂ an affine map of x.
    const slope = factor.map((a, c) => (-a * inverseDeviation[c]! * projections[c]!) / count);
    const constant = factor.map((a, c) => (-a * sums[c]!) / count - slope[c]! * mean[c]!);
    const dx = engine.empty(x.layout, x.shape);
    affine(over, x, slope, constant, dx);
    affine(over, dy, factor, new Float64Array(channels), dy);
    engine.kernels.add(dx.length, dx.pointer, dy.pointer, dx.pointer);
    return [dx, ...gradients.slice(1)];
  });
}

function denseOf(engine: Engine, values: Float64Array, shape: readonly number[]): Tensor {
  const tensor = engine.empty(DENSE, shape);
  tensor.view().set(values);
  return tensor;
}
