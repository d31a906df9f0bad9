// Wigner's d^l_mn(β) in f64: centred, quantum-normalised, Condon–Shortley; d¹_{1,0}(β) = −sin β/√2.
//
// For fixed orders (m, n) the degrees follow from l0 = max(|m|, |n|) upwards by the three-term recurrence
// (Varshalovich, Moskalev, Khersonskii 1988, 4.8.2; E_l = √((l²−m²)(l²−n²)))
//
//   l E_{l+1} d^{l+1} = (2l+1) (l(l+1) cos β − mn) d^l − (l+1) E_l d^{l−1},
//
// which is stable in this direction. It runs on differences Δ^{l+1} = d^{l+1} − d^l (Reinsch's form), in which nothing
// cancels near β = 0, with t = sin²(β/2) in the place of cos β:
//
//   Δ^{l+1} = C Δ^l + (B − S t) d^l      C = (l+1) E_l / (l E_{l+1})      S = 2 (l+1) (2l+1) / E_{l+1}
//   B = ((l+1) g_l + l g_{l+1}) / (l E_{l+1})                              g_l = l² (m−n)² / (l² − mn + E_l).
//
// Beyond the equator d^l_mn(π−β) = (−1)^{l+m} d^l_{m,−n}(β): there t = cos²(β/2), B has −n in the place of n, and the
// differences are those of (−1)^{l−l0} d^l.
// The first degree is d^{l0}_mn(β) = ± √binomial(2·l0, l0 + k) cos(β/2)^|m+n| sin(β/2)^|m−n|, which may lie below the
// smallest f64 and grow to order one further up: it is carried as d·2^(512k), k ≥ 0, and a value counts, that is, is
// not written as zero, from k = 0 on, at about 2⁻⁵¹². The error is below 1e-12 up to l = 2047, also near the poles.
//
// Angles are kept as records of two, `wignerAnglesBytes(count)` in all, a prefix of which is again a block of angles:
//
//   offset 0   t, t       min(sin²(β/2), cos²(β/2))
//         16   mask, mask all ones where t is cos²(β/2)
//         32   c, c       cos(β/2)
//         48   s, s       sin(β/2)

import { cosine, cosTurn, sine, sinTurn } from "./trigonometry";

// @ts-ignore: decorator
@inline const ANGLES: usize = 64;
// @ts-ignore: decorator
@inline const STATE: usize = 48;
// @ts-ignore: decorator
@inline const HEADER: usize = 16;

/** Bytes of the block of `count` angles. */
export function wignerAnglesBytes(count: i32): i32 {
  return ((count + 1) >> 1) * <i32>ANGLES;
}

/** The block of the angles β: f64[count], in radians. */
export function wignerAngles(count: i32, beta: usize, angles: usize): void {
  for (let j = 0; j < count; j++) {
    const half = 0.5 * load<f64>(beta + <usize>j * 8);
    putAngle(count, j, cosine(half), sine(half), angles);
  }
}

/** The block of the 2b angles β_j = π(2j+1)/(4b) of the SOFT grid. */
export function softAngles(bandwidth: i32, angles: usize): void {
  const count = 2 * bandwidth;
  for (let j = 0; j < count; j++) {
    putAngle(count, j, cosTurn(2 * j + 1, 16 * bandwidth), sinTurn(2 * j + 1, 16 * bandwidth), angles);
  }
}

function putAngle(count: i32, j: i32, c: f64, s: f64, angles: usize): void {
  const beyond = c * c < s * s;
  let p = angles + <usize>(j >> 1) * ANGLES + <usize>(j & 1) * 8;
  // An odd last angle fills both lanes.
  for (let lane = j & 1; lane < (j + 1 == count ? 2 : (j & 1) + 1); lane++) {
    store<f64>(p, beyond ? c * c : s * s);
    store<i64>(p, beyond ? -1 : 0, 16);
    store<f64>(p, c, 32);
    store<f64>(p, s, 48);
    p += 8;
  }
}

/** Bytes of scratch of `wignerRows` for `count` angles. */
export function wignerRowsScratchBytes(count: i32): i32 {
  return <i32>HEADER + ((count + 1) >> 1) * <i32>STATE;
}

/**
 * d^l_mn(β_j) for l = max(|m|,|n|) … bandwidth−1 as f64 `[l − max(|m|,|n|)][count]` at out.
 *
 * angles: a block, or the prefix of one; scratch: `wignerRowsScratchBytes(count)`.
 */
export function wignerRows(
  m: i32, n: i32, bandwidth: i32, count: i32, angles: usize, out: usize, scratch: usize,
): void {
  const first = max(abs(m), abs(n));
  if (first >= bandwidth) return;
  wignerFirstRow(m, n, count, angles, out, scratch);
  for (let l = first + 1; l < bandwidth; l++) {
    out += <usize>count * 8;
    wignerNextRow(l, m, n, count, angles, out, scratch);
  }
}

/** Bytes of scratch of `wignerSmallDEntry`. */
export function wignerSmallDEntryScratchBytes(): i32 {
  return <i32>ANGLES + wignerRowsScratchBytes(1) + 8;
}

/** d^l_mn(β), |m|, |n| ≤ l, β in radians. */
export function wignerSmallDEntry(l: i32, m: i32, n: i32, beta: f64, scratch: usize): f64 {
  const state = scratch + ANGLES;
  const out = state + wignerRowsScratchBytes(1);
  putAngle(1, 0, cosine(0.5 * beta), sine(0.5 * beta), scratch);
  wignerFirstRow(m, n, 1, scratch, out, state);
  for (let k = max(abs(m), abs(n)) + 1; k <= l; k++) wignerNextRow(k, m, n, 1, scratch, out, state);
  return load<f64>(out);
}

/** The row of the lowest degree l = max(|m|,|n|): f64[count] at out. Sets up the state for `wignerNextRow`. */
export function wignerFirstRow(m: i32, n: i32, count: i32, angles: usize, out: usize, state: usize): void {
  const l = max(abs(m), abs(n));
  const ofCosine = abs(m + n);
  const ofSine = abs(m - n);
  const shared = min(ofCosine, ofSine);

  // ± √binomial(2l, shared) · 2^excess
  let binomial: f64 = 1;
  let excess: i64 = 0;
  for (let i = 1; i <= shared; i++) {
    binomial *= <f64>(2 * l - shared + i) / <f64>i;
    if (binomial >= TWO_1000) {
      binomial *= TWO_MINUS_1000;
      excess += 500;
    }
  }
  const root = sqrt(binomial);
  const sign = f64x2.splat(m > n && ofSine & 1 ? -root : root);

  let p = state + HEADER;
  let remaining: v128 = i64x2.splat(0);
  for (let j = 0; j < count; j += 2) {
    const c = v128.load(angles, 32);
    const s = v128.load(angles, 48);
    v128.store(p, sign);
    v128.store(p, i64x2.splat(excess), 16);
    multiplyPower(f64x2.mul(c, s), shared, p);
    multiplyPower(ofCosine > ofSine ? c : s, abs(ofCosine - ofSine), p);
    splitExponent(p);
    const d = v128.load(p);
    const k = v128.load(p, 32);
    v128.store(p, d, 16);
    remaining = v128.or(remaining, k);
    storeRow(out, j, count, v128.and(d, i64x2.eq(k, i64x2.splat(0))));
    p += STATE;
    angles += ANGLES;
  }
  store<i32>(state, <i32>v128.any_true(remaining));
}

/** The row of degree l ≥ 1 from the state that the row of degree l−1 left: f64[count] at out. */
export function wignerNextRow(l: i32, m: i32, n: i32, count: i32, angles: usize, out: usize, state: usize): void {
  const k = <f64>(l - 1);
  const lower = degreeRoot(k, m, n);
  const upper = degreeRoot(<f64>l, m, n);
  const reciprocal = 1 / upper;
  const slope = f64x2.splat(2 * <f64>l * (2 * k + 1) * reciprocal);
  let carry: v128 = f64x2.splat(0), direct: v128 = f64x2.splat(0), mirrored: v128 = f64x2.splat(0);
  if (l > 1) {
    const share = reciprocal / k;
    carry = f64x2.splat(<f64>l * lower * share);
    direct = f64x2.splat((<f64>l * gap(k, m, n, lower) + k * gap(<f64>l, m, n, upper)) * share);
    mirrored = f64x2.splat((<f64>l * gap(k, m, -n, lower) + k * gap(<f64>l, m, -n, upper)) * share);
  }

  const flip = i64x2.splat((l - max(abs(m), abs(n))) & 1 ? 0x8000_0000_0000_0000 : 0);
  let p = state + HEADER;
  if (load<i32>(state)) {
    const one = f64x2.splat(1);
    const rescale = f64x2.splat(TWO_MINUS_512);
    let remaining: v128 = i64x2.splat(0);
    for (let j = 0; j < count; j += 2) {
      const beyond = v128.load(angles, 16);
      const constant = v128.bitselect(mirrored, direct, beyond);
      const factor = f64x2.sub(constant, f64x2.mul(slope, v128.load(angles)));
      let d = v128.load(p);
      let delta = f64x2.add(f64x2.mul(carry, v128.load(p, 16)), f64x2.mul(factor, d));
      let k = v128.load(p, 32);
      d = f64x2.add(d, delta);
      const grown = v128.and(f64x2.ge(f64x2.abs(d), one), i64x2.gt_s(k, i64x2.splat(0)));
      d = v128.bitselect(f64x2.mul(d, rescale), d, grown);
      delta = v128.bitselect(f64x2.mul(delta, rescale), delta, grown);
      k = i64x2.add(k, grown);
      v128.store(p, d);
      v128.store(p, delta, 16);
      v128.store(p, k, 32);
      remaining = v128.or(remaining, k);
      d = v128.xor(d, v128.and(beyond, flip));
      storeRow(out, j, count, v128.and(d, i64x2.eq(k, i64x2.splat(0))));
      p += STATE;
      angles += ANGLES;
    }
    store<i32>(state, <i32>v128.any_true(remaining));
  } else {
    for (let j = 0; j < count; j += 2) {
      const beyond = v128.load(angles, 16);
      const constant = v128.bitselect(mirrored, direct, beyond);
      const factor = f64x2.sub(constant, f64x2.mul(slope, v128.load(angles)));
      let d = v128.load(p);
      const delta = f64x2.add(f64x2.mul(carry, v128.load(p, 16)), f64x2.mul(factor, d));
      d = f64x2.add(d, delta);
      v128.store(p, d);
      v128.store(p, delta, 16);
      storeRow(out, j, count, v128.xor(d, v128.and(beyond, flip)));
      p += STATE;
      angles += ANGLES;
    }
  }
}

// @ts-ignore: decorator
@inline function storeRow(out: usize, j: i32, count: i32, row: v128): void {
  if (j + 1 < count) v128.store(out + <usize>j * 8, row);
  else store<f64>(out + <usize>j * 8, f64x2.extract_lane(row, 0));
}

/** E_l = √((l²−m²)(l²−n²)); the product is exact below l = 9741. */
// @ts-ignore: decorator
@inline function degreeRoot(l: f64, m: i32, n: i32): f64 {
  return sqrt((l * l - <f64>(m * m)) * (l * l - <f64>(n * n)));
}

/** g_l = l² − mn − E_l, without the cancellation. */
// @ts-ignore: decorator
@inline function gap(l: f64, m: i32, n: i32, root: f64): f64 {
  const difference = l * <f64>(m - n);
  return m == n ? 0 : difference * difference / (l * l - <f64>(m * n) + root);
}

/** Multiplies x · 2^e at p (f64x2 x, then i64x2 e) by base^power, power ≥ 0. */
export function multiplyPower(base: v128, power: i32, p: usize): void {
  let value = v128.load(p);
  let exponent = v128.load(p, 16);
  let baseExponent = exponentOf(base);
  base = significandOf(base);
  while (power) {
    if (power & 1) {
      value = f64x2.mul(value, base);
      exponent = i64x2.add(exponent, baseExponent);
    }
    base = f64x2.mul(base, base);
    baseExponent = i64x2.add(i64x2.add(baseExponent, baseExponent), exponentOf(base));
    base = significandOf(base);
    power >>= 1;
  }
  v128.store(p, value);
  v128.store(p, exponent, 16);
}

/** From x · 2^e ≤ 1 at p (f64x2 x, then i64x2 e) to d · 2^(−512k), |d| > 2⁻⁵¹²: d in the place of x, k at offset 32. */
export function splitExponent(p: usize): void {
  const x = v128.load(p);
  const below = i64x2.neg(i64x2.add(v128.load(p, 16), exponentOf(x)));
  const shift = i64x2.shl(v128.and(below, i64x2.splat(511)), 52);
  v128.store(p, i64x2.sub(significandOf(x), shift));
  v128.store(p, i64x2.shr_u(below, 9), 32);
}

/** x = significandOf(x) · 2^exponentOf(x), 1 ≤ |significand| < 2; zero counts as 2⁻¹⁰²³, which its uses round to zero. */
// @ts-ignore: decorator
@inline function significandOf(x: v128): v128 {
  return v128.or(v128.and(x, i64x2.splat(0x800f_ffff_ffff_ffff)), i64x2.splat(0x3ff0_0000_0000_0000));
}
// @ts-ignore: decorator
@inline function exponentOf(x: v128): v128 {
  return i64x2.sub(v128.and(i64x2.shr_u(x, 52), i64x2.splat(0x7ff)), i64x2.splat(1023));
}

/** Powers of two that move significands back into range: 2⁻⁵¹², 2¹⁰⁰⁰, 2⁻¹⁰⁰⁰. */
// @ts-ignore: decorator
@inline export const TWO_MINUS_512: f64 = 7.458340731200207e-155;
// @ts-ignore: decorator
@inline export const TWO_1000: f64 = 1.0715086071862673e+301;
// @ts-ignore: decorator
@inline export const TWO_MINUS_1000: f64 = 9.332636185032189e-302;
