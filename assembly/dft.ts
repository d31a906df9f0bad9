// Real DFT of lines: the grid stage of every spherical transform, docs/design.md § Transforms.
//
//   analysis    c_m = Σ_k x_k cos(2πmk/n),  s_m = Σ_k x_k sin(2πmk/n),  m < orders ≤ ⌊(n−1)/2⌋ + 1
//   synthesis   x_k = c_0 + Σ_{m≥1} (c_m cos(2πmk/n) + s_m sin(2πmk/n)), the exact transpose
//
// A line is n vectors, its spectrum 2·orders − 1 vectors in the order c0, c1, s1, c2, s2, …; a lane is a signal.
// Strides are in bytes, those of elements and those of lines independent, so that a line may run along any axis.
// Neither side may overlap the other, the table or the scratch.
//
// Common lengths have codelets (build/codelets.mjs); fewer orders than a codelet has are its prefix.
// Other n: lines a and b are the real and imaginary part of one complex FFT, Z = A + iB. With A_m = c − is,
//   c^a − is^a = (Z_m + conj Z_{n−m})/2      c^b − is^b = (Z_m − conj Z_{n−m})/2i
// The last of an odd number of lines is its own partner and is written twice.

import { ELEMENT } from "./butterflies";
import { fft, fftScratchBytes, fftTable, fftTableBytes } from "./fft";
import { analyzeCodelet, codeletOrders, synthesizeCodelet } from "./generated/codelets";
import { VECTOR, zero } from "./simd";

/** Bytes of the table that lines of n need. */
export function dftTableBytes(n: i32): i32 {
  return fftTableBytes(n);
}

/** Fills the table for lines of n. */
export function dftTable(n: i32, table: usize): void {
  fftTable(n, table);
}

/** Bytes of scratch that lines of n need, whatever the orders and the number of lines. */
export function dftScratchBytes(n: i32): i32 {
  return 2 * n * <i32>ELEMENT + fftScratchBytes(n);
}

/** Analysis of `lines` lines: vector k of line i at x + i·xLine + k·xStep, coefficient c at X + i·XLine + c·XStep. */
export function analyzeLines(
  n: i32, orders: i32, lines: i32, x: usize, xStep: usize, xLine: usize, X: usize, XStep: usize, XLine: usize,
  table: usize, scratch: usize,
): void {
  if (orders == 1) return sumLines(n, lines, x, xStep, xLine, X, XLine);
  const kept = codeletOrders(n, orders);
  if (kept == orders) {
    analyzeCodelet(n, orders, lines, x, xStep, xLine, X, XStep, XLine, scratch);
    return;
  }
  if (kept > 0) {
    const spectrum = scratch + <usize>dftScratchBytes(n) - <usize>n * VECTOR;
    for (let i = 0; i < lines; i++) {
      analyzeCodelet(n, kept, 1, x, xStep, 0, spectrum, VECTOR, 0, scratch);
      for (let c = 0; c < 2 * orders - 1; c++) v128.store(X + c * XStep, v128.load(spectrum + c * VECTOR));
      x += xLine;
      X += XLine;
    }
    return;
  }
  for (let i = 0; i < lines; i += 2) {
    const alone = i + 1 == lines;
    analyzePair(n, orders, x, alone ? x : x + xLine, xStep, X, alone ? X : X + XLine, XStep, table, scratch);
    x += 2 * xLine;
    X += 2 * XLine;
  }
}

/** Synthesis of `lines` lines, the transpose of analyzeLines with the same arguments. */
export function synthesizeLines(
  n: i32, orders: i32, lines: i32, X: usize, XStep: usize, XLine: usize, x: usize, xStep: usize, xLine: usize,
  table: usize, scratch: usize,
): void {
  if (orders == 1) return spreadLines(n, lines, X, XLine, x, xStep, xLine);
  const kept = codeletOrders(n, orders);
  if (kept == orders) {
    synthesizeCodelet(n, orders, lines, X, XStep, XLine, x, xStep, xLine, scratch);
    return;
  }
  if (kept > 0) {
    const spectrum = scratch + <usize>dftScratchBytes(n) - <usize>n * VECTOR;
    memory.fill(spectrum, 0, <usize>n * VECTOR);
    for (let i = 0; i < lines; i++) {
      for (let c = 0; c < 2 * orders - 1; c++) v128.store(spectrum + c * VECTOR, v128.load(X + c * XStep));
      synthesizeCodelet(n, kept, 1, spectrum, VECTOR, 0, x, xStep, 0, scratch);
      x += xLine;
      X += XLine;
    }
    return;
  }
  for (let i = 0; i < lines; i += 2) {
    const alone = i + 1 == lines;
    synthesizePair(n, orders, X, alone ? X : X + XLine, XStep, x, alone ? x : x + xLine, xStep, table, scratch);
    x += 2 * xLine;
    X += 2 * XLine;
  }
}

/** Order 0 alone: the sum over the line, even and odd samples apart. */
function sumLines(n: i32, lines: i32, x: usize, xStep: usize, xLine: usize, X: usize, XLine: usize): void {
  for (let i = 0; i < lines; i++, x += xLine, X += XLine) {
    let even = v128.load(x), odd = zero();
    let p = x + xStep;
    for (let k = 1; k < n - 1; k += 2, p += 2 * xStep) {
      odd = v128.add<real>(odd, v128.load(p));
      even = v128.add<real>(even, v128.load(p + xStep));
    }
    if (n % 2 == 0) odd = v128.add<real>(odd, v128.load(p));
    v128.store(X, v128.add<real>(even, odd));
  }
}

/** Its transpose: order 0 at every sample. */
function spreadLines(n: i32, lines: i32, X: usize, XLine: usize, x: usize, xStep: usize, xLine: usize): void {
  for (let i = 0; i < lines; i++, x += xLine, X += XLine) {
    const value = v128.load(X);
    let p = x;
    for (let k = 0; k < n; k++, p += xStep) v128.store(p, value);
  }
}

function analyzePair(
  n: i32, orders: i32, a: usize, b: usize, xStep: usize, A: usize, B: usize, XStep: usize, table: usize, scratch: usize,
): void {
  const half = v128.splat<real>(<real>0.5);
  const Z = scratch + <usize>n * ELEMENT;
  let z = scratch;
  if (xStep == ELEMENT && b == a + VECTOR) {
    z = a; // side by side the lines are complex elements already
  } else {
    for (let k = 0; k < n; k++) {
      v128.store(z + <usize>k * ELEMENT, v128.load(a));
      v128.store(z + <usize>k * ELEMENT, v128.load(b), VECTOR);
      a += xStep;
      b += xStep;
    }
  }
  fft(n, false, 1, z, Z, table, Z + <usize>n * ELEMENT);
  v128.store(A, v128.load(Z));
  v128.store(B, v128.load(Z, VECTOR));
  for (let m = 1; m < orders; m++) {
    const near = Z + <usize>m * ELEMENT;
    const far = Z + <usize>(n - m) * ELEMENT;
    const u = v128.mul<real>(v128.load(near), half);
    const v = v128.mul<real>(v128.load(near, VECTOR), half);
    const U = v128.mul<real>(v128.load(far), half);
    const V = v128.mul<real>(v128.load(far, VECTOR), half);
    A += XStep;
    B += XStep;
    v128.store(A, v128.add<real>(u, U));
    v128.store(B, v128.add<real>(v, V));
    A += XStep;
    B += XStep;
    v128.store(A, v128.sub<real>(V, v));
    v128.store(B, v128.sub<real>(u, U));
  }
}

function synthesizePair(
  n: i32, orders: i32, A: usize, B: usize, XStep: usize, a: usize, b: usize, xStep: usize, table: usize, scratch: usize,
): void {
  const half = v128.splat<real>(<real>0.5);
  const sideBySide = xStep == ELEMENT && b == a + VECTOR;
  const z = sideBySide ? a : scratch + <usize>n * ELEMENT;
  v128.store(scratch, v128.load(A));
  v128.store(scratch, v128.load(B), VECTOR);
  for (let m = 1; m < orders; m++) {
    A += XStep;
    B += XStep;
    const ca = v128.mul<real>(v128.load(A), half);
    const cb = v128.mul<real>(v128.load(B), half);
    A += XStep;
    B += XStep;
    const sa = v128.mul<real>(v128.load(A), half);
    const sb = v128.mul<real>(v128.load(B), half);
    const near = scratch + <usize>m * ELEMENT;
    const far = scratch + <usize>(n - m) * ELEMENT;
    v128.store(near, v128.add<real>(ca, sb));
    v128.store(near, v128.sub<real>(cb, sa), VECTOR);
    v128.store(far, v128.sub<real>(ca, sb));
    v128.store(far, v128.add<real>(cb, sa), VECTOR);
  }
  memory.fill(scratch + <usize>orders * ELEMENT, 0, <usize>(n - 2 * orders + 1) * ELEMENT);
  fft(n, true, 1, scratch, z, table, scratch + 2 * <usize>n * ELEMENT);
  if (sideBySide) return;
  for (let k = 0; k < n; k++) {
    v128.store(a, v128.load(z + <usize>k * ELEMENT));
    v128.store(b, v128.load(z + <usize>k * ELEMENT, VECTOR));
    a += xStep;
    b += xStep;
  }
}
