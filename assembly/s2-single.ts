// The Fourier transform on S² of one signal, lanes along β: the same sums as s2.ts, where lanes are signals.
//
// d^l_{m0}(π−β) = (−1)^{l+m} d^l_{m0}(β): β_j and π−β_j become their weighted sum and difference at once, the even
// and the odd line of β_j, LANES of which share one DFT. It leaves F `[a][j / LANES][even, odd][j mod LANES]`, where a
// is c0, c1, s1, c2, …. From F, per order m, the Legendre stage (legendre.ts) makes the sums of even l−m, and those of
// odd l−m up to the two-term recurrence of legendre-table.ts. Synthesis is the exact transpose, step by step.

import { analyzeLines, dftScratchBytes, synthesizeLines } from "./dft";
import { legendrePairs, legendreSeries, legendreSums, PAIR, SUMS } from "./legendre";
import { betaBlocks, firstOrder, orderBytes, orderSteps, ODD, polarBlocks, STEP } from "./legendre-table";
import { LANES, REAL, VECTOR, splatAt, zero } from "./simd";

/** Vectors of β_j, j < grid, filled up to whole blocks. */
// @ts-ignore: decorator
@inline function betaVectors(grid: i32): i32 {
  return (4 * betaBlocks(grid)) / LANES;
}

/** Bytes of a row of F, not a power of two, at which rows would compete for the same lines of the cache. */
// @ts-ignore: decorator
@inline function rowBytes(grid: i32): usize {
  return <usize>(2 * betaVectors(grid) + 4) * VECTOR;
}

/** Bytes of scratch of `s2AnalyzeSingle` and `s2SynthesizeSingle`. */
export function s2SingleScratchBytes(bandwidth: i32, grid: i32): i32 {
  const rows = <i32>rowBytes(grid) * (2 * bandwidth - 1);
  const legendre = 2 * <i32>PAIR * betaBlocks(grid) + 2 * <i32>SUMS * orderSteps(0, bandwidth);
  return rows + legendre + 4 * grid * <i32>VECTOR + dftScratchBytes(2 * grid);
}

/**
 * Signal number s of `signals` to its coefficients in the spectra X, with the arguments of `s2Analyze` in s2.ts.
 *
 * table: that of legendre-table.ts; x and X do not overlap.
 */
export function s2AnalyzeSingle(
  s: i32, signals: i32, channels: i32, grid: i32, bandwidth: i32, x: usize, X: usize, betaWeights: usize,
  degreeScales: usize, dft: usize, table: usize, scratch: usize,
): void {
  const n = 2 * grid;
  const blocks = betaBlocks(grid);
  const rows = rowBytes(grid);
  const pairs = scratch + rows * <usize>(2 * bandwidth - 1);
  const sums = pairs + 2 * PAIR * <usize>blocks;
  const work = sums + 2 * SUMS * <usize>orderSteps(0, bandwidth);
  X += <usize>(s % channels) * REAL;
  x += <usize>(s / LANES) * <usize>(n * n) * VECTOR + <usize>(s % LANES) * REAL;
  for (let v = 0; v < betaVectors(grid); v++) {
    foldLines(v * LANES, grid, x, betaWeights, work);
    const F = scratch + <usize>(2 * v) * VECTOR;
    analyzeLines(n, bandwidth, 2, work, 2 * VECTOR, VECTOR, F, rows, VECTOR, dft, work + <usize>(2 * n) * VECTOR);
  }
  legendrePairs(blocks, table, pairs);
  let order = firstOrder(grid, table);
  for (let m = 0; m < bandwidth; m++) {
    const steps = orderSteps(m, bandwidth);
    loadOrder(m, blocks, scratch, rows, pairs);
    legendreSums(blocks, polarBlocks(grid), steps, order, pairs, sums);
    putOrder(m, bandwidth, order, sums, s / channels, signals, channels, X, degreeScales);
    order += orderBytes(m, bandwidth, grid);
  }
}

/** The transpose of `s2AnalyzeSingle`. If the signal lies in its group's first lane, the other lanes become zero. */
export function s2SynthesizeSingle(
  s: i32, signals: i32, channels: i32, grid: i32, bandwidth: i32, X: usize, x: usize, betaWeights: usize,
  degreeScales: usize, dft: usize, table: usize, scratch: usize,
): void {
  const n = 2 * grid;
  const blocks = betaBlocks(grid);
  const rows = rowBytes(grid);
  const pairs = scratch + rows * <usize>(2 * bandwidth - 1);
  const sums = pairs + 2 * PAIR * <usize>blocks;
  const work = sums + 2 * SUMS * <usize>orderSteps(0, bandwidth);
  legendrePairs(blocks, table, pairs);
  X += <usize>(s % channels) * REAL;
  let order = firstOrder(grid, table);
  for (let m = 0; m < bandwidth; m++) {
    const steps = orderSteps(m, bandwidth);
    takeOrder(m, bandwidth, order, sums, s / channels, signals, channels, X, degreeScales);
    legendreSeries(blocks, polarBlocks(grid), steps, order, sums, pairs);
    storeOrder(m, blocks, scratch, rows, pairs);
    order += orderBytes(m, bandwidth, grid);
  }
  x += <usize>(s / LANES) * <usize>(n * n) * VECTOR;
  for (let v = 0; v * LANES < grid; v++) {
    const F = scratch + <usize>(2 * v) * VECTOR;
    synthesizeLines(n, bandwidth, 2, F, rows, VECTOR, work, 2 * VECTOR, VECTOR, dft, work + <usize>(2 * n) * VECTOR);
    unfoldLines(v * LANES, grid, s % LANES, work, betaWeights, x);
  }
}

// ── Lines ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The number at p + k·step in lane k, that of `last` in those past it. */
// @ts-ignore: decorator
@inline function gather(p: usize, step: usize, last: i32): v128 {
  let v = splatAt(p);
  v = v128.load_lane<real>(p + <usize>min(1, last) * step, v, 1);
  if (LANES == 4) {
    v = v128.load_lane<real>(p + <usize>min(2, last) * step, v, 2);
    v = v128.load_lane<real>(p + <usize>min(3, last) * step, v, 3);
  }
  return v;
}

/** The weights of β_j, or of their mirror images π − β_j, in lane j − first; zero past the grid. */
function weightsOf(first: i32, grid: i32, mirrored: bool, betaWeights: usize, out: usize): v128 {
  for (let k = 0; k < LANES; k++) {
    const j = first + k;
    const w: real = j < grid ? load<real>(betaWeights + <usize>(mirrored ? 2 * grid - 1 - j : j) * REAL) : 0;
    store<real>(out + <usize>k * REAL, w);
  }
  return v128.load(out);
}

/** Even and odd lines of β_j, first ≤ j < first + LANES, as `[k][even, odd]`. */
function foldLines(first: i32, grid: i32, x: usize, betaWeights: usize, out: usize): void {
  const n = 2 * grid;
  const line = <usize>n * VECTOR;
  if (first >= grid) {
    memory.fill(out, 0, 2 * line);
    return;
  }
  const last = min(LANES, grid - first) - 1;
  const w = weightsOf(first, grid, false, betaWeights, out);
  const v = weightsOf(first, grid, true, betaWeights, out);
  let north = x + <usize>first * line;
  let south = x + <usize>(n - 1 - first) * line;
  for (const end = out + 2 * line; out < end; out += 2 * VECTOR) {
    const a = v128.mul<real>(w, gather(north, line, last));
    const b = v128.mul<real>(v, gather(south, 0 - line, last));
    v128.store(out, v128.add<real>(a, b));
    v128.store(out, v128.sub<real>(a, b), VECTOR);
    north += VECTOR;
    south += VECTOR;
  }
}

/** The transpose: lines `[k][even, odd]` to lane `lane` of the signals' group at x. */
function unfoldLines(first: i32, grid: i32, lane: i32, lines: usize, betaWeights: usize, x: usize): void {
  const n = 2 * grid;
  const line = <usize>n * VECTOR;
  const count = min(LANES, grid - first);
  const end = lines + 2 * line;
  const w = weightsOf(first, grid, false, betaWeights, end);
  const v = weightsOf(first, grid, true, betaWeights, end);
  let north = x + <usize>first * line + <usize>lane * REAL;
  let south = x + <usize>(n - 1 - first) * line + <usize>lane * REAL;
  for (; lines < end; lines += 2 * VECTOR) {
    const even = v128.load(lines), odd = v128.load(lines, VECTOR);
    spread(v128.mul<real>(w, v128.add<real>(even, odd)), north, line, count, lane == 0);
    spread(v128.mul<real>(v, v128.sub<real>(even, odd)), south, 0 - line, count, lane == 0);
    north += VECTOR;
    south += VECTOR;
  }
}

/** Lane k to p + k·step, k < count; `alone`: with zeros in the rest of the vector there. */
// @ts-ignore: decorator
@inline function spread(v: v128, p: usize, step: usize, count: i32, alone: bool): void {
  if (alone) {
    if (LANES == 2) {
      v128.store(p, v128.shuffle<f64>(v, zero(), 0, 2));
      if (count > 1) v128.store(p + step, v128.shuffle<f64>(v, zero(), 1, 2));
    } else {
      v128.store(p, v128.shuffle<f32>(v, zero(), 0, 4, 4, 4));
      if (count > 1) v128.store(p + step, v128.shuffle<f32>(v, zero(), 1, 4, 4, 4));
      if (count > 2) v128.store(p + 2 * step, v128.shuffle<f32>(v, zero(), 2, 4, 4, 4));
      if (count > 3) v128.store(p + 3 * step, v128.shuffle<f32>(v, zero(), 3, 4, 4, 4));
    }
  } else {
    v128.store_lane<real>(p, v, 0);
    if (count > 1) v128.store_lane<real>(p + step, v, 1);
    if (LANES == 4) {
      if (count > 2) v128.store_lane<real>(p + 2 * step, v, 2);
      if (count > 3) v128.store_lane<real>(p + 3 * step, v, 3);
    }
  }
}

// ── Orders ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Two numbers as f64, and back. */
// @ts-ignore: decorator
@inline function loadTwo(p: usize): v128 {
  if (LANES == 2) return v128.load(p);
  else return f64x2.promote_low_f32x4(v128.load64_zero(p));
}
// @ts-ignore: decorator
@inline function storeTwo(p: usize, v: v128): void {
  if (LANES == 2) v128.store(p, v);
  else v128.store64_lane(p, f32x4.demote_f64x2_zero(v), 0);
}

/** Row of F of order m's cosine; the sine's is the next one. */
// @ts-ignore: decorator
@inline function cosineRow(m: i32): usize {
  return m > 0 ? <usize>(2 * m - 1) : 0;
}

/** From a pair of β to the next one in F: within a vector of f32, or past the odd line. */
// @ts-ignore: decorator
@inline function nextPair(pair: i32): usize {
  return LANES == 4 && (pair & 1) == 0 ? 2 * REAL : 2 * VECTOR - (LANES == 4 ? 2 * REAL : 0);
}

/** Order m of F to the functions of the pairs, in f64: cosine even, sine even, x · cosine odd, x · sine odd. */
function loadOrder(m: i32, blocks: i32, F: usize, rows: usize, pairs: usize): void {
  let p = F + cosineRow(m) * rows;
  const sine = m > 0 ? rows : 0;
  for (let pair = 0; pair < 2 * blocks; pair++) {
    const x = v128.load(pairs, 112);
    v128.store(pairs, loadTwo(p));
    v128.store(pairs, loadTwo(p + sine), 16);
    v128.store(pairs, f64x2.mul(x, loadTwo(p + VECTOR)), 32);
    v128.store(pairs, f64x2.mul(x, loadTwo(p + sine + VECTOR)), 48);
    p += nextPair(pair);
    pairs += PAIR;
  }
}

/** The transpose; for m = 0, which has no sine, the cosine. */
function storeOrder(m: i32, blocks: i32, F: usize, rows: usize, pairs: usize): void {
  let p = F + cosineRow(m) * rows;
  const sine = m > 0 ? rows : 0;
  for (let pair = 0; pair < 2 * blocks; pair++) {
    const x = v128.load(pairs, 112);
    storeTwo(p + sine, v128.load(pairs, 16));
    storeTwo(p + sine + VECTOR, f64x2.mul(x, v128.load(pairs, 48)));
    storeTwo(p, v128.load(pairs));
    storeTwo(p + VECTOR, f64x2.mul(x, v128.load(pairs, 32)));
    p += nextPair(pair);
    pairs += PAIR;
  }
}

/** Cosine of order m and degree l of a sample of the batch, X being its channel; the sine is `channels` further on. */
// @ts-ignore: decorator
@inline function coefficient(m: i32, l: i32, sample: i32, signals: i32, channels: i32, X: usize): usize {
  const row = sample * (2 * l + 1) + <i32>cosineRow(m);
  return X + (<usize>signals * <usize>(l * l) + <usize>(row * channels)) * REAL;
}

/** Sums of the Legendre stage to coefficients: odd degrees R^{l+1} = a U − e R^{l−1}, then the scales. */
function putOrder(
  m: i32, bandwidth: i32, step: usize, sums: usize, sample: i32, signals: i32, channels: i32, X: usize, scales: usize,
): void {
  let odd = f64x2.splat(0);
  for (let l = m; l < bandwidth; l += 2) {
    put(m, l, v128.load(sums), sample, signals, channels, X, scales);
    if (l + 1 == bandwidth) return;
    const carried = f64x2.mul(v128.load64_splat(step, ODD + 8), odd);
    odd = f64x2.sub(f64x2.mul(v128.load64_splat(step, ODD), v128.load(sums, 16)), carried);
    put(m, l + 1, odd, sample, signals, channels, X, scales);
    sums += SUMS;
    step += STEP;
  }
}

/** The transpose, which runs from the highest degree down. */
function takeOrder(
  m: i32, bandwidth: i32, order: usize, sums: usize, sample: i32, signals: i32, channels: i32, X: usize, scales: usize,
): void {
  let odd = f64x2.splat(0);
  let share: f64 = 0; // e of the odd degree above
  for (let i = orderSteps(m, bandwidth) - 1; i >= 0; i--) {
    const l = m + 2 * i;
    const step = order + <usize>i * STEP;
    const even = l < bandwidth ? take(m, l, sample, signals, channels, X, scales) : f64x2.splat(0);
    const next = l + 1 < bandwidth ? take(m, l + 1, sample, signals, channels, X, scales) : f64x2.splat(0);
    odd = f64x2.sub(next, f64x2.mul(f64x2.splat(share), odd));
    share = load<f64>(step, ODD + 8);
    const t = sums + <usize>i * SUMS;
    v128.store(t, even);
    v128.store(t, f64x2.mul(v128.load64_splat(step, ODD), odd), 16);
  }
}

/** Cosine and sine of degree l, times its scale, and back. */
// @ts-ignore: decorator
@inline function put(
  m: i32, l: i32, value: v128, sample: i32, signals: i32, channels: i32, X: usize, scales: usize,
): void {
  const p = coefficient(m, l, sample, signals, channels, X);
  const scaled = f64x2.mul(value, f64x2.splat(<f64>load<real>(scales + <usize>l * REAL)));
  store<real>(p, <real>f64x2.extract_lane(scaled, 0));
  if (m > 0) store<real>(p + <usize>channels * REAL, <real>f64x2.extract_lane(scaled, 1));
}
// @ts-ignore: decorator
@inline function take(m: i32, l: i32, sample: i32, signals: i32, channels: i32, X: usize, scales: usize): v128 {
  const p = coefficient(m, l, sample, signals, channels, X);
  const scale = <f64>load<real>(scales + <usize>l * REAL);
  const cosine = f64x2.splat(scale * <f64>load<real>(p));
  return m > 0 ? f64x2.replace_lane(cosine, 1, scale * <f64>load<real>(p + <usize>channels * REAL)) : cosine;
}
