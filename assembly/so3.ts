// The Fourier transform on SO(3), real basis, LANES signals at a time (docs/design.md, "Transforms").
//
// Analysis: for each β a real DFT over γ and α, pruned to orders < bandwidth, gives the plane F[β][a][c] of LANES-vectors
// (a, c: real indices of the orders of α and γ); then, for each pair of orders (m, n), the Wigner stage sums over β:
//
//   R^l = degreeScale_l Σ_j betaWeight_j d^l_mn(β_j) F_j            for the four real indices cc, cs, sc, ss of (m, n).
//
// Synthesis is its exact transpose. One table of d serves both, and all orders: see `so3Table`.

import { analyzeLines, dftScratchBytes, synthesizeLines } from "./dft";
import { groupBytes, gatherSpectrum, scatterSpectrum, SO3 } from "./spectra";
import { LANES, REAL, VECTOR, madd, splatAt, zero } from "./simd";
import { softAngles, wignerAnglesBytes, wignerRows, wignerRowsScratchBytes } from "./wigner";

/** Bytes of `so3Table`: one number for each m ≥ n ≥ 0, l = m … bandwidth−1 and β_j of the SOFT grid of `grid`. */
export function so3TableBytes(bandwidth: i32, grid: i32): i32 {
  return <i32>(((bandwidth * (bandwidth + 1) * (bandwidth + 2)) / 6) * 2 * grid * <i32>REAL);
}

export function so3TableScratchBytes(bandwidth: i32, grid: i32): i32 {
  return wignerAnglesBytes(2 * grid) + 16 * bandwidth * grid + wignerRowsScratchBytes(2 * grid);
}

/**
 * d^l_mn(β_j) as `[(m, n): 0 ≤ n ≤ m][l = m … bandwidth−1][j < 2·grid]`, times √2 where n = 0 < m: the normalisation of
 * the real basis on its axes.
 */
export function so3Table(bandwidth: i32, grid: i32, table: usize, scratch: usize): void {
  const betas = 2 * grid;
  const angles = scratch;
  const rows = angles + <usize>wignerAnglesBytes(betas);
  const work = rows + <usize>(16 * bandwidth * grid);
  softAngles(grid, angles);
  for (let m = 0; m < bandwidth; m++) {
    for (let n = 0; n <= m; n++) {
      wignerRows(m, n, bandwidth, betas, angles, rows, work);
      const scale: f64 = m > 0 && n == 0 ? sqrt<f64>(2) : 1;
      const count = (bandwidth - m) * betas;
      for (let i = 0; i < count; i++) {
        store<real>(table, <real>(load<f64>(rows + <usize>i * 8) * scale));
        table += REAL;
      }
    }
  }
}

/** Bytes of scratch of `so3Analyze` and `so3Synthesize`. */
export function so3ScratchBytes(bandwidth: i32, grid: i32): i32 {
  const width = 2 * bandwidth - 1;
  const planes = (2 * grid * width * width + 2 * grid * width) * <i32>VECTOR;
  return planes + <i32>groupBytes(SO3, bandwidth) + 8 * grid * <i32>VECTOR + 64 * bandwidth + dftScratchBytes(2 * grid);
}

/**
 * Signals `[group][β][α][γ][LANES]` at x to the spectra X (degree-major, bandwidth ≤ grid), groups first ≤ g < last.
 *
 * betaWeights: real[2·grid]; degreeScales: real[bandwidth]; dft: the table of length 2·grid; x and X do not overlap.
 */
export function so3Analyze(
  signals: i32, channels: i32, grid: i32, bandwidth: i32, first: i32, last: i32, x: usize, X: usize,
  table: usize, betaWeights: usize, degreeScales: usize, dft: usize, scratch: usize,
): void {
  const n = 2 * grid;
  const width = 2 * bandwidth - 1;
  const plane = <usize>(n * n) * VECTOR;
  const orders = <usize>(width * width) * VECTOR;
  const F = scratch;
  const T = F + <usize>n * orders;
  const R = T + <usize>(n * width) * VECTOR;
  const fold = R + groupBytes(SO3, bandwidth);
  const work = fold + <usize>(4 * n) * VECTOR;
  for (let g = first; g < last; g++) {
    let p = x + <usize>g * <usize>n * plane;
    for (let j = 0; j < n; j++) {
      analyzeLines(n, bandwidth, n, p, VECTOR, <usize>n * VECTOR, T, VECTOR, <usize>width * VECTOR, dft, work);
      analyzeLines(
        n, bandwidth, width, T, <usize>width * VECTOR, VECTOR, F + <usize>j * orders, <usize>width * VECTOR, VECTOR, dft, work,
      );
      p += plane;
    }
    let t = table;
    for (let m = 0; m < bandwidth; m++) {
      for (let k = 0; k <= m; k++) {
        analyzePair(m, k, 1, bandwidth, n, t, F, fold, betaWeights, degreeScales, R);
        if (k < m) analyzePair(k, m, (m - k) & 1 ? -1 : 1, bandwidth, n, t, F, fold, betaWeights, degreeScales, R);
        t += <usize>((bandwidth - m) * n) * REAL;
      }
    }
    scatterSpectrum(SO3, bandwidth, signals, channels, g, R, X);
  }
}

/** The transpose of `so3Analyze`: spectra X to signals x, with the same arguments. Every number of the groups is written. */
export function so3Synthesize(
  signals: i32, channels: i32, grid: i32, bandwidth: i32, first: i32, last: i32, X: usize, x: usize,
  table: usize, betaWeights: usize, degreeScales: usize, dft: usize, scratch: usize,
): void {
  const n = 2 * grid;
  const width = 2 * bandwidth - 1;
  const plane = <usize>(n * n) * VECTOR;
  const orders = <usize>(width * width) * VECTOR;
  const F = scratch;
  const T = F + <usize>n * orders;
  const R = T + <usize>(n * width) * VECTOR;
  const fold = R + groupBytes(SO3, bandwidth);
  const work = fold + <usize>(4 * n) * VECTOR + <usize>(64 * bandwidth);
  for (let g = first; g < last; g++) {
    gatherSpectrum(SO3, bandwidth, signals, channels, g, X, R);
    let t = table;
    for (let m = 0; m < bandwidth; m++) {
      for (let k = 0; k <= m; k++) {
        synthesizePair(m, k, 1, bandwidth, n, t, F, fold, betaWeights, degreeScales, R);
        if (k < m) synthesizePair(k, m, (m - k) & 1 ? -1 : 1, bandwidth, n, t, F, fold, betaWeights, degreeScales, R);
        t += <usize>((bandwidth - m) * n) * REAL;
      }
    }
    let p = x + <usize>g * <usize>n * plane;
    for (let j = 0; j < n; j++) {
      synthesizeLines(
        n, bandwidth, width, F + <usize>j * orders, <usize>width * VECTOR, VECTOR, T, <usize>width * VECTOR, VECTOR, dft, work,
      );
      synthesizeLines(n, bandwidth, n, T, VECTOR, <usize>width * VECTOR, p, VECTOR, <usize>n * VECTOR, dft, work);
      p += plane;
    }
  }
}

/** The vector of real indices (r, c) of degree l in one group's coefficients. */
// @ts-ignore: decorator
@inline function coefficient(R: usize, l: i32, r: i32, c: i32): usize {
  return R + <usize>((l * (4 * l * l - 1)) / 3 + r * (2 * l + 1) + c) * VECTOR;
}

/**
 * The Wigner sums of the orders (m, n), m along α, n along γ. `t`: the table's rows of (max, min); `sign`: (−1)^{m−n}
 * where m < n, since d_mn = (−1)^{m−n} d_nm.
 *
 * With cc … ss the plane's four entries, F_mn = (cc − ss) − i(sc + cs) and F_{m,−n} = (cc + ss) − i(sc − cs). The
 * latter needs d_{m,−n}(β_j) = (−1)^{l+m} d_mn(β_{J−1−j}), so it is folded backwards in β beside the former: four sums
 * share each d.
 */
function analyzePair(
  m: i32, n: i32, sign: i32, bandwidth: i32, J: i32, t: usize, F: usize, fold: usize, weights: usize, scales: usize, R: usize,
): void {
  const width = <usize>(2 * bandwidth - 1) * VECTOR;
  const plane = <usize>(2 * bandwidth - 1) * width;
  const low = m > n ? m : n;
  const s = <real>sign;
  if (m > 0 && n > 0) {
    let f = F + <usize>(2 * m - 1) * width + <usize>(2 * n - 1) * VECTOR;
    let up = fold;
    let down = fold + <usize>(4 * (J - 1)) * VECTOR;
    for (let j = 0; j < J; j++) {
      const w = v128.splat<real>(s * load<real>(weights + <usize>j * REAL));
      const cc = v128.mul<real>(w, v128.load(f));
      const cs = v128.mul<real>(w, v128.load(f, 16));
      const sc = v128.mul<real>(w, v128.load(f + width));
      const ss = v128.mul<real>(w, v128.load(f + width, 16));
      v128.store(up, v128.sub<real>(cc, ss));
      v128.store(up, v128.add<real>(sc, cs), 16);
      v128.store(down, v128.add<real>(cc, ss), 32);
      v128.store(down, v128.sub<real>(sc, cs), 48);
      f += plane;
      up += 4 * VECTOR;
      down -= 4 * VECTOR;
    }
    let l = low;
    const row = <usize>J * REAL;
    for (; l + 1 < bandwidth; l += 2) {
      let a0 = zero(), a1 = zero(), a2 = zero(), a3 = zero(), b0 = zero(), b1 = zero(), b2 = zero(), b3 = zero();
      let q = fold;
      const end = t + row;
      for (let u = t; u < end; u += REAL) {
        const x0 = v128.load(q), x1 = v128.load(q, 16), x2 = v128.load(q, 32), x3 = v128.load(q, 48);
        const d = splatAt(u);
        a0 = madd(d, x0, a0);
        a1 = madd(d, x1, a1);
        a2 = madd(d, x2, a2);
        a3 = madd(d, x3, a3);
        const e = splatAt(u + row);
        b0 = madd(e, x0, b0);
        b1 = madd(e, x1, b1);
        b2 = madd(e, x2, b2);
        b3 = madd(e, x3, b3);
        q += 4 * VECTOR;
      }
      storeFour(R, l, m, n, scales, a0, a1, a2, a3);
      storeFour(R, l + 1, m, n, scales, b0, b1, b2, b3);
      t = end + row;
    }
    if (l < bandwidth) {
      let a0 = zero(), a1 = zero(), a2 = zero(), a3 = zero();
      let q = fold;
      for (let u = t; u < t + row; u += REAL) {
        const d = splatAt(u);
        a0 = madd(d, v128.load(q), a0);
        a1 = madd(d, v128.load(q, 16), a1);
        a2 = madd(d, v128.load(q, 32), a2);
        a3 = madd(d, v128.load(q, 48), a3);
        q += 4 * VECTOR;
      }
      storeFour(R, l, m, n, scales, a0, a1, a2, a3);
    }
    return;
  }
  // On an axis there are two real indices, cosine and sine, and for m = n = 0 one, computed twice.
  const axis = axisStep(m, n, width);
  const start = m > 0 ? <usize>(2 * m - 1) * width : n > 0 ? <usize>(2 * n - 1) * VECTOR : 0;
  for (let l = low; l < bandwidth; l++) {
    let f = F + start;
    let a0 = zero(), a1 = zero();
    for (let j = 0; j < J; j++) {
      const d = v128.splat<real>(load<real>(t) * load<real>(weights + <usize>j * REAL));
      a0 = madd(d, v128.load(f), a0);
      a1 = madd(d, v128.load(f + axis), a1);
      f += plane;
      t += REAL;
    }
    const scale = load<real>(scales + <usize>l * REAL) * s;
    const r = m > 0 ? coefficient(R, l, 2 * m - 1, 0) : n > 0 ? coefficient(R, l, 0, 2 * n - 1) : coefficient(R, l, 0, 0);
    v128.store(r, v128.mul<real>(v128.splat<real>(scale), a0));
    if (m > 0) v128.store(r + <usize>(2 * l + 1) * VECTOR, v128.mul<real>(v128.splat<real>(scale), a1));
    else if (n > 0) v128.store(r, v128.mul<real>(v128.splat<real>(-scale), a1), 16);
  }
}

/** From the four sums, Re P, −Im P, ±Re Q, ∓Im Q with P = X_mn, Q = (−1)ⁿ X_{m,−n}, to the real indices cc, cs, sc, ss. */
// @ts-ignore: decorator
@inline function storeFour(
  R: usize, l: i32, m: i32, n: i32, scales: usize, reP: v128, negImP: v128, q: v128, negImQ: v128,
): void {
  const scale = load<real>(scales + <usize>l * REAL);
  const p = v128.splat<real>(scale);
  const flip = v128.splat<real>((l + m + n) & 1 ? -scale : scale);
  const a = v128.mul<real>(p, reP);
  const b = v128.mul<real>(p, negImP);
  const c = v128.mul<real>(flip, q);
  const d = v128.mul<real>(flip, negImQ);
  const r = coefficient(R, l, 2 * m - 1, 2 * n - 1);
  const next = r + <usize>(2 * l + 1) * VECTOR;
  v128.store(r, v128.add<real>(a, c));
  v128.store(r, v128.sub<real>(d, b), 16);
  v128.store(next, v128.add<real>(b, d));
  v128.store(next, v128.sub<real>(a, c), 16);
}

/** The transpose of `analyzePair`: adds nothing, writes the entries of (m, n) of every plane. */
function synthesizePair(
  m: i32, n: i32, sign: i32, bandwidth: i32, J: i32, t: usize, F: usize, stream: usize, weights: usize, scales: usize, R: usize,
): void {
  const width = <usize>(2 * bandwidth - 1) * VECTOR;
  const plane = <usize>(2 * bandwidth - 1) * width;
  const low = m > n ? m : n;
  const s = <real>sign;
  const row = <usize>J * REAL;
  if (m > 0 && n > 0) {
    let q = stream;
    for (let l = low; l < bandwidth; l++) {
      const scale = s * load<real>(scales + <usize>l * REAL);
      const p = v128.splat<real>(scale);
      const flip = v128.splat<real>((l + m + n) & 1 ? -scale : scale);
      const r = coefficient(R, l, 2 * m - 1, 2 * n - 1);
      const next = r + <usize>(2 * l + 1) * VECTOR;
      const cc = v128.load(r), cs = v128.load(r, 16), sc = v128.load(next), ss = v128.load(next, 16);
      v128.store(q, v128.mul<real>(p, v128.add<real>(cc, ss)));
      v128.store(q, v128.mul<real>(p, v128.sub<real>(sc, cs)), 16);
      v128.store(q, v128.mul<real>(flip, v128.sub<real>(cc, ss)), 32);
      v128.store(q, v128.mul<real>(flip, v128.add<real>(cs, sc)), 48);
      q += 4 * VECTOR;
    }
    const end = q;
    const start = F + <usize>(2 * m - 1) * width + <usize>(2 * n - 1) * VECTOR;
    for (let j = 0; j < J >> 1; j++) {
      const mirror = J - 1 - j;
      let a0 = zero(), a1 = zero(), a2 = zero(), a3 = zero(), b0 = zero(), b1 = zero(), b2 = zero(), b3 = zero();
      let u = t + <usize>j * REAL;
      let v = t + <usize>mirror * REAL;
      for (q = stream; q < end; q += 4 * VECTOR) {
        const x0 = v128.load(q), x1 = v128.load(q, 16), x2 = v128.load(q, 32), x3 = v128.load(q, 48);
        const d = splatAt(u);
        a0 = madd(d, x0, a0);
        a1 = madd(d, x1, a1);
        a2 = madd(d, x2, a2);
        a3 = madd(d, x3, a3);
        const e = splatAt(v);
        b0 = madd(e, x0, b0);
        b1 = madd(e, x1, b1);
        b2 = madd(e, x2, b2);
        b3 = madd(e, x3, b3);
        u += row;
        v += row;
      }
      storePlane(start + <usize>j * plane, width, load<real>(weights + <usize>j * REAL), a0, a1, b2, b3);
      storePlane(start + <usize>mirror * plane, width, load<real>(weights + <usize>mirror * REAL), b0, b1, a2, a3);
    }
    return;
  }
  const axis = axisStep(m, n, width);
  const start = F + (m > 0 ? <usize>(2 * m - 1) * width : n > 0 ? <usize>(2 * n - 1) * VECTOR : 0);
  let q = stream;
  for (let l = low; l < bandwidth; l++) {
    const scale = s * load<real>(scales + <usize>l * REAL);
    const p = v128.splat<real>(scale);
    const r = m > 0 ? coefficient(R, l, 2 * m - 1, 0) : n > 0 ? coefficient(R, l, 0, 2 * n - 1) : coefficient(R, l, 0, 0);
    v128.store(q, v128.mul<real>(p, v128.load(r)));
    if (m > 0) v128.store(q, v128.mul<real>(p, v128.load(r + <usize>(2 * l + 1) * VECTOR)), 16);
    else if (n > 0) v128.store(q, v128.mul<real>(v128.splat<real>(-scale), v128.load(r, 16)), 16);
    else v128.store(q, v128.load(q), 16);
    q += 2 * VECTOR;
  }
  const end = q;
  for (let j = 0; j < J; j++) {
    let a0 = zero(), a1 = zero();
    let u = t + <usize>j * REAL;
    for (q = stream; q < end; q += 2 * VECTOR) {
      const d = splatAt(u);
      a0 = madd(d, v128.load(q), a0);
      a1 = madd(d, v128.load(q, 16), a1);
      u += row;
    }
    const w = v128.splat<real>(load<real>(weights + <usize>j * REAL));
    const f = start + <usize>j * plane;
    v128.store(f + axis, v128.mul<real>(w, a1));
    v128.store(f, v128.mul<real>(w, a0));
  }
}

/** From the sums with d_mn(β_j) (p, s) and with d_mn(π − β_j) (q, u) to the plane's entries cc, cs, sc, ss. */
// @ts-ignore: decorator
@inline function storePlane(f: usize, width: usize, weight: real, p: v128, s: v128, q: v128, u: v128): void {
  const w = v128.splat<real>(weight);
  p = v128.mul<real>(w, p);
  s = v128.mul<real>(w, s);
  q = v128.mul<real>(w, q);
  u = v128.mul<real>(w, u);
  v128.store(f, v128.add<real>(p, q));
  v128.store(f, v128.sub<real>(s, u), 16);
  v128.store(f + width, v128.add<real>(s, u));
  v128.store(f + width, v128.sub<real>(q, p), 16);
}

/** Distance of the sine from the cosine of an order on an axis of the plane; 0 where there is no sine. */
// @ts-ignore: decorator
@inline function axisStep(m: i32, n: i32, width: usize): usize {
  return m > 0 ? width : n > 0 ? VECTOR : 0;
}
