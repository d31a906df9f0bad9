// The Wigner stage of the transform on SO(3), real basis, LANES signals at a time: sums over degrees or over β, between
// the planes F[a][c] of the rings' DFT (a, c: real indices of the orders of α and γ) and the coefficients of degree l.
//
// With cc, cs, sc, ss the plane's four entries of the orders m, n > 0, F_mn = (cc − ss) − i(sc + cs) and
// F_{m,−n} = (cc + ss) − i(sc − cs). The latter needs d_{m,−n}(β) = (−1)^{l+m} d_mn(π − β), that is d_mn at the mirror
// ring: two rings β, π − β at a time, so each d serves four sums, and everything stays in the nearest cache:
//
//   [cc − ss, sc + cs](β) · d(β)   + [cc − ss, sc + cs](π−β) · d(π−β)    →  Re P, −Im P      P = X_mn
//   [cc + ss, sc − cs](β) · d(π−β) + [cc + ss, sc − cs](π−β) · d(β)      →  ±Re Q, ∓Im Q     Q = (−1)ⁿ X_{m,−n}
//
// On the axes, n = 0, d(π − β) = (−1)^{l+m} d(β): even and odd degrees need the sum and the difference of the rings, and
// (m, 0) and (0, m) together are four sums again.
//
// A lane is a signal, and each d serves all lanes; or, for a signal alone, a lane is a pair of rings (`rings`), each with its
// own d, and the sums over β are still to be added up over the lanes.
//
// Sums are in the order of the table, `[m][k ≤ m: (m, k), then (k, m)][l = m … bandwidth−1][4]`, with (m, 0) and (0, m)
// in one; those of (k, m) lack the sign of d_km = (−1)^{m−k} d_mk, which comes in on the way to the coefficients.

import { VECTOR, REAL, madd, nmadd, splatAt, zero } from "./simd";
import { softAngles, wignerAnglesBytes, wignerRows, wignerRowsScratchBytes } from "./wigner";

/** Bytes of four vectors. */
// @ts-ignore: decorator
@inline const QUAD: usize = 4 * VECTOR;

/** d for every lane: one number, or one for each ring. */
// @ts-ignore: decorator
@inline function entry(rings: bool, t: usize): v128 {
  return rings ? v128.load(t) : splatAt(t);
}

/** Numbers of the table for one pair of rings. */
// @ts-ignore: decorator
@inline export function pairTableLength(bandwidth: i32): i32 {
  return (bandwidth * (bandwidth + 1) * (2 * bandwidth + 1)) / 6;
}

/** Bytes of `so3Table`. */
export function so3TableBytes(bandwidth: i32, grid: i32, lanes: i32): i32 {
  return pairTableLength(bandwidth) * ((grid + lanes - 1) / lanes) * lanes * <i32>REAL;
}

export function so3TableScratchBytes(bandwidth: i32, grid: i32): i32 {
  return wignerAnglesBytes(2 * grid) + 16 * bandwidth * grid + wignerRowsScratchBytes(2 * grid);
}

/**
 * d^l_mk(β) on the SOFT grid of `grid` as `[β_j < π/2][m < bandwidth][k ≤ m][l = m … bandwidth−1][β_j, π − β_j]`; where
 * k = 0 at β_j only, and times √2 where m > 0: the normalisation of the real basis on its axes. `lanes` rings in one:
 * `[⌈grid/lanes⌉][m][k][l][β_j, π − β_j][lanes]`, zero past the last ring.
 */
export function so3Table(bandwidth: i32, grid: i32, lanes: i32, table: usize, scratch: usize): void {
  const betas = 2 * grid;
  const angles = scratch;
  const rows = angles + <usize>wignerAnglesBytes(betas);
  const work = rows + <usize>(16 * bandwidth * grid);
  const vector = <usize>lanes * REAL;
  const slice = <usize>pairTableLength(bandwidth) * vector;
  memory.fill(table, 0, so3TableBytes(bandwidth, grid, lanes));
  softAngles(grid, angles);
  for (let m = 0; m < bandwidth; m++) {
    for (let k = 0; k <= m; k++) {
      wignerRows(m, k, bandwidth, betas, angles, rows, work);
      const scale: f64 = m > 0 && k == 0 ? sqrt<f64>(2) : 1;
      const step = k == 0 ? vector : 2 * vector;
      for (let j = 0; j < grid; j++) {
        let t = table + <usize>(j / lanes) * slice + <usize>(j % lanes) * REAL;
        let near = rows + <usize>j * 8;
        let far = rows + <usize>(betas - 1 - j) * 8;
        for (let l = m; l < bandwidth; l++) {
          store<real>(t, <real>(load<f64>(near) * scale));
          if (k > 0) store<real>(t + vector, <real>load<f64>(far));
          t += step;
          near += <usize>betas * 8;
          far += <usize>betas * 8;
        }
      }
      table += <usize>(bandwidth - m) * step;
    }
  }
}

/** Bytes of the sums of all orders and degrees. */
export function wignerSumsBytes(bandwidth: i32): usize {
  return <usize>(bandwidth + (bandwidth * (bandwidth * bandwidth - 1)) / 3) * QUAD;
}

/** Adds the two rings' planes `near` (β) and `far` (π − β), times `weight`, to the sums; t: the table of this pair. */
export function addPlanes(bandwidth: i32, t: usize, weight: real, near: usize, far: usize, sums: usize): void {
  addAll(false, bandwidth, t, v128.splat<real>(weight), near, far, sums);
}

/** The same for LANES pairs of rings, one in each lane; weights: theirs. */
export function addRings(bandwidth: i32, t: usize, weights: usize, near: usize, far: usize, sums: usize): void {
  addAll(true, bandwidth, t, v128.load(weights), near, far, sums);
}

// @ts-ignore: decorator
@inline function addAll(
  rings: bool, bandwidth: i32, t: usize, w: v128, near: usize, far: usize, sums: usize,
): void {
  const width = <usize>(2 * bandwidth - 1) * VECTOR;
  const step = rings ? VECTOR : REAL;
  for (let m = 0; m < bandwidth; m++) {
    const length = <usize>(bandwidth - m);
    addAxes(rings, m, width, t, t + length * step, w, near, far, sums);
    t += length * step;
    sums += length * QUAD;
    for (let k = 1; k <= m; k++) {
      const end = t + 2 * length * step;
      const mk = <usize>(2 * m - 1) * width + <usize>(2 * k - 1) * VECTOR;
      addOrders(rings, width, t, end, w, near + mk, far + mk, sums);
      sums += length * QUAD;
      if (k < m) {
        const km = <usize>(2 * k - 1) * width + <usize>(2 * m - 1) * VECTOR;
        addOrders(rings, width, t, end, w, near + km, far + km, sums);
        sums += length * QUAD;
      }
      t = end;
    }
  }
}

/** The sums of one pair of orders: f and g are its entries in the planes. */
// @ts-ignore: decorator
@inline function addOrders(
  rings: bool, width: usize, t: usize, end: usize, w: v128, f: usize, g: usize, sums: usize,
): void {
  const step = rings ? VECTOR : REAL;
  let cc = v128.load(f), cs = v128.load(f, 16), sc = v128.load(f + width), ss = v128.load(f + width, 16);
  const x0 = v128.mul<real>(w, v128.sub<real>(cc, ss));
  const x1 = v128.mul<real>(w, v128.add<real>(sc, cs));
  const x2 = v128.mul<real>(w, v128.add<real>(cc, ss));
  const x3 = v128.mul<real>(w, v128.sub<real>(sc, cs));
  cc = v128.load(g);
  cs = v128.load(g, 16);
  sc = v128.load(g + width);
  ss = v128.load(g + width, 16);
  const y0 = v128.mul<real>(w, v128.sub<real>(cc, ss));
  const y1 = v128.mul<real>(w, v128.add<real>(sc, cs));
  const y2 = v128.mul<real>(w, v128.add<real>(cc, ss));
  const y3 = v128.mul<real>(w, v128.sub<real>(sc, cs));
  do {
    const d = entry(rings, t);
    const e = entry(rings, t + step);
    v128.store(sums, madd(e, y0, madd(d, x0, v128.load(sums))));
    v128.store(sums, madd(e, y1, madd(d, x1, v128.load(sums, 16))), 16);
    v128.store(sums, madd(d, y2, madd(e, x2, v128.load(sums, 32))), 32);
    v128.store(sums, madd(d, y3, madd(e, x3, v128.load(sums, 48))), 48);
    sums += QUAD;
    t += 2 * step;
  } while (t < end);
}

/** The sums of (m, 0) and (0, m), cosine and sine each. For m = 0 all four are the same. */
// @ts-ignore: decorator
@inline function addAxes(
  rings: bool, m: i32, width: usize, t: usize, end: usize, w: v128, f: usize, g: usize, sums: usize,
): void {
  const step = rings ? VECTOR : REAL;
  const c = m > 0 ? <usize>(2 * m - 1) : 0;
  const s = <usize>(2 * m);
  let x = v128.mul<real>(w, v128.load(f + c * width)), y = v128.mul<real>(w, v128.load(g + c * width));
  const p0 = v128.add<real>(x, y), q0 = v128.sub<real>(x, y);
  x = v128.mul<real>(w, v128.load(f + s * width)), y = v128.mul<real>(w, v128.load(g + s * width));
  const p1 = v128.add<real>(x, y), q1 = v128.sub<real>(x, y);
  x = v128.mul<real>(w, v128.load(f + c * VECTOR)), y = v128.mul<real>(w, v128.load(g + c * VECTOR));
  const p2 = v128.add<real>(x, y), q2 = v128.sub<real>(x, y);
  x = v128.mul<real>(w, v128.load(f + s * VECTOR)), y = v128.mul<real>(w, v128.load(g + s * VECTOR));
  const p3 = v128.add<real>(x, y), q3 = v128.sub<real>(x, y);
  while (true) {
    let d = entry(rings, t);
    v128.store(sums, madd(d, p0, v128.load(sums)));
    v128.store(sums, madd(d, p1, v128.load(sums, 16)), 16);
    v128.store(sums, madd(d, p2, v128.load(sums, 32)), 32);
    v128.store(sums, madd(d, p3, v128.load(sums, 48)), 48);
    t += step;
    if (t == end) break;
    d = entry(rings, t);
    v128.store(sums, madd(d, q0, v128.load(sums, 64)), 64);
    v128.store(sums, madd(d, q1, v128.load(sums, 80)), 80);
    v128.store(sums, madd(d, q2, v128.load(sums, 96)), 96);
    v128.store(sums, madd(d, q3, v128.load(sums, 112)), 112);
    t += step;
    if (t == end) break;
    sums += 2 * QUAD;
  }
}

/** The transpose of `addPlanes`: writes every entry of both planes. */
export function makePlanes(bandwidth: i32, t: usize, weight: real, sums: usize, near: usize, far: usize): void {
  makeAll(false, bandwidth, t, v128.splat<real>(weight), sums, near, far);
}

/** The same for LANES pairs of rings, one in each lane; weights: theirs. */
export function makeRings(bandwidth: i32, t: usize, weights: usize, sums: usize, near: usize, far: usize): void {
  makeAll(true, bandwidth, t, v128.load(weights), sums, near, far);
}

// @ts-ignore: decorator
@inline function makeAll(
  rings: bool, bandwidth: i32, t: usize, w: v128, sums: usize, near: usize, far: usize,
): void {
  const width = <usize>(2 * bandwidth - 1) * VECTOR;
  const step = rings ? VECTOR : REAL;
  for (let m = 0; m < bandwidth; m++) {
    const length = <usize>(bandwidth - m);
    makeAxes(rings, m, width, t, t + length * step, w, sums, near, far);
    t += length * step;
    sums += length * QUAD;
    for (let k = 1; k <= m; k++) {
      const end = t + 2 * length * step;
      const mk = <usize>(2 * m - 1) * width + <usize>(2 * k - 1) * VECTOR;
      makeOrders(rings, width, t, end, w, sums, near + mk, far + mk);
      sums += length * QUAD;
      if (k < m) {
        const km = <usize>(2 * k - 1) * width + <usize>(2 * m - 1) * VECTOR;
        makeOrders(rings, width, t, end, w, sums, near + km, far + km);
        sums += length * QUAD;
      }
      t = end;
    }
  }
}

// @ts-ignore: decorator
@inline function makeOrders(
  rings: bool, width: usize, t: usize, end: usize, w: v128, sums: usize, f: usize, g: usize,
): void {
  const step = rings ? VECTOR : REAL;
  let a0 = zero(), a1 = zero(), a2 = zero(), a3 = zero(), b0 = zero(), b1 = zero(), b2 = zero(), b3 = zero();
  do {
    const d = entry(rings, t);
    const e = entry(rings, t + step);
    const x0 = v128.load(sums), x1 = v128.load(sums, 16), x2 = v128.load(sums, 32), x3 = v128.load(sums, 48);
    a0 = madd(d, x0, a0);
    a1 = madd(d, x1, a1);
    a2 = madd(e, x2, a2);
    a3 = madd(e, x3, a3);
    b0 = madd(e, x0, b0);
    b1 = madd(e, x1, b1);
    b2 = madd(d, x2, b2);
    b3 = madd(d, x3, b3);
    sums += QUAD;
    t += 2 * step;
  } while (t < end);
  storeEntries(f, width, w, a0, a1, a2, a3);
  storeEntries(g, width, w, b0, b1, b2, b3);
}

/** The plane's entries cc, cs, sc, ss of one pair of orders. */
// @ts-ignore: decorator
@inline function storeEntries(f: usize, width: usize, w: v128, a: v128, b: v128, c: v128, d: v128): void {
  v128.store(f, v128.mul<real>(w, v128.add<real>(a, c)));
  v128.store(f, v128.mul<real>(w, v128.sub<real>(b, d)), 16);
  v128.store(f + width, v128.mul<real>(w, v128.add<real>(b, d)));
  v128.store(f + width, v128.mul<real>(w, v128.sub<real>(c, a)), 16);
}

// @ts-ignore: decorator
@inline function makeAxes(
  rings: bool, m: i32, width: usize, t: usize, end: usize, w: v128, sums: usize, f: usize, g: usize,
): void {
  const step = rings ? VECTOR : REAL;
  let p0 = zero(), p1 = zero(), p2 = zero(), p3 = zero(), q0 = zero(), q1 = zero(), q2 = zero(), q3 = zero();
  while (true) {
    let d = entry(rings, t);
    p0 = madd(d, v128.load(sums), p0);
    p1 = madd(d, v128.load(sums, 16), p1);
    p2 = madd(d, v128.load(sums, 32), p2);
    p3 = madd(d, v128.load(sums, 48), p3);
    t += step;
    if (t == end) break;
    d = entry(rings, t);
    q0 = madd(d, v128.load(sums, 64), q0);
    q1 = madd(d, v128.load(sums, 80), q1);
    q2 = madd(d, v128.load(sums, 96), q2);
    q3 = madd(d, v128.load(sums, 112), q3);
    t += step;
    if (t == end) break;
    sums += 2 * QUAD;
  }
  // Sines first: for m = 0 all four go to one place, and the first sum is the coefficient.
  const c = m > 0 ? <usize>(2 * m - 1) : 0;
  const s = <usize>(2 * m);
  v128.store(f + s * VECTOR, v128.mul<real>(w, v128.add<real>(p3, q3)));
  v128.store(g + s * VECTOR, v128.mul<real>(w, v128.sub<real>(p3, q3)));
  v128.store(f + c * VECTOR, v128.mul<real>(w, v128.add<real>(p2, q2)));
  v128.store(g + c * VECTOR, v128.mul<real>(w, v128.sub<real>(p2, q2)));
  v128.store(f + s * width, v128.mul<real>(w, v128.add<real>(p1, q1)));
  v128.store(g + s * width, v128.mul<real>(w, v128.sub<real>(p1, q1)));
  v128.store(f + c * width, v128.mul<real>(w, v128.add<real>(p0, q0)));
  v128.store(g + c * width, v128.mul<real>(w, v128.sub<real>(p0, q0)));
}

/** The vector of real indices (r, c) of degree l in one group's coefficients. */
// @ts-ignore: decorator
@inline function coefficient(R: usize, l: i32, r: i32, c: i32): usize {
  return R + <usize>((l * (4 * l * l - 1)) / 3 + r * (2 * l + 1) + c) * VECTOR;
}

/** From the sums to the group's coefficients R, degree l times scales[l]. */
export function sumsToCoefficients(bandwidth: i32, scales: usize, sums: usize, R: usize): void {
  for (let m = 0; m < bandwidth; m++) {
    for (let l = m; l < bandwidth; l++) {
      const scale = load<real>(scales + <usize>l * REAL);
      const p = v128.splat<real>(scale);
      const q = v128.splat<real>(m & 1 ? -scale : scale);
      if (m > 0) {
        const row = <usize>(2 * l + 1) * VECTOR;
        const r = coefficient(R, l, 2 * m - 1, 0);
        const c = coefficient(R, l, 0, 2 * m - 1);
        v128.store(r, v128.mul<real>(p, v128.load(sums)));
        v128.store(r + row, v128.mul<real>(p, v128.load(sums, 16)));
        v128.store(c, v128.mul<real>(q, v128.load(sums, 32)));
        v128.store(c, v128.neg<real>(v128.mul<real>(q, v128.load(sums, 48))), 16);
      } else {
        v128.store(coefficient(R, l, 0, 0), v128.mul<real>(p, v128.load(sums)));
      }
      sums += QUAD;
    }
    for (let k = 1; k <= m; k++) {
      sums = ordersToCoefficients(m, k, m, bandwidth, scales, sums, R);
      if (k < m) sums = ordersToCoefficients(k, m, m, bandwidth, scales, sums, R);
    }
  }
}

/** From the four sums, Re P, −Im P, ±Re Q, ∓Im Q, to the real indices cc, cs, sc, ss. */
// @ts-ignore: decorator
@inline function ordersToCoefficients(
  m: i32, n: i32, low: i32, bandwidth: i32, scales: usize, sums: usize, R: usize,
): usize {
  for (let l = low; l < bandwidth; l++) {
    const scale = signedScale(m, n, l, scales);
    const p = v128.splat<real>(scale);
    const q = v128.splat<real>((l + m + n) & 1 ? -scale : scale);
    const a = v128.mul<real>(p, v128.load(sums));
    const b = v128.mul<real>(p, v128.load(sums, 16));
    const c = v128.load(sums, 32);
    const d = v128.load(sums, 48);
    const r = coefficient(R, l, 2 * m - 1, 2 * n - 1);
    const next = r + <usize>(2 * l + 1) * VECTOR;
    v128.store(r, madd(q, c, a));
    v128.store(r, v128.sub<real>(v128.mul<real>(q, d), b), 16);
    v128.store(next, madd(q, d, b));
    v128.store(next, nmadd(q, c, a), 16);
    sums += QUAD;
  }
  return sums;
}

/** scales[l], with the sign of d_mn = (−1)^{m−n} d_nm where m < n. */
// @ts-ignore: decorator
@inline function signedScale(m: i32, n: i32, l: i32, scales: usize): real {
  const scale = load<real>(scales + <usize>l * REAL);
  return m < n && (n - m) & 1 ? -scale : scale;
}

/** The transpose of `sumsToCoefficients`. */
export function coefficientsToSums(bandwidth: i32, scales: usize, R: usize, sums: usize): void {
  for (let m = 0; m < bandwidth; m++) {
    for (let l = m; l < bandwidth; l++) {
      const scale = load<real>(scales + <usize>l * REAL);
      const p = v128.splat<real>(scale);
      const q = v128.splat<real>(m & 1 ? -scale : scale);
      const row = m > 0 ? <usize>(2 * l + 1) * VECTOR : 0;
      const r = coefficient(R, l, m > 0 ? 2 * m - 1 : 0, 0);
      const c = coefficient(R, l, 0, m > 0 ? 2 * m - 1 : 0);
      v128.store(sums, v128.mul<real>(p, v128.load(r)));
      v128.store(sums, v128.mul<real>(p, v128.load(r + row)), 16);
      v128.store(sums, v128.mul<real>(q, v128.load(c)), 32);
      v128.store(sums, v128.neg<real>(v128.mul<real>(q, v128.load(c, 16))), 48);
      sums += QUAD;
    }
    for (let k = 1; k <= m; k++) {
      sums = ordersToSums(m, k, m, bandwidth, scales, R, sums);
      if (k < m) sums = ordersToSums(k, m, m, bandwidth, scales, R, sums);
    }
  }
}

// @ts-ignore: decorator
@inline function ordersToSums(
  m: i32, n: i32, low: i32, bandwidth: i32, scales: usize, R: usize, sums: usize,
): usize {
  for (let l = low; l < bandwidth; l++) {
    const scale = signedScale(m, n, l, scales);
    const p = v128.splat<real>(scale);
    const q = v128.splat<real>((l + m + n) & 1 ? -scale : scale);
    const r = coefficient(R, l, 2 * m - 1, 2 * n - 1);
    const next = r + <usize>(2 * l + 1) * VECTOR;
    const cc = v128.load(r), cs = v128.load(r, 16), sc = v128.load(next), ss = v128.load(next, 16);
    v128.store(sums, v128.mul<real>(p, v128.add<real>(cc, ss)));
    v128.store(sums, v128.mul<real>(p, v128.sub<real>(sc, cs)), 16);
    v128.store(sums, v128.mul<real>(q, v128.sub<real>(cc, ss)), 32);
    v128.store(sums, v128.mul<real>(q, v128.add<real>(cs, sc)), 48);
    sums += QUAD;
  }
  return sums;
}
