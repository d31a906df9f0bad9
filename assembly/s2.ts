// The Fourier transform on S², real basis, LANES signals at a time (docs/design.md, "Transforms").
//
// Analysis: for each β a real DFT over α gives F[a][β]; then per order m the sums over β
//
//   R^l_r = degreeScale_l Σ_j betaWeight_j d^l_{m0}(β_j) F_j        for the real indices r of m (cosine, sine).
//
// d^l_{m0}(π−β) = (−1)^{l+m} d^l_{m0}(β), so β and π−β are added for even l+m and subtracted for odd: half the sums.
// Nothing is tabulated: the rows d^l_{m0} are generated once per call and order, and serve all groups of signals.
// Synthesis is the exact transpose. The real basis' √2 for m > 0 is in the rows.

import { analyzeLines, dftScratchBytes, synthesizeLines } from "./dft";
import { LANES, REAL, VECTOR, madd, splatAt, zero } from "./simd";
import { gatherSpectrum, groupBytes, scatterSpectrum } from "./spectra";
import { softAngles, wignerAnglesBytes, wignerRows, wignerRowsScratchBytes } from "./wigner";

/** Bytes of scratch of `s2Analyze` and `s2Synthesize` for `groups` groups of signals at once. */
export function s2ScratchBytes(bandwidth: i32, grid: i32, groups: i32): i32 {
  const planes = <usize>((2 * bandwidth - 1) * 2 * grid) * VECTOR;
  const perGroup = planes + groupBytes(bandwidth, 1);
  const rows = wignerAnglesBytes(2 * grid) + 16 * bandwidth * grid + wignerRowsScratchBytes(2 * grid);
  return groups * <i32>perGroup + rows + 16 * bandwidth * grid + 4 * (grid + bandwidth) * <i32>VECTOR + dftScratchBytes(2 * grid);
}

/** Where the parts of the scratch lie. */
// @ts-ignore: decorator
@inline function planesOf(scratch: usize, i: i32, bandwidth: i32, grid: i32): usize {
  return scratch + <usize>(i * (2 * bandwidth - 1) * 2 * grid) * VECTOR;
}

/** d^l_{m0}(β_j), l = m … bandwidth−1, j < grid, as real numbers `[l][j]`, times √2 for m > 0. */
function legendreRows(m: i32, bandwidth: i32, grid: i32, angles: usize, rows: usize, work: usize, out: usize): void {
  wignerRows(m, 0, bandwidth, grid, angles, rows, work);
  const scale: f64 = m > 0 ? sqrt<f64>(2) : 1;
  const count = (bandwidth - m) * grid;
  for (let i = 0; i < count; i++) {
    store<real>(out, <real>(load<f64>(rows + <usize>i * 8) * scale));
    out += REAL;
  }
}

/**
 * Signals `[group][β][α][LANES]` at x to the spectra X (degree-major, bandwidth ≤ grid), groups first ≤ g < last, in
 * chunks of `chunk` groups, for which the scratch was sized.
 *
 * betaWeights: real[2·grid]; degreeScales: real[bandwidth]; dft: the table of length 2·grid; x and X do not overlap.
 */
export function s2Analyze(
  signals: i32, channels: i32, grid: i32, bandwidth: i32, first: i32, last: i32, chunk: i32, x: usize, X: usize,
  betaWeights: usize, degreeScales: usize, dft: usize, scratch: usize,
): void {
  const n = 2 * grid;
  const width = 2 * bandwidth - 1;
  const spectra = planesOf(scratch, chunk, bandwidth, grid);
  const angles = spectra + <usize>chunk * groupBytes(bandwidth, 1);
  const rows = angles + <usize>wignerAnglesBytes(n);
  const legendre = rows + <usize>(16 * bandwidth * grid);
  const fold = legendre + <usize>(16 * bandwidth * grid);
  const work = fold + <usize>(4 * grid) * VECTOR;
  softAngles(grid, angles);
  for (let start = first; start < last; start += chunk) {
    const count = min(chunk, last - start);
    for (let i = 0; i < count; i++) {
      const F = planesOf(scratch, i, bandwidth, grid);
      const p = x + <usize>(start + i) * <usize>(n * n) * VECTOR;
      analyzeLines(n, bandwidth, n, p, VECTOR, <usize>n * VECTOR, F, <usize>n * VECTOR, VECTOR, dft, work);
    }
    for (let m = 0; m < bandwidth; m++) {
      legendreRows(m, bandwidth, grid, angles, rows, work, legendre);
      for (let i = 0; i < count; i++) {
        const F = planesOf(scratch, i, bandwidth, grid) + <usize>((m > 0 ? 2 * m - 1 : 0) * n) * VECTOR;
        analyzeOrder(m, bandwidth, grid, legendre, F, fold, betaWeights, degreeScales, spectra + <usize>i * groupBytes(bandwidth, 1));
      }
    }
    for (let i = 0; i < count; i++) {
      scatterSpectrum(bandwidth, 1, signals, channels, start + i, spectra + <usize>i * groupBytes(bandwidth, 1), X);
    }
  }
}

/** The transpose of `s2Analyze`: spectra X to signals x, with the same arguments. Every number of the groups is written. */
export function s2Synthesize(
  signals: i32, channels: i32, grid: i32, bandwidth: i32, first: i32, last: i32, chunk: i32, X: usize, x: usize,
  betaWeights: usize, degreeScales: usize, dft: usize, scratch: usize,
): void {
  const n = 2 * grid;
  const width = 2 * bandwidth - 1;
  const spectra = planesOf(scratch, chunk, bandwidth, grid);
  const angles = spectra + <usize>chunk * groupBytes(bandwidth, 1);
  const rows = angles + <usize>wignerAnglesBytes(n);
  const legendre = rows + <usize>(16 * bandwidth * grid);
  const stream = legendre + <usize>(16 * bandwidth * grid);
  const work = stream + <usize>(2 * bandwidth) * VECTOR;
  softAngles(grid, angles);
  for (let start = first; start < last; start += chunk) {
    const count = min(chunk, last - start);
    for (let i = 0; i < count; i++) {
      gatherSpectrum(bandwidth, 1, signals, channels, start + i, X, spectra + <usize>i * groupBytes(bandwidth, 1));
    }
    for (let m = 0; m < bandwidth; m++) {
      legendreRows(m, bandwidth, grid, angles, rows, work, legendre);
      for (let i = 0; i < count; i++) {
        const F = planesOf(scratch, i, bandwidth, grid) + <usize>((m > 0 ? 2 * m - 1 : 0) * n) * VECTOR;
        synthesizeOrder(m, bandwidth, grid, legendre, F, stream, betaWeights, degreeScales, spectra + <usize>i * groupBytes(bandwidth, 1));
      }
    }
    for (let i = 0; i < count; i++) {
      const F = planesOf(scratch, i, bandwidth, grid);
      const p = x + <usize>(start + i) * <usize>(n * n) * VECTOR;
      synthesizeLines(n, bandwidth, n, F, <usize>n * VECTOR, VECTOR, p, VECTOR, <usize>n * VECTOR, dft, work);
    }
  }
}

/** Cosine and sine of order m of one group: folds β and π−β, then sums rows of both parities, two of each at a time. */
function analyzeOrder(
  m: i32, bandwidth: i32, grid: i32, rows: usize, F: usize, fold: usize, weights: usize, scales: usize, R: usize,
): void {
  const J = 2 * grid;
  const sine: usize = m > 0 ? <usize>J * VECTOR : 0;
  let q = fold;
  for (let j = 0; j < grid; j++) {
    const f = F + <usize>j * VECTOR;
    const g = F + <usize>(J - 1 - j) * VECTOR;
    const w = splatAt(weights + <usize>j * REAL);
    const v = splatAt(weights + <usize>(J - 1 - j) * REAL);
    const c0 = v128.mul<real>(w, v128.load(f)), c1 = v128.mul<real>(v, v128.load(g));
    const s0 = v128.mul<real>(w, v128.load(f + sine)), s1 = v128.mul<real>(v, v128.load(g + sine));
    v128.store(q, v128.add<real>(c0, c1));
    v128.store(q, v128.add<real>(s0, s1), 16);
    v128.store(q, v128.sub<real>(c0, c1), 32);
    v128.store(q, v128.sub<real>(s0, s1), 48);
    q += 4 * VECTOR;
  }
  const end = q;
  const row = <usize>grid * REAL;
  for (let l = m; l < bandwidth; l += 4) {
    // Degrees past the last repeat it: their sums are not stored.
    const t0 = rows + <usize>(l - m) * row;
    const t1 = rows + <usize>(min(l + 1, bandwidth - 1) - m) * row;
    const t2 = rows + <usize>(min(l + 2, bandwidth - 1) - m) * row;
    const t3 = rows + <usize>(min(l + 3, bandwidth - 1) - m) * row;
    let c0 = zero(), s0 = zero(), c1 = zero(), s1 = zero(), c2 = zero(), s2 = zero(), c3 = zero(), s3 = zero();
    let i: usize = 0;
    for (q = fold; q < end; q += 4 * VECTOR) {
      const ce = v128.load(q), se = v128.load(q, 16), co = v128.load(q, 32), so = v128.load(q, 48);
      let d = splatAt(t0 + i);
      c0 = madd(d, ce, c0);
      s0 = madd(d, se, s0);
      d = splatAt(t2 + i);
      c2 = madd(d, ce, c2);
      s2 = madd(d, se, s2);
      d = splatAt(t1 + i);
      c1 = madd(d, co, c1);
      s1 = madd(d, so, s1);
      d = splatAt(t3 + i);
      c3 = madd(d, co, c3);
      s3 = madd(d, so, s3);
      i += REAL;
    }
    storeOrder(R, m, l, scales, c0, s0);
    if (l + 1 < bandwidth) storeOrder(R, m, l + 1, scales, c1, s1);
    if (l + 2 < bandwidth) storeOrder(R, m, l + 2, scales, c2, s2);
    if (l + 3 < bandwidth) storeOrder(R, m, l + 3, scales, c3, s3);
  }
}

// @ts-ignore: decorator
@inline function storeOrder(R: usize, m: i32, l: i32, scales: usize, c: v128, s: v128): void {
  const scale = splatAt(scales + <usize>l * REAL);
  const r = R + <usize>(l * l + (m > 0 ? 2 * m - 1 : 0)) * VECTOR;
  v128.store(r, v128.mul<real>(scale, c));
  if (m > 0) v128.store(r, v128.mul<real>(scale, s), 16);
}

/** The transpose of `analyzeOrder`: writes the cosine and sine of order m for every β. */
function synthesizeOrder(
  m: i32, bandwidth: i32, grid: i32, rows: usize, F: usize, stream: usize, weights: usize, scales: usize, R: usize,
): void {
  const J = 2 * grid;
  const sine: usize = m > 0 ? <usize>J * VECTOR : 0;
  const next: usize = m > 0 ? VECTOR : 0;
  let q = stream;
  for (let l = m; l < bandwidth; l++) {
    const scale = splatAt(scales + <usize>l * REAL);
    const r = R + <usize>(l * l + (m > 0 ? 2 * m - 1 : 0)) * VECTOR;
    v128.store(q, v128.mul<real>(scale, v128.load(r)));
    v128.store(q, v128.mul<real>(scale, v128.load(r + next)), 16);
    q += 2 * VECTOR;
  }
  const end = q;
  const row = <usize>grid * REAL;
  // Two β at a time: even and odd degrees, cosine and sine, eight sums.
  for (let j = 0; j < grid; j += 2) {
    const step: usize = j + 1 < grid ? REAL : 0;
    let ce = zero(), se = zero(), co = zero(), so = zero(), de = zero(), te = zero(), dO = zero(), to = zero();
    let t = rows + <usize>j * REAL;
    for (q = stream; q < end; q += 4 * VECTOR) {
      let c = v128.load(q), s = v128.load(q, 16);
      let d = splatAt(t), e = splatAt(t + step);
      ce = madd(d, c, ce);
      se = madd(d, s, se);
      de = madd(e, c, de);
      te = madd(e, s, te);
      if (q + 2 * VECTOR < end) {
        c = v128.load(q, 32);
        s = v128.load(q, 48);
        d = splatAt(t + row);
        e = splatAt(t + row + step);
        co = madd(d, c, co);
        so = madd(d, s, so);
        dO = madd(e, c, dO);
        to = madd(e, s, to);
      }
      t += 2 * row;
    }
    storeBeta(F, j, J, sine, weights, ce, se, co, so);
    if (step) storeBeta(F, j + 1, J, sine, weights, de, te, dO, to);
  }
}

// @ts-ignore: decorator
@inline function storeBeta(F: usize, j: i32, J: i32, sine: usize, weights: usize, ce: v128, se: v128, co: v128, so: v128): void {
  const f = F + <usize>j * VECTOR;
  const g = F + <usize>(J - 1 - j) * VECTOR;
  const w = splatAt(weights + <usize>j * REAL);
  const v = splatAt(weights + <usize>(J - 1 - j) * REAL);
  // The sine first: for m = 0 it shares the cosine's place.
  v128.store(f + sine, v128.mul<real>(w, v128.add<real>(se, so)));
  v128.store(g + sine, v128.mul<real>(v, v128.sub<real>(se, so)));
  v128.store(f, v128.mul<real>(w, v128.add<real>(ce, co)));
  v128.store(g, v128.mul<real>(v, v128.sub<real>(ce, co)));
}
