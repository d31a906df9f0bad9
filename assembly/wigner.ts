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
// smallest f64 and grow to order one further up: it is carried as d·2^(512k), k ≥ 0, and written as zero as long as
// k > 0 (values below 2⁻³⁰⁰ at most). Errors stay below 1e-12 up to l = 2047, near the poles too.
//
// Angles are kept in groups of eight, f64 each, and the first groups of a block are again a block:
//
//   offset 0   t       min(sin²(β/2), cos²(β/2))
//         64   beyond  all bits set where t is cos²(β/2)
//        128   c       cos(β/2)
//        192   s       sin(β/2)
//
// A group's four vectors fill the latency of the recurrence; its state (d, Δ, k, 64 bytes each) stays in registers for
// CHUNK degrees, whose coefficients serve all groups.

import { multiplyPower, splitExponent, TWO_1000, TWO_MINUS_1000, TWO_MINUS_512 } from "./scaled";
import { cosine, cosTurn, sine, sinTurn } from "./trigonometry";

// @ts-ignore: decorator
@inline const ANGLES: usize = 256;
// @ts-ignore: decorator
@inline const STATE: usize = 192;
// @ts-ignore: decorator
@inline const CHUNK: i32 = 16;
/** One degree's coefficients: C, S, B, and B beyond the equator. */
// @ts-ignore: decorator
@inline const COEFFICIENTS: usize = 32;
/** Bytes for one vector on its way to a state: d, exponent, k. */
// @ts-ignore: decorator
@inline const START: usize = 48;

/** Bytes of the block of `count` angles. */
export function wignerAnglesBytes(count: i32): i32 {
  return ((count + 7) >> 3) * <i32>ANGLES;
}

/** The block of the angles β: f64[count], in radians. */
export function wignerAngles(count: i32, beta: usize, angles: usize): void {
  for (let j = 0; j < count; j++) {
    const half = 0.5 * load<f64>(beta + <usize>j * 8);
    putAngle(count, j, cosine(half), sine(half), angles);
  }
}

/** The block of the angles arccos x, x: f64[count], |x| ≤ 1: next to ±1 the angle keeps its precision. */
export function wignerCosines(count: i32, x: usize, angles: usize): void {
  for (let j = 0; j < count; j++) {
    const z = load<f64>(x + <usize>j * 8);
    putAngle(count, j, sqrt(0.5 * (1 + z)), sqrt(0.5 * (1 - z)), angles);
  }
}

/** The block of the 2b angles β_j = π(2j+1)/(4b) of the SOFT grid. */
export function softAngles(bandwidth: i32, angles: usize): void {
  const count = 2 * bandwidth;
  for (let j = 0; j < count; j++) {
    putAngle(count, j, cosTurn(2 * j + 1, 16 * bandwidth), sinTurn(2 * j + 1, 16 * bandwidth), angles);
  }
}

/** Angle j; the last one fills its group. */
function putAngle(count: i32, j: i32, c: f64, s: f64, angles: usize): void {
  const beyond = c * c < s * s;
  const end = j + 1 == count ? (count + 7) & ~7 : j + 1;
  for (; j < end; j++) {
    const p = angles + <usize>(j >> 3) * ANGLES + <usize>(j & 7) * 8;
    store<f64>(p, beyond ? c * c : s * s);
    store<i64>(p, beyond ? -1 : 0, 64);
    store<f64>(p, c, 128);
    store<f64>(p, s, 192);
  }
}

/** Bytes of scratch of `wignerRows` for `count` angles. */
export function wignerRowsScratchBytes(count: i32): i32 {
  return CHUNK * <i32>COEFFICIENTS + <i32>START + ((count + 7) >> 3) * <i32>STATE;
}

/**
 * d^l_mn(β_j) for l = max(|m|,|n|) … bandwidth−1 as f64 `[l − max(|m|,|n|)][count]` at out.
 *
 * angles: a block, or a longer one; scratch: `wignerRowsScratchBytes(count)`.
 */
export function wignerRows(
  m: i32, n: i32, bandwidth: i32, count: i32, angles: usize, out: usize, scratch: usize,
): void {
  if (max(abs(m), abs(n)) < bandwidth) degrees(m, n, bandwidth, count, angles, out, <usize>count * 8, scratch);
}

/** Bytes of scratch of `wignerSmallDEntry`. */
export function wignerSmallDEntryScratchBytes(): i32 {
  return <i32>ANGLES + 8 + wignerRowsScratchBytes(1);
}

/** d^l_mn(β), |m|, |n| ≤ l, β in radians. */
export function wignerSmallDEntry(l: i32, m: i32, n: i32, beta: f64, scratch: usize): f64 {
  const out = scratch + ANGLES;
  putAngle(1, 0, cosine(0.5 * beta), sine(0.5 * beta), scratch);
  // Each degree in the place of the one before.
  degrees(m, n, l + 1, 1, scratch, out, 0, out + 8);
  return load<f64>(out);
}

/** `wignerRows` with `rowBytes` from one degree to the next. */
function degrees(
  m: i32, n: i32, bandwidth: i32, count: i32, angles: usize, out: usize, rowBytes: usize, scratch: usize,
): void {
  const states = scratch + <usize>CHUNK * COEFFICIENTS + START;
  firstDegree(m, n, count, angles, out, scratch + <usize>CHUNK * COEFFICIENTS, states);
  const lowest = max(abs(m), abs(n));
  for (let first = lowest + 1; first < bandwidth; first += CHUNK) {
    const last = min(first + CHUNK, bandwidth);
    coefficients(m, n, first, last, scratch);
    const row = out + <usize>(first - lowest) * rowBytes;
    // What is beyond the equator changes sign at every other degree.
    const odd = (first - lowest) & 1;
    for (let j = 0; j < count; j += 8) {
      const group = angles + <usize>(j >> 3) * ANGLES;
      const state = states + <usize>(j >> 3) * STATE;
      if (plain(group, state)) {
        nextDegrees(false, last - first, odd, group, state, scratch, row + <usize>j * 8, rowBytes, count - j);
      } else {
        nextDegrees(true, last - first, odd, group, state, scratch, row + <usize>j * 8, rowBytes, count - j);
        rescale(state);
      }
    }
  }
}

/** Degree max(|m|,|n|) and the states from which `nextDegrees` goes on. */
function firstDegree(m: i32, n: i32, count: i32, angles: usize, out: usize, start: usize, states: usize): void {
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

  for (let j = 0; j < ((count + 7) & ~7); j += 2) {
    const offset = <usize>(j & 7) * 8;
    const c = v128.load(angles + <usize>(j >> 3) * ANGLES + offset, 128);
    const s = v128.load(angles + <usize>(j >> 3) * ANGLES + offset, 192);
    v128.store(start, sign);
    v128.store(start, i64x2.splat(excess), 16);
    multiplyPower(f64x2.mul(c, s), shared, start);
    multiplyPower(ofCosine > ofSine ? c : s, abs(ofCosine - ofSine), start);
    splitExponent(start);
    const d = v128.load(start);
    const k = v128.load(start, 32);
    const state = states + <usize>(j >> 3) * STATE + offset;
    v128.store(state, d);
    v128.store(state, d, 64);
    v128.store(state, k, 128);
    storeSome(out + <usize>j * 8, count - j, v128.and(d, i64x2.eq(k, i64x2.splat(0))));
  }
}

/** C, S, B and B beyond the equator of the steps to the degrees first ≤ l < last, first ≥ 1. */
function coefficients(m: i32, n: i32, first: i32, last: i32, out: usize): void {
  let k = <f64>(first - 1);
  let root = degreeRoot(k, m, n);
  let direct = gap(k, m, n, root);
  let mirrored = gap(k, m, -n, root);
  for (let degree = first; degree < last; degree++) {
    const l = <f64>degree;
    const nextRoot = degreeRoot(l, m, n);
    const nextDirect = gap(l, m, n, nextRoot);
    const nextMirrored = gap(l, m, -n, nextRoot);
    const reciprocal = 1 / nextRoot;
    // From degree 0 to 1 only S is not zero.
    const share = k == 0 ? 0 : reciprocal / k;
    store<f64>(out, l * root * share);
    store<f64>(out, 2 * l * (l + k) * reciprocal, 8);
    store<f64>(out, (l * direct + k * nextDirect) * share, 16);
    store<f64>(out, (l * mirrored + k * nextMirrored) * share, 24);
    out += COEFFICIENTS;
    k = l;
    root = nextRoot;
    direct = nextDirect;
    mirrored = nextMirrored;
  }
}

/** Whether a group lies on one side of the equator and needs no scaling. */
// @ts-ignore: decorator
@inline function plain(group: usize, state: usize): bool {
  const b0 = v128.load(group, 64), b1 = v128.load(group, 80), b2 = v128.load(group, 96), b3 = v128.load(group, 112);
  const k0 = v128.load(state, 128), k1 = v128.load(state, 144), k2 = v128.load(state, 160), k3 = v128.load(state, 176);
  if (v128.any_true(v128.or(v128.or(k0, k1), v128.or(k2, k3)))) return false;
  if (i64x2.all_true(v128.and(v128.and(b0, b1), v128.and(b2, b3)))) return true;
  return !v128.any_true(v128.or(v128.or(b0, b1), v128.or(b2, b3)));
}

/** Eight angles, `steps` degrees; `general`: lanes differ in their side of the equator or in their scale. */
// @ts-ignore: decorator
@inline function nextDegrees(
  general: bool, steps: i32, odd: i32, group: usize, state: usize, table: usize, out: usize, rowBytes: usize, count: i32,
): void {
  const t0 = v128.load(group), t1 = v128.load(group, 16), t2 = v128.load(group, 32), t3 = v128.load(group, 48);
  let d0 = v128.load(state), d1 = v128.load(state, 16), d2 = v128.load(state, 32), d3 = v128.load(state, 48);
  let e0 = v128.load(state, 64), e1 = v128.load(state, 80), e2 = v128.load(state, 96), e3 = v128.load(state, 112);
  const side: usize = load<i64>(group, 64) ? 24 : 16;
  const negate = v128.and(v128.load64_splat(group, 64), i64x2.splat(i64.MIN_VALUE));
  let sign = odd ? negate : i64x2.splat(0);
  for (const end = table + <usize>steps * COEFFICIENTS; table < end; table += COEFFICIENTS) {
    const carry = v128.load64_splat(table);
    const slope = v128.load64_splat(table, 8);
    let b0 = v128.load64_splat(table + side), b1 = b0, b2 = b0, b3 = b0;
    if (general) {
      const direct = v128.load64_splat(table, 16);
      const mirrored = v128.load64_splat(table, 24);
      b0 = v128.bitselect(mirrored, direct, v128.load(group, 64));
      b1 = v128.bitselect(mirrored, direct, v128.load(group, 80));
      b2 = v128.bitselect(mirrored, direct, v128.load(group, 96));
      b3 = v128.bitselect(mirrored, direct, v128.load(group, 112));
    }
    e0 = f64x2.add(f64x2.mul(carry, e0), f64x2.mul(f64x2.sub(b0, f64x2.mul(slope, t0)), d0));
    e1 = f64x2.add(f64x2.mul(carry, e1), f64x2.mul(f64x2.sub(b1, f64x2.mul(slope, t1)), d1));
    e2 = f64x2.add(f64x2.mul(carry, e2), f64x2.mul(f64x2.sub(b2, f64x2.mul(slope, t2)), d2));
    e3 = f64x2.add(f64x2.mul(carry, e3), f64x2.mul(f64x2.sub(b3, f64x2.mul(slope, t3)), d3));
    d0 = f64x2.add(d0, e0);
    d1 = f64x2.add(d1, e1);
    d2 = f64x2.add(d2, e2);
    d3 = f64x2.add(d3, e3);
    let r0 = v128.xor(d0, sign), r1 = v128.xor(d1, sign), r2 = v128.xor(d2, sign), r3 = v128.xor(d3, sign);
    if (general) {
      const flip = i64x2.splat(odd ? i64.MIN_VALUE : 0);
      r0 = shown(d0, flip, group, state);
      r1 = shown(d1, flip, group + 16, state + 16);
      r2 = shown(d2, flip, group + 32, state + 32);
      r3 = shown(d3, flip, group + 48, state + 48);
      odd ^= 1;
    }
    if (count >= 8) {
      v128.store(out, r0);
      v128.store(out, r1, 16);
      v128.store(out, r2, 32);
      v128.store(out, r3, 48);
    } else {
      storeSome(out, count, r0);
      storeSome(out + 16, count - 2, r1);
      storeSome(out + 32, count - 4, r2);
      storeSome(out + 48, count - 6, r3);
    }
    sign = v128.xor(sign, negate);
    out += rowBytes;
  }
  v128.store(state, d0);
  v128.store(state, d1, 16);
  v128.store(state, d2, 32);
  v128.store(state, d3, 48);
  v128.store(state, e0, 64);
  v128.store(state, e1, 80);
  v128.store(state, e2, 96);
  v128.store(state, e3, 112);
}

/** d with its sign flipped beyond the equator, or zero where it is scaled. */
// @ts-ignore: decorator
@inline function shown(d: v128, flip: v128, group: usize, state: usize): v128 {
  const signed = v128.xor(d, v128.and(flip, v128.load(group, 64)));
  return v128.and(signed, i64x2.eq(v128.load(state, 128), i64x2.splat(0)));
}

/** Divides by 2⁵¹² where a scaled d has reached 1. CHUNK degrees multiply it by less than 2¹⁹². */
function rescale(state: usize): void {
  for (let i: usize = 0; i < 64; i += 16) {
    const d = v128.load(state + i);
    const k = v128.load(state + i, 128);
    const grown = v128.and(f64x2.ge(f64x2.abs(d), f64x2.splat(1)), i64x2.gt_s(k, i64x2.splat(0)));
    const factor = v128.bitselect(f64x2.splat(TWO_MINUS_512), f64x2.splat(1), grown);
    v128.store(state + i, f64x2.mul(d, factor));
    v128.store(state + i, f64x2.mul(v128.load(state + i, 64), factor), 64);
    v128.store(state + i, i64x2.add(k, grown), 128);
  }
}

/** The first `count` lanes. */
// @ts-ignore: decorator
@inline function storeSome(out: usize, count: i32, row: v128): void {
  if (count >= 2) v128.store(out, row);
  else if (count == 1) store<f64>(out, f64x2.extract_lane(row, 0));
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
