// The rectifier between two convolutions on SO(3), from spectrum to spectrum:
//
//   so3Fft(relu(so3Ifft(X, grid)), bandwidth)
//
// in one pass that never has the signals in memory (assembly/so3-rectify.ts). On a grid finer than the spectrum asks for, the
// rectified signal, which is not band-limited, folds back less: an oversampled nonlinearity is equivariant to a smaller error.

import { ShapeError, ValueError } from "../errors.ts";
import { checkBandwidth } from "../sphere/indices.ts";
import { betaWeights, degreeScales, dftTable, ones, wignerTable } from "../tables/transforms.ts";
import type { Engine } from "../tensor/engine.ts";
import { coefficientCount, DENSE, gridPoints, spectrumLayout } from "../tensor/layout.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { clear } from "./clear.ts";

const VECTOR_BYTES = 16;

/** Kernels count the bytes of tables, scratch and masks in 31 bits. */
const MAX_BYTES = 2 ** 31 - 1;

/** @throws ValueError where table, scratch or mask would be larger than the kernels can address */
function checkSizes(engine: Engine, from: number, to: number, grid: number, maskBytes: number): void {
  const degrees = Math.max(from, to);
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
 * @param X spectrum on SO(3) `[batch, channel, b(4b²−1)/3]`; degrees that the grid does not resolve are left out
 * @param grid bandwidth of the grid on which the signal is rectified
 * @param bandwidth of the result; degrees that the grid does not resolve are zero. With 1, degree 0 alone, it is the mean over
 *   the rotation group
 * @returns spectrum `[batch, channel, bandwidth(4·bandwidth²−1)/3]`
 * @throws ShapeError unless X is a spectrum on SO(3); ValueError for bandwidths that are none, or too large to compute
 */
export function rectify(X: Tensor, grid: number, bandwidth: number): Tensor {
  const { engine, layout } = X;
  if (layout.kind !== "spectrum" || layout.domain !== "so3") {
    throw new ShapeError(`rectify: expected a spectrum on so3, got ${X.describe()}`);
  }
  checkBandwidth("rectify", grid);
  checkBandwidth("rectify", bandwidth);
  const [batch, channels] = X.shape as [number, number];
  const from = Math.min(layout.bandwidth, grid);
  const to = Math.min(bandwidth, grid);
  const signals = batch * channels;
  const groups = Math.ceil(signals / engine.lanes);
  const recorded = engine.recording && X.requiresGrad;
  const maskBytes = recorded ? groups * gridPoints("so3", grid) : 0;
  checkSizes(engine, from, to, grid, maskBytes);
  const mask = recorded ? engine.empty(DENSE, [Math.ceil(maskBytes / engine.bytesPerNumber)]) : null;
  const Y = emptySpectrum(X, bandwidth, to);
  const { kernels } = engine;

  const run = (source: Tensor, target: Tensor, from: number, to: number, adjoint: boolean) => {
    const weights = betaWeights(engine, "so3", grid);
    const scales = degreeScales(engine, Math.max(from, to));
    const none = ones(engine, Math.max(2 * grid, from, to));
    const dft = dftTable(engine, 2 * grid);
    const tableFrom = wignerTable(engine, from, grid, 1);
    const tableTo = wignerTable(engine, to, grid, 1);
    const scratch = engine.scratch(kernels.so3RectifyScratchBytes(from, to, grid));
    const [weightsFrom, scalesFrom] = adjoint ? [weights, none] : [none, scales];
    const [weightsTo, scalesTo] = adjoint ? [none, scales] : [weights, none];
    kernels.so3Rectify(
      signals,
      channels,
      grid,
      from,
      to,
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
      scratch,
      mask?.pointer ?? 0,
      adjoint ? 1 : 0,
    );
  };

  run(X, Y, from, to, false);
  return engine.record(Y, "rectify", [X], (dY) => {
    const dX = emptySpectrum(X, layout.bandwidth, from);
    run(dY, dX, to, from, true);
    return [dX];
  });
}

/** A spectrum of as many signals as `like`, zero from degree `computed` on. */
function emptySpectrum(like: Tensor, bandwidth: number, computed: number): Tensor {
  const [batch, channels] = like.shape as [number, number];
  const shape = [batch, channels, coefficientCount("so3", bandwidth)];
  const spectrum = like.engine.empty(spectrumLayout("so3", bandwidth), shape);
  if (computed < bandwidth) clear(spectrum, batch * channels * coefficientCount("so3", computed));
  return spectrum;
}
