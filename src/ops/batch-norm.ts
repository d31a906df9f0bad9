// Batch normalisation over channels (Ioffe & Szegedy 2015) with PyTorch's constants and conventions:
//
//   y = x̂ · weight + bias,   x̂ = (x − mean) / √(variance + ε),
//
// statistics over the batch and all points in training, with the biased variance; otherwise the running ones, to which
// training adds (1 − momentum) · running + momentum · (mean, unbiased variance). Statistics and the factors made of them
// are f64, so each direction is a few sums per channel and one affine map of the data.
//
// Of a spectrum on SO(3) the statistics are those of its signals with respect to the Haar measure, free of any grid: the
// mean is the coefficient of degree 0, and the mean square is Σ_l (2l+1) Σ_mn |X^l_mn|² (Parseval). A constant is a
// coefficient of degree 0, and the gradient of a mean square brings in the factor 2l+1.

import { ShapeError, ValueError } from "../errors.ts";
import type { Engine } from "../tensor/engine.ts";
import { coefficientCount, DENSE, degreeSize, gridPoints, type SpectrumLayout } from "../tensor/layout.ts";
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

/** A number of each for every channel. */
type AffineMap = readonly [scale: Float64Array, shift: Float64Array];

/** What differs between layouts. */
interface Channels {
  readonly channels: number;
  /** Numbers per channel. */
  readonly count: number;
  /** Their weight in a mean: all alike on a grid; in a spectrum the constants alone have one. */
  readonly mass: number;
  /** Means, then biased variances. */
  moments(x: Tensor): Float64Array;
  /** ⟨1, x⟩ per channel. */
  sums(x: Tensor): Float64Array;
  /** Σ x·y per channel. */
  dots(x: Tensor, y: Tensor): Float64Array;
  /** y = scale · x + shift per channel; with `dual`, x is first what the gradient of ‖x‖²/2 is. */
  affine(x: Tensor, map: () => AffineMap, y: Tensor, dual?: boolean): void;
}

function channelsOf(x: Tensor): Channels {
  const { layout, shape } = x;
  const [batch, channels] = shape as [number, number];
  if (layout.kind === "signal")
    return ofSignals(x.engine, batch, channels, gridPoints(layout.domain, layout.bandwidth));
  if (layout.kind === "spectrum" && layout.domain === "so3") {
    return ofSpectra(x.engine, batch, channels, layout);
  }
  if (layout.kind === "dense" && shape.length === 2) return ofColumns(x.engine, batch, channels);
  throw new ShapeError(
    `batchNorm: expected a signal, a spectrum on so3, or dense [batch, channels], got ${x.describe()}`,
  );
}

function ofSignals(engine: Engine, batch: number, channels: number, points: number): Channels {
  const { kernels } = engine;
  const [count, mass] = [batch * points, batch * points];
  return {
    ...{ channels, count, mass },
    moments: ({ pointer }) =>
      readF64(engine, 2 * channels, (out) =>
        kernels.channelMoments(batch, channels, points, pointer, out, out + 8 * channels),
      ),
    sums: ({ pointer }) =>
      readF64(engine, channels, (out) => kernels.channelSums(batch, channels, points, pointer, out)),
    dots: (x, y) =>
      readF64(engine, channels, (out) => kernels.channelDots(batch, channels, points, x.pointer, y.pointer, out)),
    affine: (x, map, y) => {
      const [a, b] = vectors(engine, channels, map);
      kernels.channelAffine(batch, channels, points, x.pointer, a, b, y.pointer);
    },
  };
}

function ofColumns(engine: Engine, rows: number, channels: number): Channels {
  const { kernels } = engine;
  return {
    ...{ channels, count: rows, mass: rows },
    moments: ({ pointer }) =>
      readF64(engine, 2 * channels, (out) => kernels.columnMoments(rows, channels, pointer, out, out + 8 * channels)),
    sums: ({ pointer }) => readF64(engine, channels, (out) => kernels.columnSumsF64(rows, channels, pointer, out)),
    dots: (x, y) => readF64(engine, channels, (out) => kernels.columnDots(rows, channels, x.pointer, y.pointer, out)),
    affine: (x, map, y) => {
      const [a, b] = vectors(engine, channels, map);
      kernels.columnAffine(rows, channels, x.pointer, a, b, y.pointer);
    },
  };
}

function ofSpectra(engine: Engine, batch: number, channels: number, layout: SpectrumLayout): Channels {
  const { kernels } = engine;
  const { bandwidth, orders } = layout;
  const coefficients = coefficientCount("so3", bandwidth, orders);
  const degrees = Array.from({ length: bandwidth }, (_, l) => ({
    multiplicity: 2 * l + 1,
    rows: batch * degreeSize("so3", l, orders),
    offset: coefficientCount("so3", l, orders) * batch * channels * engine.bytesPerNumber,
  }));
  const constants = ofColumns(engine, batch, channels);
  const dotsOfDegree = ({ rows, offset }: (typeof degrees)[number], x: Tensor, y: Tensor) =>
    readF64(engine, channels, (out) => kernels.columnDots(rows, channels, x.pointer + offset, y.pointer + offset, out));
  return {
    ...{ channels, count: batch * coefficients, mass: batch },
    moments: (x) => {
      const moments = constants.moments(x);
      for (const degree of degrees.slice(1)) {
        const squares = dotsOfDegree(degree, x, x);
        for (let c = 0; c < channels; c++) moments[channels + c]! += (degree.multiplicity * squares[c]!) / batch;
      }
      return moments;
    },
    sums: (x) => constants.sums(x),
    dots: (x, y) => {
      const rows = batch * coefficients;
      return readF64(engine, channels, (out) => kernels.columnDots(rows, channels, x.pointer, y.pointer, out));
    },
    affine: (x, map, y, dual = false) => {
      constants.affine(x, map, y);
      for (const { multiplicity, rows, offset } of degrees.slice(1)) {
        const [a, b] = vectors(engine, channels, () => {
          const [scale] = map();
          return [dual ? scale.map((value) => value * multiplicity) : scale, new Float64Array(channels)];
        });
        kernels.columnAffine(rows, channels, x.pointer + offset, a, b, y.pointer + offset);
      }
    },
  };
}

/** `count` f64 numbers that a kernel writes. */
function readF64(engine: Engine, count: number, write: (out: number) => void): Float64Array {
  const out = engine.scratch(8 * count);
  write(out);
  return new Float64Array(engine.memory.wasm.buffer, out, count).slice();
}

/** An affine map as the kernels read it. It depends on what was learnt and on statistics, in evaluation on nothing else. */
function vectors(engine: Engine, channels: number, map: () => AffineMap): [scale: number, shift: number] {
  const bytes = Math.ceil((channels * engine.bytesPerNumber) / 16) * 16;
  const at = engine.constant(2 * bytes, (pointer) => {
    const [scale, shift] = map();
    engine.view(pointer, channels).set(scale);
    engine.view(pointer + bytes, channels).set(shift);
  });
  return [at, at + bytes];
}

/**
 * @param x signal on S² or SO(3), spectrum on SO(3), or dense `[batch, channels]`
 * @returns a tensor like x
 * @throws ShapeError if channels disagree; ValueError for a single number per channel in training, or tensors of several
 *   engines
 */
export function batchNorm(x: Tensor, options: BatchNormOptions): Tensor {
  const { training, running, weight, bias, momentum = 0.1, epsilon = 1e-5 } = options;
  const engine = sameEngine("batchNorm", x, weight, bias);
  const over = channelsOf(x);
  const { channels, count, mass } = over;
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
    const moments = over.moments(x);
    [mean, variance] = [moments.slice(0, channels), moments.slice(channels)];
    for (let c = 0; c < channels; c++) {
      const unbiased = (variance[c]! * count) / (count - 1);
      runningMean[c] = (1 - momentum) * runningMean[c]! + momentum * mean[c]!;
      runningVariance[c] = (1 - momentum) * runningVariance[c]! + momentum * unbiased;
    }
  }
  const inverseDeviation = variance.map((value) => 1 / Math.sqrt(value + epsilon));
  let known: Float64Array | undefined;
  const factor = () => {
    const gains = () => (weight ? Float64Array.from(weight.view()) : new Float64Array(channels).fill(1));
    known ??= gains().map((gain, c) => gain * inverseDeviation[c]!);
    return known;
  };
  const y = engine.empty(x.layout, x.shape);
  over.affine(
    x,
    () => {
      const offsets = bias ? Float64Array.from(bias.view()) : new Float64Array(channels);
      const scale = factor();
      return [scale, scale.map((a, c) => offsets[c]! - a * mean[c]!)];
    },
    y,
  );

  const parameters = [weight, bias].filter((tensor) => tensor !== undefined);
  return engine.record(y, "batchNorm", [x, ...parameters], (dy) => {
    // Σ dy and Σ dy·x̂: the gradients of bias and weight.
    const sums = over.sums(dy);
    const dots = over.dots(x, dy);
    const projections = dots.map((dot, c) => (dot - mean[c]! * sums[c]!) * inverseDeviation[c]!);
    const gradients: (Tensor | null)[] = [null];
    if (weight) gradients.push(denseOf(engine, projections, weight.shape));
    if (bias) gradients.push(denseOf(engine, sums, bias.shape));
    if (!x.requiresGrad) return gradients;
    const scale = factor();
    const rescale = (): AffineMap => [scale, new Float64Array(channels)];
    if (!training) {
      over.affine(dy, rescale, dy);
      return [dy, ...gradients.slice(1)];
    }
    // dx = factor · (dy − Σdy/n − x̂ · Σ(dy·x̂)/n), with x̂ an affine map of x.
    const slope = scale.map((a, c) => (-a * inverseDeviation[c]! * projections[c]!) / mass);
    const constant = scale.map((a, c) => (-a * sums[c]!) / mass - slope[c]! * mean[c]!);
    const dx = engine.empty(x.layout, x.shape);
    over.affine(x, () => [slope, constant], dx, true);
    over.affine(dy, rescale, dy);
    engine.kernels.add(dx.length, dx.pointer, dy.pointer, dx.pointer);
    return [dx, ...gradients.slice(1)];
  });
}

function denseOf(engine: Engine, values: Float64Array, shape: readonly number[]): Tensor {
  const tensor = engine.empty(DENSE, shape);
  tensor.view().set(values);
  return tensor;
}
