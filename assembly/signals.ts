// Signals in the layout of the engine: number s = batch·channels + channel of the signals lies in group ⌊s/L⌋, lane
// s mod L, and a group is [points][L]. A group may straddle batch items; `packSignals` writes
// zero to the lanes past the last signal; later they may hold anything, and they never enter a result.
//
// Moves into and out of that layout, what batch normalisation needs per channel (sums in f64), the Haar integral as a
// weighted sum over β, the maximum, and the adjoints of the last two. Pointers to signals are 16-aligned; vectors of
// numbers may be read to the end of their last vector.

import { high, keepFirst, lanesOf, low, put, storeTransposed2, storeTransposed4 } from "./lanes";
import { LANES, REAL, VECTOR, madd, splatAt, zero } from "./simd";

// @ts-ignore: decorator
@inline function groupBytes(points: i32): usize {
  return <usize>points * VECTOR;
}

/** y[⌈signals/L⌉][points][L] from x[signals][points]; x needs no alignment. */
export function packSignals(signals: i32, points: i32, x: usize, y: usize): void {
  for (let s = 0; s < signals; s += LANES) {
    const left = signals - s;
    if (left >= LANES) packGroup(LANES, points, x, y);
    else packGroup(left, points, x, y);
    x += <usize>(LANES * points) * REAL;
    y += groupBytes(points);
  }
}

/** One group, of so many signals. */
// @ts-ignore: decorator
@inline function packGroup(count: i32, points: i32, x: usize, y: usize): void {
  const row = <usize>points * REAL;
  let p = 0;
  for (; p <= points - LANES; p += LANES) {
    const from = x + <usize>p * REAL;
    const to = y + <usize>p * VECTOR;
    const r0 = v128.load(from);
    const r1 = count > 1 ? v128.load(from + row) : zero();
    if (sizeof<real>() == 4) {
      const r2 = count > 2 ? v128.load(from + 2 * row) : zero();
      const r3 = count > 3 ? v128.load(from + 3 * row) : zero();
      storeTransposed4(r0, r1, r2, r3, to, VECTOR);
    } else {
      storeTransposed2(r0, r1, to, VECTOR);
    }
  }
  for (; p < points; p++) {
    for (let lane = 0; lane < LANES; lane++) {
      const value = lane < count ? load<real>(x + <usize>lane * row + <usize>p * REAL) : 0;
      store<real>(y + <usize>p * VECTOR + <usize>lane * REAL, value);
    }
  }
}

/** y[signals][points] from x[⌈signals/L⌉][points][L]; y needs no alignment. */
export function unpackSignals(signals: i32, points: i32, x: usize, y: usize): void {
  const row = <usize>points * REAL;
  for (let s = 0; s < signals; s += LANES) {
    let p = 0;
    if (s + LANES <= signals) {
      for (; p <= points - LANES; p += LANES) {
        const from = x + <usize>p * VECTOR;
        const to = y + <usize>p * REAL;
        if (sizeof<real>() == 4) {
          storeTransposed4(
            v128.load(from), v128.load(from, VECTOR), v128.load(from, 2 * VECTOR), v128.load(from, 3 * VECTOR), to, row);
        } else {
          storeTransposed2(v128.load(from), v128.load(from, VECTOR), to, row);
        }
      }
    }
    const lanes = min(LANES, signals - s);
    for (; p < points; p++) {
      for (let lane = 0; lane < lanes; lane++) {
        const value = load<real>(x + <usize>p * VECTOR + <usize>lane * REAL);
        store<real>(y + <usize>lane * row + <usize>p * REAL, value);
      }
    }
    x += groupBytes(points);
    y += <usize>LANES * row;
  }
}

/** out[channels] (f64) = Σ over batch items and points of x. */
export function channelSums(batch: i32, channels: i32, points: i32, x: usize, out: usize): void {
  memory.fill(out, 0, <usize>channels * 8);
  const signals = batch * channels;
  for (let s = 0; s < signals; s += LANES) {
    const end = x + groupBytes(points);
    let s0 = f64x2.splat(0), s1 = s0;
    for (; x < end; x += VECTOR) {
      const v = v128.load(x);
      s0 = f64x2.add(s0, low(v));
      if (sizeof<real>() == 4) s1 = f64x2.add(s1, high(v));
    }
    addToChannels(s, signals, channels, s0, s1, out);
  }
}

/** out[channels] (f64) = Σ over batch items and points of x·y. */
export function channelDots(batch: i32, channels: i32, points: i32, x: usize, y: usize, out: usize): void {
  memory.fill(out, 0, <usize>channels * 8);
  const signals = batch * channels;
  for (let s = 0; s < signals; s += LANES) {
    const end = x + groupBytes(points);
    let s0 = f64x2.splat(0), s1 = s0;
    for (; x < end; x += VECTOR, y += VECTOR) {
      const v = v128.load(x), w = v128.load(y);
      s0 = f64x2.add(s0, f64x2.mul(low(v), low(w)));
      if (sizeof<real>() == 4) s1 = f64x2.add(s1, f64x2.mul(high(v), high(w)));
    }
    addToChannels(s, signals, channels, s0, s1, out);
  }
}

/** mean[channels] and variance[channels] (f64, biased: divided by batch·points), in two passes. */
export function channelMoments(batch: i32, channels: i32, points: i32, x: usize, mean: usize, variance: usize): void {
  const count = <f64>batch * <f64>points;
  channelSums(batch, channels, points, x, mean);
  for (let c = 0; c < channels; c++) {
    const at = mean + <usize>c * 8;
    store<f64>(at, load<f64>(at) / count);
  }
  memory.fill(variance, 0, <usize>channels * 8);
  const signals = batch * channels;
  for (let s = 0; s < signals; s += LANES) {
    const end = x + groupBytes(points);
    const m0 = f64x2.replace_lane(f64x2.splat(ofChannel(mean, s, channels)), 1, ofChannel(mean, s + 1, channels));
    const m1 = f64x2.replace_lane(f64x2.splat(ofChannel(mean, s + 2, channels)), 1, ofChannel(mean, s + 3, channels));
    let s0 = f64x2.splat(0), s1 = s0;
    for (; x < end; x += VECTOR) {
      const v = v128.load(x);
      const d0 = f64x2.sub(low(v), m0);
      s0 = f64x2.add(s0, f64x2.mul(d0, d0));
      if (sizeof<real>() == 4) {
        const d1 = f64x2.sub(high(v), m1);
        s1 = f64x2.add(s1, f64x2.mul(d1, d1));
      }
    }
    addToChannels(s, signals, channels, s0, s1, variance);
  }
  for (let c = 0; c < channels; c++) {
    const at = variance + <usize>c * 8;
    store<f64>(at, load<f64>(at) / count);
  }
}

/** y = x · scale[channel] + shift[channel]; scale and shift are `real`; y may be x. */
export function channelAffine(
  batch: i32, channels: i32, points: i32, x: usize, scale: usize, shift: usize, y: usize,
): void {
  const signals = batch * channels;
  for (let s = 0; s < signals; s += LANES) {
    const end = x + groupBytes(points);
    const a = channelLanes(scale, s, signals, channels);
    const b = channelLanes(shift, s, signals, channels);
    for (; x < end; x += VECTOR, y += VECTOR) v128.store(y, madd(a, v128.load(x), b));
  }
}

/** Lanes of the group that begins with signal s, each with its channel's number; zero past the last signal. */
// @ts-ignore: decorator
@inline function channelLanes(table: usize, s: i32, signals: i32, channels: i32): v128 {
  const v = lanesOf(
    load<real>(table + <usize>(s % channels) * REAL), load<real>(table + <usize>((s + 1) % channels) * REAL),
    load<real>(table + <usize>((s + 2) % channels) * REAL), load<real>(table + <usize>((s + 3) % channels) * REAL));
  return keepFirst(v, signals - s);
}

// @ts-ignore: decorator
@inline function ofChannel(table: usize, s: i32, channels: i32): f64 {
  return load<f64>(table + <usize>(s % channels) * 8);
}

/** The sums of a group's lanes (s1 holds lanes 2 and 3 in f32) join those of their channels. */
function addToChannels(s: i32, signals: i32, channels: i32, s0: v128, s1: v128, out: usize): void {
  addToChannel(s, signals, channels, f64x2.extract_lane(s0, 0), out);
  addToChannel(s + 1, signals, channels, f64x2.extract_lane(s0, 1), out);
  if (sizeof<real>() == 4) {
    addToChannel(s + 2, signals, channels, f64x2.extract_lane(s1, 0), out);
    addToChannel(s + 3, signals, channels, f64x2.extract_lane(s1, 1), out);
  }
}

// @ts-ignore: decorator
@inline function addToChannel(s: i32, signals: i32, channels: i32, value: f64, out: usize): void {
  if (s >= signals) return;
  const at = out + <usize>(s % channels) * 8;
  store<f64>(at, load<f64>(at) + value);
}

/**
 * out[signals] = Σ_j weights[j] Σ_p x[j][p]: with points = betas · pointsPerBeta and the weights w_j/(8b²) the Haar
 * integral of each signal.
 */
export function betaWeightedSums(
  signals: i32, betas: i32, pointsPerBeta: i32, x: usize, weights: usize, out: usize,
): void {
  for (let s = 0; s < signals; s += LANES, out += VECTOR) {
    let total = zero();
    for (let j = 0; j < betas; j++) {
      let s0 = zero(), s1 = s0, s2 = s0, s3 = s0;
      let p = pointsPerBeta;
      for (; p >= 4; p -= 4, x += 4 * VECTOR) {
        s0 = v128.add<real>(s0, v128.load(x));
        s1 = v128.add<real>(s1, v128.load(x, VECTOR));
        s2 = v128.add<real>(s2, v128.load(x, 2 * VECTOR));
        s3 = v128.add<real>(s3, v128.load(x, 3 * VECTOR));
      }
      for (; p > 0; p--, x += VECTOR) s0 = v128.add<real>(s0, v128.load(x));
      const ring = v128.add<real>(v128.add<real>(s0, s1), v128.add<real>(s2, s3));
      total = madd(splatAt(weights + <usize>j * REAL), ring, total);
    }
    put(out, total, signals - s);
  }
}

/** dx[j][p] = weights[j] · dy[signal] at every point: the adjoint of `betaWeightedSums`. */
export function betaWeightedSpread(
  signals: i32, betas: i32, pointsPerBeta: i32, dy: usize, weights: usize, dx: usize,
): void {
  for (let s = 0; s < signals; s += LANES, dy += VECTOR) {
    const d = keepFirst(v128.load(dy), signals - s);
    for (let j = 0; j < betas; j++) {
      const v = v128.mul<real>(splatAt(weights + <usize>j * REAL), d);
      const end = dx + groupBytes(pointsPerBeta);
      for (; dx < end; dx += VECTOR) v128.store(dx, v);
    }
  }
}

/** out[signals] = max over points, argmax[signals] (i32) = its first point; a NaN wins, as in PyTorch. points > 0. */
export function signalMax(signals: i32, points: i32, x: usize, out: usize, argmax: usize): void {
  for (let s = 0; s < signals; s += LANES, out += VECTOR) {
    let best = v128.load(x);
    let where = i64x2.splat(0);
    x += VECTOR;
    for (let p = 1; p < points; p++, x += VECTOR) {
      const v = v128.load(x);
      // Not (v ≤ best), and best itself not NaN: greater, or the first NaN.
      const better = v128.andnot(v128.eq<real>(best, best), v128.le<real>(v, best));
      best = v128.bitselect(v, best, better);
      if (sizeof<real>() == 4) where = v128.bitselect(i32x4.splat(p), where, better);
      else where = v128.bitselect(i64x2.splat(p), where, better);
    }
    put(out, best, signals - s);
    const lanes = min(LANES, signals - s);
    if (sizeof<real>() == 4) {
      store<i32>(argmax, i32x4.extract_lane(where, 0));
      if (lanes > 1) store<i32>(argmax, i32x4.extract_lane(where, 1), 4);
      if (lanes > 2) store<i32>(argmax, i32x4.extract_lane(where, 2), 8);
      if (lanes > 3) store<i32>(argmax, i32x4.extract_lane(where, 3), 12);
    } else {
      store<i32>(argmax, <i32>i64x2.extract_lane(where, 0));
      if (lanes > 1) store<i32>(argmax, <i32>i64x2.extract_lane(where, 1), 4);
    }
    argmax += LANES * 4;
  }
}

/** dx = dy[signal] at argmax[signal], zero elsewhere: the adjoint of `signalMax` at the point where it was taken. */
export function signalMaxBackward(signals: i32, points: i32, argmax: usize, dy: usize, dx: usize): void {
  const groups = (signals + LANES - 1) / LANES;
  memory.fill(dx, 0, <usize>groups * groupBytes(points));
  for (let s = 0; s < signals; s++) {
    const group = dx + <usize>(s / LANES) * groupBytes(points);
    const point = <usize>load<i32>(argmax + <usize>s * 4);
    store<real>(group + point * VECTOR + <usize>(s % LANES) * REAL, load<real>(dy + <usize>s * REAL));
  }
}
