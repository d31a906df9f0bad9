// The Fourier transforms on S² and SO(3), their inverses, and the adjoints of both (docs/conventions.md, "Transforms";
// Kostelec & Rockmore 2008 for the separation of variables).
//
// All four are linear and built from two kernels that are each other's transpose (docs/design.md, "Transforms"), so the
// gradient of each is another of the four. An adjoint is not an inverse: quadrature weights stand in one, 2l+1 in the other.

import { ShapeError, ValueError } from "../errors.ts";
import { checkBandwidth } from "../sphere/indices.ts";
import { betaWeights, degreeScales, dftTable, legendreTable, ones, wignerTable } from "../tables/transforms.ts";
import type { Engine } from "../tensor/engine.ts";
import { coefficientCount, type Domain, signalLayout, signalShape, spectrumLayout } from "../tensor/layout.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { clear } from "./clear.ts";

/** The groups of signals whose planes the S² kernels hold at once, enough to share the Legendre rows, and their bytes. */
const S2_CHUNK = 8;
const S2_CHUNK_BYTES = 1 << 26;

/** Up to as many signals are transformed on S² one by one, faster than side by side in the lanes of a vector. */
const S2_SINGLES = 2;

const VECTOR_BYTES = 16;

/** Kernels count the bytes of tables and scratch in 31 bits. */
const MAX_BYTES = 2 ** 31 - 1;

/** Whether so few signals of SO(3) are transformed one by one, their rings in the lanes: at least as fast as a group. */
const areSO3Singles = (engine: Engine, bandwidth: number, signals: number) =>
  signals <= engine.lanes / 2 && bandwidth >= engine.lanes;

/** @throws ValueError for bandwidths whose tables or scratch the kernels cannot address */
function checkSizes(
  name: string,
  domain: Domain,
  bandwidth: number,
  grid: number,
  engine: Engine,
  signals: number,
): void {
  if (domain === "s2") {
    if (grid > 4096) throw new ValueError(`${name}: the grid's bandwidth must be at most 4096, got ${grid}`);
    return;
  }
  const width = 2 * bandwidth - 1;
  const n = 2 * grid;
  const table = ((bandwidth * (bandwidth + 1) * (2 * bandwidth + 1)) / 6) * grid * engine.bytesPerNumber;
  const singles = areSO3Singles(engine, bandwidth, signals);
  const planes = singles ? 2 * width ** 2 + n * (width + n) : (grid + 1) * width ** 2 + n * width;
  const sums = coefficientCount(domain, bandwidth) + 3 * bandwidth;
  const scratch = (planes + (singles ? 3 : 2) * sums) * VECTOR_BYTES;
  if (Math.max(table, scratch) > MAX_BYTES) {
    const [tableSize, scratchSize] = [table, scratch].map((bytes) => `${(bytes / 1e9).toFixed(1)} GB`);
    throw new ValueError(
      `${name}: bandwidth ${bandwidth} on a grid of bandwidth ${grid} needs a table of ${tableSize} and ${scratchSize} ` +
        "of scratch; at most 2.1 GB of each are possible",
    );
  }
}

/** What distinguishes the two pairs of transposes: a weight for each β and a scale for each degree. */
type Weighting = "quadrature" | "degrees";

const adjointNames = {
  quadrature: { analysis: "Fft", synthesis: "FftAdjoint" },
  degrees: { analysis: "IfftAdjoint", synthesis: "Ifft" },
} as const;

/** Signals to spectra: forward transform ("quadrature") or adjoint of the inverse ("degrees"). */
function analysis(domain: Domain, weighting: Weighting, x: Tensor, bandwidth?: number): Tensor {
  const name = `${domain}${adjointNames[weighting].analysis}`;
  if (x.layout.kind !== "signal" || x.layout.domain !== domain) {
    throw new ShapeError(`${name}: expected a signal on ${domain}, got ${x.describe()}`);
  }
  const grid = x.layout.bandwidth;
  const target = checkBandwidth(name, bandwidth ?? grid);
  const [batch, channels] = x.shape as [number, number];
  const { engine } = x;
  const computed = Math.min(target, grid);
  checkSizes(name, domain, computed, grid, engine, batch * channels);
  const X = engine.empty(spectrumLayout(domain, target), [batch, channels, coefficientCount(domain, target)]);
  if (computed < target) clear(X, batch * channels * coefficientCount(domain, computed));
  run("Analyze", domain, weighting, grid, computed, batch * channels, channels, x, X);
  return engine.record(X, name, [x], (gradient) => [synthesis(domain, weighting, gradient, grid)]);
}

/** Spectra to signals: inverse transform ("degrees") or adjoint of the forward one ("quadrature"). */
function synthesis(domain: Domain, weighting: Weighting, X: Tensor, bandwidth?: number): Tensor {
  const name = `${domain}${adjointNames[weighting].synthesis}`;
  if (X.layout.kind !== "spectrum" || X.layout.domain !== domain) {
    throw new ShapeError(`${name}: expected a spectrum on ${domain}, got ${X.describe()}`);
  }
  const source = X.layout.bandwidth;
  const grid = checkBandwidth(name, bandwidth ?? source);
  if (X.layout.domain === "so3" && X.layout.orders < source) {
    throw new ShapeError(`${name}: expected all orders of γ, got ${X.describe()}; changeOrders fills in zeros`);
  }
  const [batch, channels] = X.shape as [number, number];
  const { engine } = X;
  const used = Math.min(source, grid);
  checkSizes(name, domain, used, grid, engine, batch * channels);
  const x = engine.empty(signalLayout(domain, grid), signalShape(domain, grid, batch, channels));
  run("Synthesize", domain, weighting, grid, used, batch * channels, channels, X, x);
  return engine.record(x, name, [X], (gradient) => [analysis(domain, weighting, gradient, source)]);
}

/** Calls the kernel: `from` and `to` are the signal and the spectrum or the other way round. */
function run(
  kernel: "Analyze" | "Synthesize",
  domain: Domain,
  weighting: Weighting,
  grid: number,
  bandwidth: number,
  signals: number,
  channels: number,
  from: Tensor,
  to: Tensor,
): void {
  const { engine } = from;
  const { kernels } = engine;
  const groups = Math.ceil(signals / engine.lanes);
  const weights = weighting === "quadrature" ? betaWeights(engine, domain, grid) : ones(engine, 2 * grid);
  const scales = weighting === "quadrature" ? ones(engine, bandwidth) : degreeScales(engine, bandwidth);
  const dft = dftTable(engine, 2 * grid);
  if (domain === "s2" && signals <= S2_SINGLES) {
    const table = legendreTable(engine, bandwidth, grid);
    const scratch = engine.scratch(kernels.s2SingleScratchBytes(bandwidth, grid));
    const call = kernel === "Analyze" ? kernels.s2AnalyzeSingle : kernels.s2SynthesizeSingle;
    const [x, y] = [from.pointer, to.pointer];
    for (let s = 0; s < signals; s++) {
      call(s, signals, channels, grid, bandwidth, x, y, weights, scales, dft, table, scratch);
    }
  } else if (domain === "s2") {
    const most = Math.max(1, Math.floor(S2_CHUNK_BYTES / ((2 * bandwidth - 1) * 2 * grid * VECTOR_BYTES)));
    const chunk = Math.min(groups, S2_CHUNK, most);
    const scratch = engine.scratch(kernels.s2ScratchBytes(bandwidth, grid, chunk));
    const call = kernel === "Analyze" ? kernels.s2Analyze : kernels.s2Synthesize;
    call(signals, channels, grid, bandwidth, 0, groups, chunk, from.pointer, to.pointer, weights, scales, dft, scratch);
  } else if (areSO3Singles(engine, bandwidth, signals)) {
    const table = wignerTable(engine, bandwidth, bandwidth, grid, engine.lanes);
    const scratch = engine.scratch(kernels.so3SingleScratchBytes(bandwidth, grid));
    const call = kernel === "Analyze" ? kernels.so3AnalyzeSingle : kernels.so3SynthesizeSingle;
    const [x, y] = [from.pointer, to.pointer];
    call(signals, channels, grid, bandwidth, x, y, table, weights, scales, dft, scratch);
  } else {
    const table = wignerTable(engine, bandwidth, bandwidth, grid, 1);
    const scratch = engine.scratch(kernels.so3ScratchBytes(bandwidth, grid));
    const call = kernel === "Analyze" ? kernels.so3Analyze : kernels.so3Synthesize;
    const [x, y] = [from.pointer, to.pointer];
    call(signals, channels, grid, bandwidth, 0, groups, x, y, table, weights, scales, dft, scratch);
  }
}

/**
 * Forward transform on S²: X^l_m = Σ_jk w_j/(4b) d^l_m0(β_j) e^{−imα_k} x_jk.
 * @param x signal `[batch, channel, 2b, 2b]`
 * @param bandwidth of the spectrum, b by default; degrees that the grid does not resolve are zero
 * @returns spectrum `[batch, channel, bandwidth²]`
 */
export const s2Fft = (x: Tensor, bandwidth?: number): Tensor => analysis("s2", "quadrature", x, bandwidth);

/**
 * Inverse transform on S²: x = Σ (2l+1) d^l_m0 e^{imα} X^l_m.
 * @param X spectrum `[batch, channel, b²]`
 * @param bandwidth of the grid, b by default; degrees that it does not resolve are left out
 * @returns signal `[batch, channel, 2·bandwidth, 2·bandwidth]`
 */
export const s2Ifft = (X: Tensor, bandwidth?: number): Tensor => synthesis("s2", "degrees", X, bandwidth);

/** The adjoint of `s2Fft`: spectrum to signal on the grid of `bandwidth`. */
export const s2FftAdjoint = (X: Tensor, bandwidth?: number): Tensor => synthesis("s2", "quadrature", X, bandwidth);

/** The adjoint of `s2Ifft`: signal to spectrum of `bandwidth`. */
export const s2IfftAdjoint = (x: Tensor, bandwidth?: number): Tensor => analysis("s2", "degrees", x, bandwidth);

/**
 * Forward transform on SO(3): X^l_mn = Σ w_j/(8b²) d^l_mn(β_j) e^{−i(mα+nγ)} x.
 * @param x signal `[batch, channel, 2b, 2b, 2b]`, axes β, α, γ
 * @param bandwidth of the spectrum, b by default; degrees that the grid does not resolve are zero
 * @returns spectrum `[batch, channel, B(4B²−1)/3]`
 */
export const so3Fft = (x: Tensor, bandwidth?: number): Tensor => analysis("so3", "quadrature", x, bandwidth);

/**
 * Inverse transform on SO(3): x = Σ (2l+1) d^l_mn e^{i(mα+nγ)} X^l_mn.
 * @param X spectrum `[batch, channel, b(4b²−1)/3]`
 * @param bandwidth of the grid, b by default; degrees that it does not resolve are left out
 * @returns signal `[batch, channel, 2·bandwidth, 2·bandwidth, 2·bandwidth]`
 */
export const so3Ifft = (X: Tensor, bandwidth?: number): Tensor => synthesis("so3", "degrees", X, bandwidth);

/** The adjoint of `so3Fft`: spectrum to signal on the grid of `bandwidth`. */
export const so3FftAdjoint = (X: Tensor, bandwidth?: number): Tensor => synthesis("so3", "quadrature", X, bandwidth);

/** The adjoint of `so3Ifft`: signal to spectrum of `bandwidth`. */
export const so3IfftAdjoint = (x: Tensor, bandwidth?: number): Tensor => analysis("so3", "degrees", x, bandwidth);
