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
// On the axes, n = 0, d(π − β) = (−1)^{l+m} d(β): even and odd degrees need the sum and the difference of the rings,
// and (m, 0) and (0, m) together are four sums again.
//
// A lane is a signal, and each d serves all lanes; or, for a signal alone, a lane is a pair of rings (`rings`), each
// with its own d, and the sums over β are still to be added up over the lanes.
//
// The table is that of so3-table.ts, the sums are those of so3-sums.ts. Loops over degrees are short, and V8 unrolls
// them: what is left to save are the instructions between them, hence the running pointers.

import { REAL, VECTOR, madd, splatAt, zero } from "./simd";
import { QUAD } from "./so3-sums";

export { coefficientsToSums, sumsToCoefficients, wignerSumsBytes } from "./so3-sums";
export { pairTableLength } from "./so3-table";

/**
 * Adds the two rings' planes `near` (β) and `far` (π − β), times `weight`, to the sums; t: the table of this pair. Planes have
 * 2·bandwidth − 1 rows of 2·orders − 1 entries, 1 ≤ orders ≤ bandwidth.
 */
export function addPlanes(
  bandwidth: i32, orders: i32, t: usize, weight: real, near: usize, far: usize, sums: usize,
): void {
  stage(true, false, bandwidth, orders, t, v128.splat<real>(weight), near, far, sums);
}

/** The same for LANES pairs of rings, one in each lane; weights: theirs. */
export function addRings(bandwidth: i32, t: usize, weights: usize, near: usize, far: usize, sums: usize): void {
  stage(true, true, bandwidth, bandwidth, t, v128.load(weights), near, far, sums);
}

/** The transpose of `addPlanes`: writes every entry of both planes. */
export function makePlanes(
  bandwidth: i32, orders: i32, t: usize, weight: real, sums: usize, near: usize, far: usize,
): void {
  stage(false, false, bandwidth, orders, t, v128.splat<real>(weight), near, far, sums);
}

/** The same for LANES pairs of rings, one in each lane; weights: theirs. */
export function makeRings(bandwidth: i32, t: usize, weights: usize, sums: usize, near: usize, far: usize): void {
  stage(false, true, bandwidth, bandwidth, t, v128.load(weights), near, far, sums);
}

/** All of them: every pair of orders, in the order of the table and the sums. */
// @ts-ignore: decorator
@inline function stage(
  adding: bool, rings: bool, bandwidth: i32, orders: i32, t: usize, w: v128, near: usize, far: usize, sums: usize,
): void {
  const width = <usize>(2 * orders - 1) * VECTOR;
  const mirror = far - near;
  for (let m = 0; m < bandwidth; m++) {
    const length = <usize>(bandwidth - m);
    const degrees = length * (rings ? VECTOR : REAL);
    const both = m < orders;
    if (both) axes(adding, rings, true, m, width, t, t + degrees, w, near, far, sums);
    else if (!rings) axes(adding, rings, false, m, width, t, t + degrees, w, near, far, sums);
    t += degrees;
    sums += length * QUAD;
    let mk = near + <usize>(2 * m - 1) * width + VECTOR;
    let km = near + width + <usize>(2 * m - 1) * VECTOR;
    const last = min<i32>(m, orders - 1);
    for (let k = 1; k <= last; k++) {
      const start = t;
      t += 2 * degrees;
      pair(adding, rings, width, start, t, w, mk, mk + mirror, sums);
      sums += length * QUAD;
      if (both && k < m) {
        pair(adding, rings, width, start, t, w, km, km + mirror, sums);
        sums += length * QUAD;
      }
      mk += 2 * VECTOR;
      km += 2 * width;
    }
  }
}

// @ts-ignore: decorator
@inline function axes(
  adding: bool, rings: bool, both: bool, m: i32, width: usize, t: usize, end: usize, w: v128, f: usize, g: usize,
  sums: usize,
): void {
  if (adding) addAxes(rings, both, m, width, t, end, w, f, g, sums);
  else makeAxes(rings, both, m, width, t, end, w, f, g, sums);
}

/** One pair of orders: f and g are its entries in the planes. */
// @ts-ignore: decorator
@inline function pair(
  adding: bool, rings: bool, width: usize, t: usize, end: usize, w: v128, f: usize, g: usize, sums: usize,
): void {
  if (adding) addOrders(rings, width, t, end, w, f, g, sums);
  else makeOrders(rings, width, t, end, w, f, g, sums);
}

/** d(β) for every lane: one number, or one for each ring. */
// @ts-ignore: decorator
@inline function nearEntry(rings: bool, t: usize): v128 {
  return rings ? v128.load(t) : splatAt(t);
}

/** d(π − β), which follows it; the offset goes into the instruction. */
// @ts-ignore: decorator
@inline function farEntry(rings: bool, t: usize): v128 {
  if (rings) return v128.load(t, VECTOR);
  if (sizeof<real>() == 4) return v128.load32_splat(t, REAL);
  else return v128.load64_splat(t, REAL);
}

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
  cc = v128.load(g), cs = v128.load(g, 16), sc = v128.load(g + width), ss = v128.load(g + width, 16);
  const y0 = v128.mul<real>(w, v128.sub<real>(cc, ss));
  const y1 = v128.mul<real>(w, v128.add<real>(sc, cs));
  const y2 = v128.mul<real>(w, v128.add<real>(cc, ss));
  const y3 = v128.mul<real>(w, v128.sub<real>(sc, cs));
  do {
    const d = nearEntry(rings, t);
    const e = farEntry(rings, t);
    v128.store(sums, madd(e, y0, madd(d, x0, v128.load(sums))));
    v128.store(sums, madd(e, y1, madd(d, x1, v128.load(sums, 16))), 16);
    v128.store(sums, madd(d, y2, madd(e, x2, v128.load(sums, 32))), 32);
    v128.store(sums, madd(d, y3, madd(e, x3, v128.load(sums, 48))), 48);
    sums += QUAD;
    t += 2 * step;
  } while (t < end);
}

// @ts-ignore: decorator
@inline function makeOrders(
  rings: bool, width: usize, t: usize, end: usize, w: v128, f: usize, g: usize, sums: usize,
): void {
  const step = rings ? VECTOR : REAL;
  let d = nearEntry(rings, t), e = farEntry(rings, t);
  let x0 = v128.load(sums), x1 = v128.load(sums, 16), x2 = v128.load(sums, 32), x3 = v128.load(sums, 48);
  let a0 = v128.mul<real>(d, x0), a1 = v128.mul<real>(d, x1), a2 = v128.mul<real>(e, x2), a3 = v128.mul<real>(e, x3);
  let b0 = v128.mul<real>(e, x0), b1 = v128.mul<real>(e, x1), b2 = v128.mul<real>(d, x2), b3 = v128.mul<real>(d, x3);
  for (sums += QUAD, t += 2 * step; t < end; sums += QUAD, t += 2 * step) {
    d = nearEntry(rings, t), e = farEntry(rings, t);
    x0 = v128.load(sums), x1 = v128.load(sums, 16), x2 = v128.load(sums, 32), x3 = v128.load(sums, 48);
    a0 = madd(d, x0, a0), a1 = madd(d, x1, a1), a2 = madd(e, x2, a2), a3 = madd(e, x3, a3);
    b0 = madd(e, x0, b0), b1 = madd(e, x1, b1), b2 = madd(d, x2, b2), b3 = madd(d, x3, b3);
  }
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

/** The sums of (m, 0) and, if `both`, (0, m), cosine and sine each. For m = 0 all four are the same. */
// @ts-ignore: decorator
@inline function addAxes(
  rings: bool, both: bool, m: i32, width: usize, t: usize, end: usize, w: v128, f: usize, g: usize, sums: usize,
): void {
  const step = rings ? VECTOR : REAL;
  const c = m > 0 ? <usize>(2 * m - 1) : 0;
  const s = <usize>(2 * m);
  let x = v128.mul<real>(w, v128.load(f + c * width)), y = v128.mul<real>(w, v128.load(g + c * width));
  const p0 = v128.add<real>(x, y), q0 = v128.sub<real>(x, y);
  x = v128.mul<real>(w, v128.load(f + s * width)), y = v128.mul<real>(w, v128.load(g + s * width));
  const p1 = v128.add<real>(x, y), q1 = v128.sub<real>(x, y);
  let p2 = zero(), p3 = zero(), q2 = zero(), q3 = zero();
  if (both) {
    x = v128.mul<real>(w, v128.load(f + c * VECTOR)), y = v128.mul<real>(w, v128.load(g + c * VECTOR));
    p2 = v128.add<real>(x, y), q2 = v128.sub<real>(x, y);
    x = v128.mul<real>(w, v128.load(f + s * VECTOR)), y = v128.mul<real>(w, v128.load(g + s * VECTOR));
    p3 = v128.add<real>(x, y), q3 = v128.sub<real>(x, y);
  }
  while (true) {
    let d = nearEntry(rings, t);
    v128.store(sums, madd(d, p0, v128.load(sums)));
    v128.store(sums, madd(d, p1, v128.load(sums, 16)), 16);
    if (both) v128.store(sums, madd(d, p2, v128.load(sums, 32)), 32);
    if (both) v128.store(sums, madd(d, p3, v128.load(sums, 48)), 48);
    t += step;
    if (t == end) break;
    d = nearEntry(rings, t);
    v128.store(sums, madd(d, q0, v128.load(sums, 64)), 64);
    v128.store(sums, madd(d, q1, v128.load(sums, 80)), 80);
    if (both) v128.store(sums, madd(d, q2, v128.load(sums, 96)), 96);
    if (both) v128.store(sums, madd(d, q3, v128.load(sums, 112)), 112);
    t += step;
    if (t == end) break;
    sums += 2 * QUAD;
  }
}

// @ts-ignore: decorator
@inline function makeAxes(
  rings: bool, both: bool, m: i32, width: usize, t: usize, end: usize, w: v128, f: usize, g: usize, sums: usize,
): void {
  const step = rings ? VECTOR : REAL;
  let p0 = zero(), p1 = zero(), p2 = zero(), p3 = zero(), q0 = zero(), q1 = zero(), q2 = zero(), q3 = zero();
  while (true) {
    let d = nearEntry(rings, t);
    p0 = madd(d, v128.load(sums), p0);
    p1 = madd(d, v128.load(sums, 16), p1);
    if (both) p2 = madd(d, v128.load(sums, 32), p2);
    if (both) p3 = madd(d, v128.load(sums, 48), p3);
    t += step;
    if (t == end) break;
    d = nearEntry(rings, t);
    q0 = madd(d, v128.load(sums, 64), q0);
    q1 = madd(d, v128.load(sums, 80), q1);
    if (both) q2 = madd(d, v128.load(sums, 96), q2);
    if (both) q3 = madd(d, v128.load(sums, 112), q3);
    t += step;
    if (t == end) break;
    sums += 2 * QUAD;
  }
  // Sines first: for m = 0 all four go to one place, and the first sum is the coefficient.
  const c = m > 0 ? <usize>(2 * m - 1) : 0;
  const s = <usize>(2 * m);
  if (both) {
    v128.store(f + s * VECTOR, v128.mul<real>(w, v128.add<real>(p3, q3)));
    v128.store(g + s * VECTOR, v128.mul<real>(w, v128.sub<real>(p3, q3)));
    v128.store(f + c * VECTOR, v128.mul<real>(w, v128.add<real>(p2, q2)));
    v128.store(g + c * VECTOR, v128.mul<real>(w, v128.sub<real>(p2, q2)));
  }
  v128.store(f + s * width, v128.mul<real>(w, v128.add<real>(p1, q1)));
  v128.store(g + s * width, v128.mul<real>(w, v128.sub<real>(p1, q1)));
  v128.store(f + c * width, v128.mul<real>(w, v128.add<real>(p0, q0)));
  v128.store(g + c * width, v128.mul<real>(w, v128.sub<real>(p0, q0)));
}
