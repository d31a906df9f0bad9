// The Legendre stage of a single signal: for one order m, sums over β or series over degrees of d_i = d^{m+2i}_{m0}(β)
// against four functions of β (cosine and sine, even and odd about the equator), lanes along β.
//
//   sums     t_i = Σ_β d_i(β) f(β)         series     f(β) = Σ_i d_i(β) t_i, the transpose
//
// d is not stored: the recurrence of legendre-table.ts runs in registers along with the sums, in f64 in every build.
// t is `[step][4]`. What belongs to a pair of β lies together, eight f64x2: the four functions f, d, Δ, z, x.

import { EQUATORIAL, POLAR, START, STEP } from "./legendre-table";

/** Bytes of a pair of β, and of t for one step. */
// @ts-ignore: decorator
@inline export const PAIR: usize = 128;
// @ts-ignore: decorator
@inline export const SUMS: usize = 32;

/** Puts z and x = cos β from the table into the pairs. */
export function legendrePairs(blocks: i32, table: usize, pairs: usize): void {
  const cosines = table + 32 * <usize>blocks;
  for (let p: usize = 0; p < 32 * <usize>blocks; p += 16) {
    v128.store(pairs, v128.load(table + p), 96);
    v128.store(pairs, v128.load(cosines + p), 112);
    pairs += PAIR;
  }
}

// @ts-ignore: decorator
@inline function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f64x2.relaxed_madd(a, b, c);
  else return f64x2.add(f64x2.mul(a, b), c);
}

// @ts-ignore: decorator
@inline function nmadd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f64x2.relaxed_nmadd(a, b, c);
  else return f64x2.sub(c, f64x2.mul(a, b));
}

/** Δ_{i+1} from Δ_i and d_i; `step` points to K, S, B. */
// @ts-ignore: decorator
@inline function nextDifference(step: usize, z: v128, difference: v128, d: v128): v128 {
  const t = nmadd(v128.load64_splat(step, 8), z, v128.load64_splat(step, 16));
  return madd(t, d, f64x2.mul(v128.load64_splat(step), difference));
}

/** Both lanes' sums of a and of b. */
// @ts-ignore: decorator
@inline function lanesSum(a: v128, b: v128): v128 {
  return f64x2.add(v128.shuffle<f64>(a, b, 0, 2), v128.shuffle<f64>(a, b, 1, 3));
}

/** Puts the starts of the blocks that take part from step i on into their pairs; returns the first of these blocks. */
// @ts-ignore: decorator
@inline function activate(active: i32, i: i32, starts: usize, pairs: usize): i32 {
  for (; active > 0; active--) {
    const start = starts + <usize>(active - 1) * START;
    if (load<i32>(start) > i) break;
    const q = pairs + <usize>(active - 1) * 2 * PAIR;
    v128.store(q, v128.load(start, 16), 64);
    v128.store(q, v128.load(start, 48), 80);
    v128.store(q + PAIR, v128.load(start, 32), 64);
    v128.store(q + PAIR, v128.load(start, 64), 80);
  }
  return active;
}

/** Sums over all β; `order` points to the order's part of the table. */
export function legendreSums(blocks: i32, polar: i32, steps: i32, order: usize, pairs: usize, sums: usize): void {
  const starts = order + <usize>steps * STEP;
  let active = blocks;
  for (let i = 0; i < steps; i += 2) {
    active = activate(active, i, starts, pairs);
    let a0 = f64x2.splat(0), b0 = a0, c0 = a0, e0 = a0, a1 = a0, b1 = a0, c1 = a0, e1 = a0;
    // First the equatorial blocks, whose signs alternate with i, then the polar ones.
    let step = order + EQUATORIAL;
    let first = max(active, polar);
    let last = blocks;
    while (true) {
      let q = pairs + <usize>first * 2 * PAIR;
      for (const end = pairs + <usize>last * 2 * PAIR; q < end; q += PAIR) {
        const d = v128.load(q, 64);
        let difference = nextDifference(step, v128.load(q, 96), v128.load(q, 80), d);
        const next = f64x2.add(d, difference);
        difference = nextDifference(step + STEP, v128.load(q, 96), difference, next);
        v128.store(q, f64x2.add(next, difference), 64);
        v128.store(q, difference, 80);
        let g = v128.load(q);
        a0 = madd(d, g, a0);
        a1 = madd(next, g, a1);
        g = v128.load(q, 16);
        b0 = madd(d, g, b0);
        b1 = madd(next, g, b1);
        g = v128.load(q, 32);
        c0 = madd(d, g, c0);
        c1 = madd(next, g, c1);
        g = v128.load(q, 48);
        e0 = madd(d, g, e0);
        e1 = madd(next, g, e1);
      }
      if (step == order + POLAR) break;
      step = order + POLAR;
      first = active;
      last = polar;
      a1 = f64x2.neg(a1);
      b1 = f64x2.neg(b1);
      c1 = f64x2.neg(c1);
      e1 = f64x2.neg(e1);
    }
    v128.store(sums, lanesSum(a0, b0));
    v128.store(sums, lanesSum(c0, e0), 16);
    v128.store(sums, lanesSum(a1, b1), 32);
    v128.store(sums, lanesSum(c1, e1), 48);
    sums += 2 * SUMS;
    order += 2 * STEP;
  }
}

/** Series for all β, the transpose of `legendreSums`; changes the signs of `sums`. */
export function legendreSeries(blocks: i32, polar: i32, steps: i32, order: usize, sums: usize, pairs: usize): void {
  const starts = order + <usize>steps * STEP;
  for (let q = pairs; q < pairs + <usize>blocks * 2 * PAIR; q += PAIR) {
    v128.store(q, f64x2.splat(0));
    v128.store(q, f64x2.splat(0), 16);
    v128.store(q, f64x2.splat(0), 32);
    v128.store(q, f64x2.splat(0), 48);
  }
  let active = blocks;
  for (let i = 0; i < steps; i += 2) {
    active = activate(active, i, starts, pairs);
    let step = order + POLAR;
    let first = active;
    let last = polar;
    while (true) {
      let q = pairs + <usize>first * 2 * PAIR;
      for (const end = pairs + <usize>last * 2 * PAIR; q < end; q += 2 * PAIR) {
        const d0 = v128.load(q, 64), d1 = v128.load(q, 64 + PAIR);
        let difference0 = nextDifference(step, v128.load(q, 96), v128.load(q, 80), d0);
        let difference1 = nextDifference(step, v128.load(q, 96 + PAIR), v128.load(q, 80 + PAIR), d1);
        const next0 = f64x2.add(d0, difference0), next1 = f64x2.add(d1, difference1);
        difference0 = nextDifference(step + STEP, v128.load(q, 96), difference0, next0);
        difference1 = nextDifference(step + STEP, v128.load(q, 96 + PAIR), difference1, next1);
        v128.store(q, f64x2.add(next0, difference0), 64);
        v128.store(q, difference0, 80);
        v128.store(q, f64x2.add(next1, difference1), 64 + PAIR);
        v128.store(q, difference1, 80 + PAIR);
        accumulate(q, d0, next0, d1, next1, sums);
        accumulate(q + 16, d0, next0, d1, next1, sums + 8);
        accumulate(q + 32, d0, next0, d1, next1, sums + 16);
        accumulate(q + 48, d0, next0, d1, next1, sums + 24);
      }
      if (step == order + EQUATORIAL) break;
      step = order + EQUATORIAL;
      first = max(active, polar);
      last = blocks;
      v128.store(sums, f64x2.neg(v128.load(sums, SUMS)), SUMS);
      v128.store(sums, f64x2.neg(v128.load(sums, SUMS + 16)), SUMS + 16);
    }
    sums += 2 * SUMS;
    order += 2 * STEP;
  }
}

/** Adds d t_i + next t_{i+1} to one function of a block. */
// @ts-ignore: decorator
@inline function accumulate(f: usize, d0: v128, next0: v128, d1: v128, next1: v128, t: usize): void {
  const first = v128.load64_splat(t);
  const second = v128.load64_splat(t, SUMS);
  v128.store(f, madd(next0, second, madd(d0, first, v128.load(f))));
  v128.store(f, madd(next1, second, madd(d1, first, v128.load(f, PAIR))), PAIR);
}
