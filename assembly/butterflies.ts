// Stages of the complex FFT, radix by radix; see fft.ts for the formula and the names.
//
// A stage reads m·s groups of p elements, element u of a group m·s elements after element u − 1, writes them s apart.
// `re` and `im` are the offsets of real and imaginary vectors within an element: (0, 16), or (16, 0) for the inverse.
// `w` points to cos, sin of 2πjt/(pm) for j = 1 … m − 1 (slow), t = 1 … p − 1 (fast); the factor of j = 0 is 1.

import { madd, nmadd, REAL, splatAt, VECTOR, zero } from "./simd";

/** Bytes of one complex element and of one pair (cos, sin). */
// @ts-ignore: decorator
@inline export const ELEMENT: usize = 2 * VECTOR;
// @ts-ignore: decorator
@inline export const PAIR: usize = 2 * REAL;

/** Stores (a + ib)(cos − i sin) with the pair at w, or a + ib where the factor is 1. */
// @ts-ignore: decorator
@inline function put(y: usize, re: usize, im: usize, a: v128, b: v128, w: usize, turned: bool): void {
  if (turned) {
    const c = splatAt(w);
    const s = splatAt(w + REAL);
    v128.store(y + re, madd(b, s, v128.mul<real>(a, c)));
    v128.store(y + im, nmadd(a, s, v128.mul<real>(b, c)));
  } else {
    v128.store(y + re, a);
    v128.store(y + im, b);
  }
}

/** One stage of radix p; `roots` points to cos, sin of 2πk/p, k < p, and is read only where p > 5. */
export function stage(
  p: i32, m: i32, s: i32, x: usize, y: usize, re: usize, im: usize, w: usize, roots: usize,
): void {
  if (p == 4) groups(4, p, m, s, x, y, re, im, w, roots);
  else if (p == 2) groups(2, p, m, s, x, y, re, im, w, roots);
  else if (p == 3) groups(3, p, m, s, x, y, re, im, w, roots);
  else if (p == 5) groups(5, p, m, s, x, y, re, im, w, roots);
  else groups(0, p, m, s, x, y, re, im, w, roots);
}

/** All groups of a stage; `radix` is a constant where this is inlined, 0 for any odd p. */
// @ts-ignore: decorator
@inline function groups(
  radix: i32, p: i32, m: i32, s: i32, x: usize, y: usize, re: usize, im: usize, w: usize, roots: usize,
): void {
  const from = <usize>(m * s) * ELEMENT;
  const to = <usize>s * ELEMENT;
  const gap = <usize>(p - 1) * to;
  for (const end = x + to; x < end; x += ELEMENT, y += ELEMENT) {
    group(radix, p, x, from, y, to, re, im, w, roots, false);
  }
  y += gap;
  for (let j = 1; j < m; j++) {
    for (const end = x + to; x < end; x += ELEMENT, y += ELEMENT) {
      group(radix, p, x, from, y, to, re, im, w, roots, true);
    }
    y += gap;
    w += <usize>(p - 1) * PAIR;
  }
}

// @ts-ignore: decorator
@inline function group(
  radix: i32, p: i32, x: usize, from: usize, y: usize, to: usize, re: usize, im: usize, w: usize, roots: usize,
  turned: bool,
): void {
  if (radix == 4) group4(x, from, y, to, re, im, w, turned);
  else if (radix == 2) group2(x, from, y, to, re, im, w, turned);
  else if (radix == 3) group3(x, from, y, to, re, im, w, turned);
  else if (radix == 5) group5(x, from, y, to, re, im, w, turned);
  else groupOdd(p, x, from, y, to, re, im, w, roots, turned);
}

// @ts-ignore: decorator
@inline function group2(
  x: usize, from: usize, y: usize, to: usize, re: usize, im: usize, w: usize, turned: bool,
): void {
  const a0 = v128.load(x + re);
  const b0 = v128.load(x + im);
  const a1 = v128.load(x + from + re);
  const b1 = v128.load(x + from + im);
  put(y, re, im, v128.add<real>(a0, a1), v128.add<real>(b0, b1), w, false);
  put(y + to, re, im, v128.sub<real>(a0, a1), v128.sub<real>(b0, b1), w, turned);
}

// @ts-ignore: decorator
@inline function group3(
  x: usize, from: usize, y: usize, to: usize, re: usize, im: usize, w: usize, turned: bool,
): void {
  const half = v128.splat<real>(<real>0.5);
  const sin3 = v128.splat<real>(<real>0.86602540378443864676);
  const a0 = v128.load(x + re);
  const b0 = v128.load(x + im);
  const a1 = v128.load(x + from + re);
  const b1 = v128.load(x + from + im);
  const a2 = v128.load(x + 2 * from + re);
  const b2 = v128.load(x + 2 * from + im);
  const sa = v128.add<real>(a1, a2);
  const sb = v128.add<real>(b1, b2);
  const da = v128.mul<real>(v128.sub<real>(a1, a2), sin3);
  const db = v128.mul<real>(v128.sub<real>(b1, b2), sin3);
  const ca = nmadd(sa, half, a0);
  const cb = nmadd(sb, half, b0);
  put(y, re, im, v128.add<real>(a0, sa), v128.add<real>(b0, sb), w, false);
  put(y + to, re, im, v128.add<real>(ca, db), v128.sub<real>(cb, da), w, turned);
  put(y + 2 * to, re, im, v128.sub<real>(ca, db), v128.add<real>(cb, da), w + PAIR, turned);
}

// @ts-ignore: decorator
@inline function group4(
  x: usize, from: usize, y: usize, to: usize, re: usize, im: usize, w: usize, turned: bool,
): void {
  const a0 = v128.load(x + re);
  const b0 = v128.load(x + im);
  const a1 = v128.load(x + from + re);
  const b1 = v128.load(x + from + im);
  const a2 = v128.load(x + 2 * from + re);
  const b2 = v128.load(x + 2 * from + im);
  const a3 = v128.load(x + 3 * from + re);
  const b3 = v128.load(x + 3 * from + im);
  const sa02 = v128.add<real>(a0, a2);
  const sb02 = v128.add<real>(b0, b2);
  const da02 = v128.sub<real>(a0, a2);
  const db02 = v128.sub<real>(b0, b2);
  const sa13 = v128.add<real>(a1, a3);
  const sb13 = v128.add<real>(b1, b3);
  const da13 = v128.sub<real>(a1, a3);
  const db13 = v128.sub<real>(b1, b3);
  put(y, re, im, v128.add<real>(sa02, sa13), v128.add<real>(sb02, sb13), w, false);
  put(y + to, re, im, v128.add<real>(da02, db13), v128.sub<real>(db02, da13), w, turned);
  put(y + 2 * to, re, im, v128.sub<real>(sa02, sa13), v128.sub<real>(sb02, sb13), w + PAIR, turned);
  put(y + 3 * to, re, im, v128.sub<real>(da02, db13), v128.add<real>(db02, da13), w + 2 * PAIR, turned);
}

// @ts-ignore: decorator
@inline function group5(
  x: usize, from: usize, y: usize, to: usize, re: usize, im: usize, w: usize, turned: bool,
): void {
  const cos1 = v128.splat<real>(<real>0.30901699437494742410);
  const cos2 = v128.splat<real>(<real>-0.80901699437494742410);
  const sin1 = v128.splat<real>(<real>0.95105651629515357212);
  const sin2 = v128.splat<real>(<real>0.58778525229247312917);
  const a0 = v128.load(x + re);
  const b0 = v128.load(x + im);
  const a1 = v128.load(x + from + re);
  const b1 = v128.load(x + from + im);
  const a4 = v128.load(x + 4 * from + re);
  const b4 = v128.load(x + 4 * from + im);
  const a2 = v128.load(x + 2 * from + re);
  const b2 = v128.load(x + 2 * from + im);
  const a3 = v128.load(x + 3 * from + re);
  const b3 = v128.load(x + 3 * from + im);
  const sa1 = v128.add<real>(a1, a4);
  const sb1 = v128.add<real>(b1, b4);
  const da1 = v128.sub<real>(a1, a4);
  const db1 = v128.sub<real>(b1, b4);
  const sa2 = v128.add<real>(a2, a3);
  const sb2 = v128.add<real>(b2, b3);
  const da2 = v128.sub<real>(a2, a3);
  const db2 = v128.sub<real>(b2, b3);
  put(y, re, im, v128.add<real>(a0, v128.add<real>(sa1, sa2)), v128.add<real>(b0, v128.add<real>(sb1, sb2)), w, false);
  const ca1 = madd(sa2, cos2, madd(sa1, cos1, a0));
  const cb1 = madd(sb2, cos2, madd(sb1, cos1, b0));
  const ea1 = madd(da2, sin2, v128.mul<real>(da1, sin1));
  const eb1 = madd(db2, sin2, v128.mul<real>(db1, sin1));
  put(y + to, re, im, v128.add<real>(ca1, eb1), v128.sub<real>(cb1, ea1), w, turned);
  put(y + 4 * to, re, im, v128.sub<real>(ca1, eb1), v128.add<real>(cb1, ea1), w + 3 * PAIR, turned);
  const ca2 = madd(sa2, cos1, madd(sa1, cos2, a0));
  const cb2 = madd(sb2, cos1, madd(sb1, cos2, b0));
  const ea2 = nmadd(da2, sin1, v128.mul<real>(da1, sin2));
  const eb2 = nmadd(db2, sin1, v128.mul<real>(db1, sin2));
  put(y + 2 * to, re, im, v128.add<real>(ca2, eb2), v128.sub<real>(cb2, ea2), w + PAIR, turned);
  put(y + 3 * to, re, im, v128.sub<real>(ca2, eb2), v128.add<real>(cb2, ea2), w + 2 * PAIR, turned);
}

/** Any odd radix, p² multiplications. Outputs t and p − t together: Σ (x_u + x_{p−u}) cos ∓ i Σ (x_u − x_{p−u}) sin. */
function groupOdd(
  p: i32, x: usize, from: usize, y: usize, to: usize, re: usize, im: usize, w: usize, roots: usize, turned: bool,
): void {
  const a0 = v128.load(x + re);
  const b0 = v128.load(x + im);
  let suma = a0;
  let sumb = b0;
  for (let u = 1; u < p; u++) {
    suma = v128.add<real>(suma, v128.load(x + u * from + re));
    sumb = v128.add<real>(sumb, v128.load(x + u * from + im));
  }
  put(y, re, im, suma, sumb, w, false);
  const half = p >> 1;
  for (let t = 1; t <= half; t++) {
    let ca = a0;
    let cb = b0;
    let ea = zero();
    let eb = zero();
    let turn = 0;
    for (let u = 1; u <= half; u++) {
      turn += t;
      if (turn >= p) turn -= p;
      const cos = splatAt(roots + turn * PAIR);
      const sin = splatAt(roots + turn * PAIR + REAL);
      const near = x + u * from;
      const far = x + (p - u) * from;
      const na = v128.load(near + re);
      const nb = v128.load(near + im);
      const fa = v128.load(far + re);
      const fb = v128.load(far + im);
      ca = madd(v128.add<real>(na, fa), cos, ca);
      cb = madd(v128.add<real>(nb, fb), cos, cb);
      ea = madd(v128.sub<real>(na, fa), sin, ea);
      eb = madd(v128.sub<real>(nb, fb), sin, eb);
    }
    put(y + t * to, re, im, v128.add<real>(ca, eb), v128.sub<real>(cb, ea), w + (t - 1) * PAIR, turned);
    const mirror = p - t;
    put(y + mirror * to, re, im, v128.sub<real>(ca, eb), v128.add<real>(cb, ea), w + (mirror - 1) * PAIR, turned);
  }
}
