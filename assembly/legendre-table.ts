// What the Legendre stage of a single signal (legendre.ts) takes from a table: O(bandwidth²) numbers, in f64.
//
// For an order m the degrees of one parity, l = m + 2i, follow from each other without those between them (the
// three-term recurrence, Varshalovich et al. 1988, 4.8.2, applied twice). With E_l = √(l²−m²) and d_i = d^l_{m0}(β), on
// differences (Reinsch's form, in which nothing cancels near the pole),
//
//   Δ_{i+1} = K_i Δ_i + (B_i − S_i z) d_i      d_{i+1} = d_i + Δ_{i+1}      z = sin²β
//   K = (2l+3) E_{l−1} E_l / ((2l−1) E_{l+1} E_{l+2})      S = (2l+1)(2l+3) / (E_{l+1} E_{l+2})
//   B = (ρ_i − 1) − K_i (1 − 1/ρ_{i−1})                    ρ_i = (l+1+m)(l+2+m) / (E_{l+1} E_{l+2}),
//
// ρ_i being what d_{i+1}/d_i tends to at the pole; at l = m, K = 0. At the equator the sign of d_i alternates: there
// z = cos²β and ρ_i = E_{l+1} / E_{l+2} make it a recurrence for (−1)^i d_i that is as accurate. It serves β > π/4.
// The other parity needs no recurrence, but x = cos β:
//
//   d^{l+1} = a_i x d_i − e_i d^{l−1}          a = (2l+1) / E_{l+1}          e = E_l / E_{l+1}.
//
// As long as l sin β < m, d grows with l like a power, from values far below the smallest f64. Four β make a block, and
// a block takes part only from the first even i where one of its |d_i| reaches NEGLIGIBLE = 2⁻⁸⁰: what it adds before
// is 2⁻²⁸ of what rounding adds to a product of the same f and a d of order one. The table holds this i and d_i, Δ_i
// there, times √2 for m > 0 (real basis).
//
//   offset 0   z[β], x[β], β < grid filled up to whole blocks
//              per order m: orderSteps(m) × (K, S, B polar, K, S, B equatorial, a, e),
//                           then per block: i as i32, 12 bytes, d_i[4], Δ_i[4]

import { multiplyPower, splitExponent, TWO_MINUS_512 } from "./scaled";
import { cosTurn, sinTurn } from "./trigonometry";

/** Bytes of one step's coefficients and of one block's start. */
// @ts-ignore: decorator
@inline export const STEP: usize = 64;
// @ts-ignore: decorator
@inline export const START: usize = 80;
// @ts-ignore: decorator
@inline const NEGLIGIBLE: f64 = 8.271806125530277e-25; // 2⁻⁸⁰
/** Bytes of a pair of β on its way: d, Δ, k, the value being d·2^(−512k). */
// @ts-ignore: decorator
@inline const STATE: usize = 48;

/** Blocks of four β on the northern half of the grid. */
// @ts-ignore: decorator
@inline export function betaBlocks(grid: i32): i32 {
  return (grid + 3) >> 2;
}

/** Blocks up to β = π/4, where the polar recurrence holds. */
// @ts-ignore: decorator
@inline export function polarBlocks(grid: i32): i32 {
  return (grid + 7) >> 3;
}

/** Offset of K, S, B in a step, and of a, e. */
// @ts-ignore: decorator
@inline export const POLAR: usize = 0;
// @ts-ignore: decorator
@inline export const EQUATORIAL: usize = 24;
// @ts-ignore: decorator
@inline export const ODD: usize = 48;

/** Steps i of order m, made even. */
// @ts-ignore: decorator
@inline export function orderSteps(m: i32, bandwidth: i32): i32 {
  return (((bandwidth - m + 1) >> 1) + 1) & ~1;
}

/** Where the part of order 0 begins. */
// @ts-ignore: decorator
@inline export function firstOrder(grid: i32, table: usize): usize {
  return table + 64 * <usize>betaBlocks(grid);
}

/** Bytes of the part of order m. */
// @ts-ignore: decorator
@inline export function orderBytes(m: i32, bandwidth: i32, grid: i32): usize {
  return <usize>orderSteps(m, bandwidth) * STEP + <usize>betaBlocks(grid) * START;
}

/** Bytes of the table for degrees l < bandwidth on the SOFT grid of bandwidth `grid`. */
export function legendreTableBytes(bandwidth: i32, grid: i32): i32 {
  let bytes = firstOrder(grid, 0);
  for (let m = 0; m < bandwidth; m++) bytes += orderBytes(m, bandwidth, grid);
  return <i32>bytes;
}

/** Bytes of scratch of `legendreTable`. */
export function legendreTableScratchBytes(): i32 {
  return 2 * <i32>STATE;
}

/** Fills the table. */
export function legendreTable(bandwidth: i32, grid: i32, table: usize, scratch: usize): void {
  const blocks = betaBlocks(grid);
  const cosines = table + 32 * <usize>blocks;
  for (let j = 0; j < 4 * blocks; j++) {
    const s = sinTurn(2 * j + 1, 8 * grid);
    const x = cosTurn(2 * j + 1, 8 * grid);
    store<f64>(table + <usize>j * 8, j >> 2 < polarBlocks(grid) ? s * s : x * x);
    store<f64>(cosines + <usize>j * 8, x);
  }
  let order = firstOrder(grid, table);
  // d^m_{m0} = (−1)^m √((2m)!)/(2^m m!) sin^m β
  let square: f64 = 2;
  for (let m = 0; m < bandwidth; m++) {
    const steps = orderSteps(m, bandwidth);
    orderCoefficients(m, steps, order);
    if (m > 0) square *= <f64>(2 * m - 1) / <f64>(2 * m);
    const lowest = m == 0 ? 1 : m & 1 ? -sqrt(square) : sqrt(square);
    // From the equator, where values become significant first, to the pole.
    let start = order + <usize>steps * STEP + <usize>blocks * START;
    let i = 0;
    for (let block = blocks - 1; block >= 0; block--) {
      start -= START;
      const side = block < polarBlocks(grid) ? POLAR : EQUATORIAL;
      i = putStart(m, lowest, i, steps, side, table + <usize>block * 32, order, start, scratch);
    }
    order += orderBytes(m, bandwidth, grid);
  }
}

function orderCoefficients(m: i32, steps: i32, out: usize): void {
  const M = <f64>m;
  let lowerRoots: f64 = 0; // E_{l−1} E_l
  let polarGap: f64 = 0; // 1 − 1/ρ_{i−1}
  let equatorialGap: f64 = 0;
  for (let i = 0; i < steps; i++) {
    const l = <f64>(m + 2 * i);
    const below = (l + 1 - M) * (l + 2 - M);
    const roots = sqrt(below * (l + 1 + M) * (l + 2 + M));
    const root = sqrt((l + 1 - M) * (l + 1 + M));
    const nextRoot = sqrt((l + 2 - M) * (l + 2 + M));
    const K = i == 0 ? 0 : (2 * l + 3) * lowerRoots / ((2 * l - 1) * roots);
    // ρ − 1, without its cancellation
    const polarRise = 2 * M * (2 * l + 3) / (below + roots);
    const equatorialRise = -(2 * l + 3) / (nextRoot * (root + nextRoot));
    const S = (2 * l + 1) * (2 * l + 3) / roots;
    store<f64>(out, K, POLAR);
    store<f64>(out, S, POLAR + 8);
    store<f64>(out, polarRise - K * polarGap, POLAR + 16);
    store<f64>(out, K, EQUATORIAL);
    store<f64>(out, S, EQUATORIAL + 8);
    store<f64>(out, equatorialRise - K * equatorialGap, EQUATORIAL + 16);
    store<f64>(out, (2 * l + 1) / root, ODD);
    store<f64>(out, sqrt((l - M) * (l + M)) / root, ODD + 8);
    out += STEP;
    lowerRoots = roots;
    polarGap = polarRise / (1 + polarRise);
    equatorialGap = equatorialRise / (1 + equatorialRise);
  }
}

/** Puts the start of the block whose z are given, not before step `earliest`; returns its step, `steps` if never. */
function putStart(
  m: i32, lowest: f64, earliest: i32, steps: i32, side: usize, z: usize, order: usize, start: usize, scratch: usize,
): i32 {
  for (let h: usize = 0; h < 2; h++) {
    const state = scratch + h * STATE;
    v128.store(state, f64x2.splat(lowest));
    v128.store(state, i64x2.splat(0), 16);
    const square = v128.load(z + h * 16);
    multiplyPower(f64x2.sqrt(side == POLAR ? square : f64x2.sub(f64x2.splat(1), square)), m, state);
    splitExponent(state);
    v128.store(state, i64x2.splat(0), 16);
  }
  let i = 0;
  while (i < steps && (i < earliest || !(significant(scratch) || significant(scratch + STATE)))) {
    for (let h: usize = 0; h < 2; h++) {
      advance(order + <usize>i * STEP + side, z + h * 16, scratch + h * STATE);
      advance(order + <usize>i * STEP + STEP + side, z + h * 16, scratch + h * STATE);
      rescale(scratch + h * STATE);
    }
    i += 2;
  }
  store<i32>(start, i);
  for (let h: usize = 0; h < 2; h++) {
    const state = scratch + h * STATE;
    const shown = unscaled(state);
    v128.store(start + h * 16, v128.and(v128.load(state), shown), 16);
    v128.store(start + h * 16, v128.and(v128.load(state, 16), shown), 48);
  }
  return i;
}

// @ts-ignore: decorator
@inline function unscaled(state: usize): v128 {
  return i64x2.eq(v128.load(state, 32), i64x2.splat(0));
}

// @ts-ignore: decorator
@inline function significant(state: usize): bool {
  const large = f64x2.ge(f64x2.abs(v128.load(state)), f64x2.splat(NEGLIGIBLE));
  return v128.any_true(v128.and(large, unscaled(state)));
}

function advance(step: usize, z: usize, state: usize): void {
  const d = v128.load(state);
  const t = f64x2.sub(v128.load64_splat(step, 16), f64x2.mul(v128.load64_splat(step, 8), v128.load(z)));
  const difference = f64x2.add(f64x2.mul(v128.load64_splat(step), v128.load(state, 16)), f64x2.mul(t, d));
  v128.store(state, f64x2.add(d, difference));
  v128.store(state, difference, 16);
}

/** Divides by 2⁵¹² where a scaled d has reached 1; two steps multiply it by less than 2⁶⁰. */
function rescale(state: usize): void {
  const d = v128.load(state);
  const k = v128.load(state, 32);
  const grown = v128.and(f64x2.ge(f64x2.abs(d), f64x2.splat(1)), i64x2.gt_s(k, i64x2.splat(0)));
  const factor = v128.bitselect(f64x2.splat(TWO_MINUS_512), f64x2.splat(1), grown);
  v128.store(state, f64x2.mul(d, factor));
  v128.store(state, f64x2.mul(v128.load(state, 16), factor), 16);
  v128.store(state, i64x2.add(k, grown), 32);
}
