// The equivariance error of correlation layers at general rotations, against bandwidth and depth (Cohen et al. 2018, section
// 5.1, figure 3):
//
//   Δ = mean over draws of std(L_R Φ(f) − Φ(L_R f)) / std(Φ(f)).
//
// Φ is a stack of one S² and further SO(3) convolutions of one bandwidth, with an activation between them. Each draw has
// filters, an input f and a rotation R of its own, so that draws are independent and the error of their mean is known; all
// depths are measured on the way through one stack. L_R acts through the spectrum: on signals that are band-limited it is
// exact. The draws depend on seed, bandwidth and number alone: runs that differ in the activation or the dtype share them.

import { ValueError } from "../errors.ts";
import { ReLU, SO3ReLU, Softplus } from "../nn/activations.ts";
import { S2Convolution, SO3Convolution } from "../nn/convolution.ts";
import { multiply, subtract } from "../ops/arithmetic.ts";
import { s2Ifft } from "../ops/fourier.ts";
import { so3Integrate } from "../ops/integrate.ts";
import { rotateSpectrum, so3Rotation } from "../ops/rotate.ts";
import { mean } from "../ops/sum.ts";
import { Random } from "../random.ts";
import { s2NearIdentityGrid, so3NearIdentityGrid } from "../sphere/grids.ts";
import { randomRotation } from "../sphere/rotations.ts";
import type { Engine } from "../tensor/engine.ts";
import { coefficientCount, spectrumLayout } from "../tensor/layout.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { pauses, type StopRequest } from "../train/pause.ts";
import type { Build, Dtype } from "../wasm/load.ts";
import type { ErrorRow, Spread } from "./equivariance-record.ts";

export const ACTIVATIONS = ["relu", "softplus", "none"] as const;

/**
 * Spectra of the input, coefficients independent and normal, the signal's mean square 1: "white" is band-limited white noise,
 * coefficients falling as 1/√(2l+1); in "flat" they are all alike, so that high degrees prevail.
 */
export const INPUTS = ["white", "flat"] as const;

/** Where depth d is measured: after its convolution, or after the activation that follows. */
export const PLACES = ["convolution", "activation"] as const;

/** What a stack and its input are drawn from. Plain JSON. */
export interface StackSettings {
  readonly layers: number;
  /** Of the input and every layer. */
  readonly channels: number;
  readonly activation: (typeof ACTIVATIONS)[number];
  /** ReLU on a grid so many times finer, truncated (`SO3ReLU`); null for the plain one. */
  readonly oversampling: number | null;
  readonly input: (typeof INPUTS)[number];
  readonly after: (typeof PLACES)[number];
}

/** All that the result depends on. Plain JSON. */
export interface EquivarianceSettings extends StackSettings {
  readonly bandwidths: readonly number[];
  /** Draws for each bandwidth. */
  readonly rotations: number;
  readonly dtype: Dtype;
  readonly build: Build;
  readonly seed: number;
}

/** One draw at one depth. */
export interface DepthError {
  /** std(L_R Φ(f) − Φ(L_R f)) / std(Φ(f)), over channels and grid: the paper's measure. */
  readonly error: number;
  /** ‖L_R Φ(f) − Φ(L_R f)‖ / ‖Φ(f)‖: after a ReLU, whose mean is not zero, the smaller of the two. */
  readonly distance: number;
  /** ‖∫Φ(f) − ∫Φ(L_R f)‖ / ‖∫Φ(f)‖ over channels: what is left of it after pooling. */
  readonly pooled: number;
}

/**
 * @param random of this draw
 * @returns the errors of one stack, one input and one rotation, by depth
 * @throws ValueError where the features vanish, so that there is no relative error
 */
export function drawErrors(engine: Engine, bandwidth: number, settings: StackSettings, random: Random): DepthError[] {
  const [filters, numbers] = [random.fork("filters"), random.fork("input")];
  const rotation = randomRotation(random.fork("rotation"));
  const activate = activation(engine, settings);
  const draw = () => {
    const spectrum = randomSpectrum(engine, bandwidth, settings, numbers);
    let [x, y] = engine.scope(() => [s2Ifft(spectrum), s2Ifft(rotateSpectrum(spectrum, rotation))] as const);
    const through = (module: (signal: Tensor) => Tensor) => {
      const before = [x, y];
      [x, y] = [module(x), module(y)];
      for (const signal of before) if (signal !== x && signal !== y) signal.dispose();
    };
    return Array.from({ length: settings.layers }, (_, depth) => {
      const layer = convolution(engine, bandwidth, settings.channels, depth, filters);
      through((signal) => layer.forward(signal));
      layer.dispose();
      if (settings.after === "activation") through(activate);
      const errors = engine.scope(() => compare(so3Rotation(x, rotation), x, y));
      if (!Object.values(errors).every(Number.isFinite)) {
        throw new ValueError(
          `equivariance: the features of layer ${depth + 1} at bandwidth ${bandwidth} vanish; take more channels`,
        );
      }
      if (settings.after === "convolution") through(activate);
      return errors;
    });
  };
  return engine.noGrad(() => engine.scope(draw));
}

function compare(rotated: Tensor, x: Tensor, y: Tensor): DepthError {
  const difference = subtract(rotated, y);
  const [before, after] = [so3Integrate(x), so3Integrate(y)];
  return {
    error: standardDeviation(difference) / standardDeviation(x),
    distance: Math.sqrt(meanSquare(difference) / meanSquare(x)),
    pooled: Math.sqrt(meanSquare(subtract(before, after)) / meanSquare(before)),
  };
}

const meanSquare = (x: Tensor): number => mean(multiply(x, x)).item();

const standardDeviation = (x: Tensor): number => Math.sqrt(Math.max(0, meanSquare(x) - mean(x).item() ** 2));

function randomSpectrum(engine: Engine, bandwidth: number, { channels, input }: StackSettings, random: Random): Tensor {
  const layout = spectrumLayout("s2", bandwidth);
  const spectrum = engine.empty(layout, [1, channels, coefficientCount("s2", bandwidth)]);
  // Degree by degree; within one all coefficients and channels are alike. The signal's mean square is Σ_l (2l+1)² size².
  const numbers: number[] = [];
  const total = input === "white" ? bandwidth ** 2 : coefficientCount("so3", bandwidth);
  for (let l = 0; l < bandwidth; l++) {
    const size = 1 / Math.sqrt(input === "white" ? total * (2 * l + 1) : total);
    for (let i = 0; i < (2 * l + 1) * channels; i++) numbers.push(size * random.normal());
  }
  spectrum.view().set(numbers);
  return spectrum;
}

/** Near-identity filters: 24 points on S², 72 on SO(3). */
function convolution(engine: Engine, bandwidth: number, channels: number, depth: number, rng: Random) {
  const sizes = { featuresIn: channels, featuresOut: channels, bandwidthIn: bandwidth, bandwidthOut: bandwidth };
  if (depth === 0) return new S2Convolution(engine, { ...sizes, grid: s2NearIdentityGrid(), rng });
  return new SO3Convolution(engine, { ...sizes, grid: so3NearIdentityGrid({ nAlpha: 6, nBeta: 2 }), rng });
}

/** Modules without parameters have nothing to dispose of. */
function activation(engine: Engine, { activation, oversampling }: StackSettings): (x: Tensor) => Tensor {
  if (activation === "none") return (x) => x;
  if (activation === "softplus") return (x) => new Softplus(engine).forward(x);
  const relu = oversampling === null ? new ReLU(engine) : new SO3ReLU(engine, { oversampling });
  return (x) => relu.forward(x);
}

/** Where a run stands. */
export interface EquivarianceProgress {
  readonly bandwidth: number;
  /** Draws done, of this bandwidth. */
  readonly done: number;
  /** To the end of all bandwidths, if they take time like b⁴, as the transforms do. */
  readonly secondsLeft: number;
}

export interface EquivarianceRunOptions {
  /** Rows of an earlier run with the same settings: the bandwidths that they have are not measured again. */
  readonly rows?: readonly ErrorRow[];
  /** Once its `aborted` is true, the run ends after the draw at hand; of that bandwidth there will be no rows. */
  readonly stop?: StopRequest;
  readonly onProgress?: (progress: EquivarianceProgress) => void;
  /** Called after each bandwidth with its rows, one for each depth. */
  readonly onBandwidth?: (rows: readonly ErrorRow[]) => void | Promise<void>;
}

/**
 * Measures all bandwidths in their order.
 * @param engine of the settings' dtype and build
 * @returns all rows, or "stopped"
 * @throws ValueError for settings that make no stack
 */
export async function runEquivariance(
  engine: Engine,
  settings: EquivarianceSettings,
  options: EquivarianceRunOptions = {},
): Promise<ErrorRow[] | "stopped"> {
  checkSettings(settings);
  const { bandwidths, rotations, seed } = settings;
  const rows = [...(options.rows ?? [])];
  const left = bandwidths.filter((bandwidth) => !rows.some((row) => row.bandwidth === bandwidth));
  const work = (all: readonly number[]) => all.reduce((total, bandwidth) => total + bandwidth ** 4 * rotations, 0);
  const began = performance.now();
  const pause = pauses();
  for (const [i, bandwidth] of left.entries()) {
    const draws = new Random(seed).fork("equivariance").fork(bandwidth);
    const start = performance.now();
    const errors: DepthError[][] = [];
    while (errors.length < rotations) {
      errors.push(drawErrors(engine, bandwidth, settings, draws.fork(errors.length)));
      const done = work(left.slice(0, i)) + bandwidth ** 4 * errors.length;
      const secondsLeft = ((performance.now() - began) / 1000) * (work(left) / done - 1);
      options.onProgress?.({ bandwidth, done: errors.length, secondsLeft });
      await pause();
      if (options.stop?.aborted && errors.length < rotations) return "stopped";
    }
    const seconds = (performance.now() - start) / 1000;
    const measured = errors[0]!.map((_, depth): ErrorRow => {
      const of = (measure: keyof DepthError) => spread(errors.map((draw) => draw[depth]![measure]));
      const measures = { error: of("error"), distance: of("distance"), pooled: of("pooled") };
      return { row: "error", bandwidth, layers: depth + 1, rotations, ...measures, seconds };
    });
    rows.push(...measured);
    engine.releaseTables();
    await options.onBandwidth?.(measured);
    if (options.stop?.aborted && i + 1 < left.length) return "stopped";
  }
  return rows;
}

/** @throws ValueError for settings that make no stack */
export function checkSettings(settings: EquivarianceSettings): void {
  const { bandwidths, layers, rotations, channels, activation, oversampling } = settings;
  const check = (name: string, value: number, least: number, most: number) => {
    if (Number.isInteger(value) && value >= least && value <= most) return;
    throw new ValueError(`equivariance: ${name} must be an integer from ${least} to ${most}, got ${value}`);
  };
  for (const bandwidth of bandwidths) check("a bandwidth", bandwidth, 2, 128);
  check("layers", layers, 1, 64);
  check("rotations", rotations, 2, 1_000_000);
  check("channels", channels, 1, 1024);
  if (new Set(bandwidths).size < bandwidths.length) throw new ValueError("equivariance: a bandwidth is there twice");
  if (oversampling !== null && activation !== "relu") {
    throw new ValueError(`equivariance: oversampling is a way to rectify, and the activation is ${activation}`);
  }
}

/** Of independent draws. */
function spread(values: readonly number[]): Spread {
  const average = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - average) ** 2, 0);
  const deviation = Math.sqrt(squares / (values.length - 1));
  return { mean: average, deviation, standardError: deviation / Math.sqrt(values.length) };
}
