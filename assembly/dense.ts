// Row-major matrices [rows][columns] without gaps: what linear layers, batch normalisation over columns, log-softmax and
// losses need. Rows begin where they begin: nothing is aligned, and nothing outside the matrix is read or written.
// Sums down the columns are made in f64, in the order of the rows.

import { exponential, logarithm } from "./exponential";
import {
  high, keepFirst, low, narrow, put, storeTransposed2, storeTransposed4, sumLanes, sumWide, take, widen,
} from "./lanes";
import { LANES, REAL, VECTOR, madd, zero } from "./simd";

/** x[row] += vector for every row. */
export function addRowVector(rows: i32, columns: i32, x: usize, vector: usize): void {
  for (let r = 0; r < rows; r++) {
    for (let j = 0; j < columns; j += LANES) {
      const at = x + <usize>j * REAL;
      const left = columns - j;
      put(at, v128.add<real>(take(at, left), take(vector + <usize>j * REAL, left)), left);
    }
    x += <usize>columns * REAL;
  }
}

/** y[row] = x[row] · scale + shift, column by column; y may be x. */
export function columnAffine(rows: i32, columns: i32, x: usize, scale: usize, shift: usize, y: usize): void {
  for (let r = 0; r < rows; r++) {
    for (let j = 0; j < columns; j += LANES) {
      const at = <usize>j * REAL;
      const left = columns - j;
      put(y + at, madd(take(scale + at, left), take(x + at, left), take(shift + at, left)), left);
    }
    x += <usize>columns * REAL;
    y += <usize>columns * REAL;
  }
}

/** out[columns] (`real`) = Σ over rows of x: the gradient of `addRowVector` by its vector. */
export function columnSums(rows: i32, columns: i32, x: usize, out: usize): void {
  sumsDown(false, rows, columns, x, out);
}

/** `columnSums` without the last rounding: out is f64. */
export function columnSumsF64(rows: i32, columns: i32, x: usize, out: usize): void {
  sumsDown(true, rows, columns, x, out);
}

// @ts-ignore: decorator
@inline function sumsDown(wide: bool, rows: i32, columns: i32, x: usize, out: usize): void {
  const row = <usize>columns * REAL;
  for (let j = 0; j < columns; j += LANES) {
    const left = columns - j;
    let p = x + <usize>j * REAL;
    let s0 = f64x2.splat(0), s1 = s0;
    for (let r = 0; r < rows; r++, p += row) {
      const v = take(p, left);
      s0 = f64x2.add(s0, low(v));
      if (sizeof<real>() == 4) s1 = f64x2.add(s1, high(v));
    }
    if (wide) storeWide(out + <usize>j * 8, left, s0, s1);
    else put(out + <usize>j * REAL, narrow(s0, s1), left);
  }
}

/** out[columns] (f64) = Σ over rows of x·y. */
export function columnDots(rows: i32, columns: i32, x: usize, y: usize, out: usize): void {
  const row = <usize>columns * REAL;
  for (let j = 0; j < columns; j += LANES) {
    const left = columns - j;
    let p = x + <usize>j * REAL, q = y + <usize>j * REAL;
    let s0 = f64x2.splat(0), s1 = s0;
    for (let r = 0; r < rows; r++, p += row, q += row) {
      const v = take(p, left), w = take(q, left);
      s0 = f64x2.add(s0, f64x2.mul(low(v), low(w)));
      if (sizeof<real>() == 4) s1 = f64x2.add(s1, f64x2.mul(high(v), high(w)));
    }
    storeWide(out + <usize>j * 8, left, s0, s1);
  }
}

/** mean[columns] and variance[columns] (f64, biased: divided by rows), in two passes. */
export function columnMoments(rows: i32, columns: i32, x: usize, mean: usize, variance: usize): void {
  columnSumsF64(rows, columns, x, mean);
  for (let j = 0; j < columns; j++) {
    const at = <usize>j * 8;
    const m = load<f64>(mean + at) / <f64>rows;
    let squares: f64 = 0;
    for (let r = 0; r < rows; r++) {
      const d = <f64>load<real>(x + <usize>(r * columns + j) * REAL) - m;
      squares += d * d;
    }
    store<f64>(mean + at, m);
    store<f64>(variance + at, squares / <f64>rows);
  }
}

/** The first `left` of LANES sums in f64: lanes 0 and 1 in s0, in f32 lanes 2 and 3 in s1. */
function storeWide(out: usize, left: i32, s0: v128, s1: v128): void {
  store<f64>(out, f64x2.extract_lane(s0, 0));
  if (left > 1) store<f64>(out, f64x2.extract_lane(s0, 1), 8);
  if (sizeof<real>() == 4) {
    if (left > 2) store<f64>(out, f64x2.extract_lane(s1, 0), 16);
    if (left > 3) store<f64>(out, f64x2.extract_lane(s1, 1), 24);
  }
}

/** y[row] = x[row] − log Σ e^{x[row]}, with the row's maximum taken out first; y may be x. columns > 0. */
export function logSoftmaxForward(rows: i32, columns: i32, x: usize, y: usize): void {
  const row = <usize>columns * REAL;
  for (let r = 0; r < rows; r++, x += row, y += row) {
    let largest = load<real>(x);
    for (let j = 1; j < columns; j++) largest = max(largest, load<real>(x + <usize>j * REAL));
    const top = v128.splat<real>(largest);
    let total = zero();
    for (let j = 0; j < columns; j += LANES) {
      const left = columns - j;
      const e = exponential(v128.sub<real>(take(x + <usize>j * REAL, left), top));
      total = v128.add<real>(total, keepFirst(e, left));
    }
    const log = logarithm(v128.splat<real>(sumLanes(total)));
    for (let j = 0; j < columns; j += LANES) {
      const at = <usize>j * REAL;
      const left = columns - j;
      put(y + at, v128.sub<real>(v128.sub<real>(take(x + at, left), top), log), left);
    }
  }
}

/** dx[row] = dy[row] − e^{y[row]} · Σ dy[row]; y is the output of `logSoftmaxForward`, dx may be dy. */
export function logSoftmaxBackward(rows: i32, columns: i32, y: usize, dy: usize, dx: usize): void {
  const row = <usize>columns * REAL;
  for (let r = 0; r < rows; r++, y += row, dy += row, dx += row) {
    let total = f64x2.splat(0);
    for (let j = 0; j < columns; j += LANES) total = f64x2.add(total, widen(take(dy + <usize>j * REAL, columns - j)));
    const sum = v128.splat<real>(<real>sumWide(total));
    for (let j = 0; j < columns; j += LANES) {
      const at = <usize>j * REAL;
      const left = columns - j;
      const p = exponential(take(y + at, left));
      put(dx + at, v128.sub<real>(take(dy + at, left), v128.mul<real>(p, sum)), left);
    }
  }
}

/** −(1/rows) Σ y[row][labels[row]] for log-probabilities y and i32 labels in [0, columns). */
export function negativeLogLikelihood(rows: i32, columns: i32, y: usize, labels: usize): f64 {
  let sum: f64 = 0;
  for (let r = 0; r < rows; r++) {
    sum += <f64>load<real>(y + <usize>(r * columns + load<i32>(labels + <usize>r * 4)) * REAL);
  }
  return -sum / <f64>rows;
}

/** dy = gradient · (−1/rows) at each row's label, 0 elsewhere. */
export function negativeLogLikelihoodBackward(rows: i32, columns: i32, labels: usize, gradient: f64, dy: usize): void {
  memory.fill(dy, 0, <usize>(rows * columns) * REAL);
  const value = <real>(-gradient / <f64>rows);
  for (let r = 0; r < rows; r++) {
    store<real>(dy + <usize>(r * columns + load<i32>(labels + <usize>r * 4)) * REAL, value);
  }
}

/** (1/n) Σ (x − target)². */
export function meanSquaredError(n: i32, x: usize, target: usize): f64 {
  let s0 = f64x2.splat(0), s1 = s0;
  for (let i = 0; i < n; i += LANES) {
    const at = <usize>i * REAL;
    const v = take(x + at, n - i), t = take(target + at, n - i);
    const d0 = f64x2.sub(low(v), low(t));
    s0 = f64x2.add(s0, f64x2.mul(d0, d0));
    if (sizeof<real>() == 4) {
      const d1 = f64x2.sub(high(v), high(t));
      s1 = f64x2.add(s1, f64x2.mul(d1, d1));
    }
  }
  return sumWide(f64x2.add(s0, s1)) / <f64>n;
}

/** dx = gradient · (2/n) (x − target); dx may be x. */
export function meanSquaredErrorBackward(n: i32, x: usize, target: usize, gradient: f64, dx: usize): void {
  const scale = v128.splat<real>(<real>(2 * gradient / <f64>n));
  for (let i = 0; i < n; i += LANES) {
    const at = <usize>i * REAL;
    put(dx + at, v128.mul<real>(scale, v128.sub<real>(take(x + at, n - i), take(target + at, n - i))), n - i);
  }
}

/** y[a][c][b][run] from x[a][b][c][run]. */
export function transposeMiddle(a: i32, b: i32, c: i32, run: i32, x: usize, y: usize): void {
  const item = <usize>(b * c * run) * REAL;
  for (let i = 0; i < a; i++, x += item, y += item) {
    if (run == 1) transpose(b, c, x, y);
    else exchange(b, c, run, x, y);
  }
}

/** y[c][b][run] from x[b][c][run], a run at a time. */
function exchange(b: i32, c: i32, run: i32, x: usize, y: usize): void {
  for (let j = 0; j < b; j++) {
    for (let k = 0; k < c; k++) {
      const to = y + <usize>((k * b + j) * run) * REAL;
      for (let i = 0; i < run; i += LANES) put(to + <usize>i * REAL, take(x + <usize>i * REAL, run - i), run - i);
      x += <usize>run * REAL;
    }
  }
}

/** y[c][b] from x[b][c], in registers by blocks of LANES × LANES. */
function transpose(b: i32, c: i32, x: usize, y: usize): void {
  const xRow = <usize>c * REAL, yRow = <usize>b * REAL;
  for (let j = 0; j < b; j += LANES, x += <usize>LANES * xRow, y += VECTOR) {
    const rows = b - j;
    let k = 0;
    if (rows >= LANES) {
      for (; k <= c - LANES; k += LANES) {
        const from = x + <usize>k * REAL, to = y + <usize>k * yRow;
        if (sizeof<real>() == 4) {
          storeTransposed4(
            v128.load(from), v128.load(from + xRow), v128.load(from + 2 * xRow), v128.load(from + 3 * xRow), to, yRow);
        } else {
          storeTransposed2(v128.load(from), v128.load(from + xRow), to, yRow);
        }
      }
    }
    for (; k < c; k++) {
      for (let r = 0; r < min(rows, LANES); r++) {
        store<real>(y + <usize>k * yRow + <usize>r * REAL, load<real>(x + <usize>r * xRow + <usize>k * REAL));
      }
    }
  }
}
