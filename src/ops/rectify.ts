// The rectifier between two convolutions on SO(3), from spectrum to spectrum:
//
//   so3Fft(relu(so3Ifft(X, grid)), bandwidth)
//
// in one pass that never has the signals in memory (assembly/so3-rectify.ts). On a grid finer than the spectrum asks for, the
// rectified signal, which is not band-limited, folds back less: an oversampled nonlinearity is equivariant to a smaller error.
// With few orders of γ a few samples of γ do, and all that is computed between two convolutions is smaller in proportion.

import { ShapeError, ValueError } from "../errors.ts";
import { checkBandwidth } from "../sphere/indices.ts";
import { betaWeights, degreeScales, dftTable, ones, wignerTable } from "../tables/transforms.ts";
import type { Engine } from "../tensor/engine.ts";
import { coefficientCount, DENSE, type SpectrumLayout, spectrumLayout } from "../tensor/layout.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { clear } from "./clear.ts";

const VECTOR_BYTES = 16;

/** Kernels count the bytes of tables, scratch and masks in 31 bits. */
const MAX_BYTES = 2 ** 31 - 1;

/** What the rectified signal is sampled on, and what of its spectrum is kept. */
export interface RectifyOptions {
  /** The grid has 2·gammaGrid samples of γ, by default as many as of α. */
  readonly gammaGrid?: number;
  /** Of the result only the orders |n| < orders of γ, at most gammaGrid; by default all that the grid resolves. */
  readonly orders?: number;
}

/** The spectrum on one side of the rectifier, as far as the grid resolves it. */
interface Side {
  readonly bandwidth: number;
  readonly orders: number;
}

/** @throws ValueError where table, scratch or mask would be larger than the kernels can address */
function checkSizes(engine: Engine, from: Side, to: Side, grid: number, maskBytes: number): void {
  const degrees = Math.max(from.bandwidth, to.bandwidth);
  const table = ((degrees * (degrees + 1) * (2 * degrees + 1)) / 6) * grid * engine.bytesPerNumber;
  const width = 2 * degrees - 1;
  const scratch = (4 * width ** 2 + 4 * grid * width + 3 * coefficientCount("so3", degrees)) * VECTOR_BYTES;
  if (Math.max(table, scratch, maskBytes) <= MAX_BYTES) return;
  const [tableSize, scratchSize, maskSize] = [table, scratch, maskBytes].map(
    (bytes) => `${(bytes / 1e9).toFixed(1)} GB`,
  );
  throw new ValueError(
    `rectify: bandwidth ${degrees} on a grid of bandwidth ${grid} needs a table of ${tableSize}, ${scratchSize} of scratch ` +
      `and, for the gradient, a mask of ${maskSize}; at most 2.1 GB of each are possible`,
  );
}

/**
 * `so3Fft(relu(so3Ifft(X, grid)), bandwidth)`: the spectrum of max(x, 0).
 * @param X spectrum on SO(3) `[batch, channel, b(4b²−1)/3]`, or with few orders of γ, as many as the grid resolves; degrees that it
 *   does not resolve are left out
 * @param grid bandwidth of the grid on which the signal is rectified
 * @param bandwidth of the result; degrees that the grid does not resolve are zero. With 1, degree 0 alone, it is the mean over
 *   the rotation group
 * @returns spectrum `[batch, channel, bandwidth(4·bandwidth²−1)/3]`, or fewer coefficients where `orders` is below `bandwidth`
 * @throws ShapeError unless X is a spectrum on SO(3); ValueError for bandwidths or orders that are none, or too large to
 *   compute
 */
export function rectify(X: Tensor, grid: number, bandwidth: number, options: RectifyOptions = {}): Tensor {
  const { engine, layout } = X;
  if (layout.kind !== "spectrum" || layout.domain !== "so3") {
    throw new ShapeError(`rectify: expected a spectrum on so3, got ${X.describe()}`);
  }
  checkBandwidth("rectify", grid);
  checkBandwidth("rectify", bandwidth);
  const gammaGrid = checkBandwidth("rectify: gammaGrid", options.gammaGrid ?? grid);
  const orders = checkBandwidth(
    "rectify: orders",
    options.orders ?? (options.gammaGrid === undefined ? bandwidth : Math.min(bandwidth, gammaGrid)),
  );
  const [batch, channels] = X.shape as [number, number];
  const target = spectrumLayout("so3", bandwidth, orders);
  const [from, to] = [layout, target].map(({ bandwidth, orders }): Side => {
    const degrees = Math.min(bandwidth, grid);
    return { bandwidth: degrees, orders: Math.min(orders, degrees) };
  }) as [Side, Side];
  if (Math.max(from.orders, to.orders) > gammaGrid) {
    throw new ValueError(
      `rectify: a grid of ${2 * gammaGrid} samples of γ resolves ${gammaGrid} orders; the spectrum has ${from.orders}, and ` +
        `${to.orders} shall be kept`,
    );
  }
  const signals = batch * channels;
  const groups = Math.ceil(signals / engine.lanes);
  const recorded = engine.recording && X.requiresGrad;
  const maskBytes = recorded ? groups * 8 * grid ** 2 * gammaGrid : 0;
  checkSizes(engine, from, to, grid, maskBytes);
  const mask = recorded ? engine.empty(DENSE, [Math.ceil(maskBytes / engine.bytesPerNumber)]) : null;
  const { kernels } = engine;

  /** From what is resolved of one spectrum to the same of another. */
  const run = (source: Tensor, target: Tensor, from: Side, to: Side, adjoint: boolean) => {
    const weights = betaWeights(engine, "so3", grid, gammaGrid);
    const scales = degreeScales(engine, Math.max(from.bandwidth, to.bandwidth));
    const none = ones(engine, Math.max(2 * grid, from.bandwidth, to.bandwidth));
    const dft = dftTable(engine, 2 * grid);
    const gammaDft = dftTable(engine, 2 * gammaGrid);
    const tableFrom = wignerTable(engine, from.bandwidth, from.orders, grid, 1);
    const tableTo = wignerTable(engine, to.bandwidth, to.orders, grid, 1);
    const scratch = engine.scratch(
      kernels.so3RectifyScratchBytes(from.bandwidth, from.orders, to.bandwidth, to.orders, grid, gammaGrid),
    );
    const [weightsFrom, scalesFrom] = adjoint ? [weights, none] : [none, scales];
    const [weightsTo, scalesTo] = adjoint ? [none, scales] : [weights, none];
    kernels.so3Rectify(
      signals,
      channels,
      grid,
      gammaGrid,
      from.bandwidth,
      from.orders,
      to.bandwidth,
      to.orders,
      0,
      groups,
      source.pointer,
      target.pointer,
      tableFrom,
      weightsFrom,
      scalesFrom,
      tableTo,
      weightsTo,
      scalesTo,
      dft,
      gammaDft,
      scratch,
      mask?.pointer ?? 0,
      adjoint ? 1 : 0,
    );
  };

  const Y = emptySpectrum(X, target, to);
  run(X, Y, from, to, false);
  return engine.record(Y, "rectify", [X], (dY) => {
    const dX = emptySpectrum(X, layout, from);
    run(dY, dX, to, from, true);
    return [dX];
  });
}

/** A spectrum of as many signals as `like`, zero from the degree on that is not computed. */
function emptySpectrum(like: Tensor, layout: SpectrumLayout, computed: Side): Tensor {
  const [batch, channels] = like.shape as [number, number];
  const count = (degrees: number) => coefficientCount("so3", degrees, layout.orders);
  const spectrum = like.engine.empty(layout, [batch, channels, count(layout.bandwidth)]);
  if (computed.bandwidth < layout.bandwidth) clear(spectrum, batch * channels * count(computed.bandwidth));
  return spectrum;
}
