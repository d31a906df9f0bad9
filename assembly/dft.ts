// Real DFT of lines: the grid stage of every spherical transform, docs/design.md § Transforms.
//
//   analysis    c_m = Σ_k x_k cos(2πmk/n),  s_m = Σ_k x_k sin(2πmk/n),  m < orders ≤ ⌊(n−1)/2⌋ + 1
//   synthesis   x_k = c_0 + Σ_{m≥1} (c_m cos(2πmk/n) + s_m sin(2πmk/n)), the exact transpose
//
// A line is n vectors, its spectrum 2·orders − 1 vectors in the order c0, c1, s1, c2, s2, …; a lane is a signal.
// Strides are in bytes, those of elements and those of lines independent, so that a line may run along any axis.
// Neither side may overlap the other or the scratch.
//
// Here: the DFT by its definition after folding, x_k ± x_{n−k}, for any n. The table holds cos and sin of 2πk/n.

import { madd, REAL, splatAt, VECTOR, zero } from "./simd";
import { cosTurn, sinTurn } from "./trigonometry";

/** Bytes of the table that lines of n need. */
export function dftTableBytes(n: i32): i32 {
  return 2 * n * <i32>REAL;
}

/** Fills the table for lines of n. */
export function dftTable(n: i32, table: usize): void {
  for (let k = 0; k < n; k++) {
    store<real>(table + 2 * <usize>k * REAL, <real>cosTurn(k, n));
    store<real>(table + (2 * <usize>k + 1) * REAL, <real>sinTurn(k, n));
  }
}

/** Bytes of scratch that lines of n need, whatever the orders and the number of lines. */
export function dftScratchBytes(n: i32): i32 {
  return (n + 1) * <i32>VECTOR;
}

/** Analysis of `lines` lines: vector k of line i at x + i·xLine + k·xStep, coefficient c at X + i·XLine + c·XStep. */
export function analyzeLines(
  n: i32, orders: i32, lines: i32, x: usize, xStep: usize, xLine: usize, X: usize, XStep: usize, XLine: usize,
  table: usize, scratch: usize,
): void {
  for (let i = 0; i < lines; i++) {
    analyzeFolded(n, orders, x, xStep, X, XStep, table, scratch);
    x += xLine;
    X += XLine;
  }
}

/** Synthesis of `lines` lines, the transpose of analyzeLines with the same arguments. */
export function synthesizeLines(
  n: i32, orders: i32, lines: i32, X: usize, XStep: usize, XLine: usize, x: usize, xStep: usize, xLine: usize,
  table: usize, scratch: usize,
): void {
  for (let i = 0; i < lines; i++) {
    synthesizeFolded(n, orders, X, XStep, x, xStep, table);
    x += xLine;
    X += XLine;
  }
}

/** One line. The scratch holds the pairs x_k + x_{n−k}, x_k − x_{n−k} for k = 0 … ⌊n/2⌋, unpaired samples with 0. */
function analyzeFolded(
  n: i32, orders: i32, x: usize, xStep: usize, X: usize, XStep: usize, table: usize, scratch: usize,
): void {
  const half = n >> 1;
  const first = v128.load(x);
  let total = first;
  for (let k = 1; k <= half; k++) {
    const a = v128.load(x + k * xStep);
    const paired = 2 * k != n;
    const b = paired ? v128.load(x + (n - k) * xStep) : zero();
    const sum = v128.add<real>(a, b);
    total = v128.add<real>(total, sum);
    v128.store(scratch + 2 * k * VECTOR, sum);
    v128.store(scratch + 2 * k * VECTOR, v128.sub<real>(a, b), VECTOR);
  }
  v128.store(X, total);
  for (let m = 1; m < orders; m++) {
    let c = first;
    let s = zero();
    let turn = 0;
    for (let k = 1; k <= half; k++) {
      turn += m;
      if (turn >= n) turn -= n;
      const entry = table + 2 * turn * REAL;
      c = madd(v128.load(scratch + 2 * k * VECTOR), splatAt(entry), c);
      s = madd(v128.load(scratch + 2 * k * VECTOR, VECTOR), splatAt(entry + REAL), s);
    }
    X += XStep;
    v128.store(X, c);
    X += XStep;
    v128.store(X, s);
  }
}

/** One line: even and odd part of sample k, then their sum and difference. */
function synthesizeFolded(
  n: i32, orders: i32, X: usize, XStep: usize, x: usize, xStep: usize, table: usize,
): void {
  const half = n >> 1;
  const first = v128.load(X);
  for (let k = 0; k <= half; k++) {
    let even = first;
    let odd = zero();
    let turn = 0;
    let coefficient = X;
    for (let m = 1; m < orders; m++) {
      turn += k;
      if (turn >= n) turn -= n;
      const entry = table + 2 * turn * REAL;
      coefficient += XStep;
      even = madd(v128.load(coefficient), splatAt(entry), even);
      coefficient += XStep;
      odd = madd(v128.load(coefficient), splatAt(entry + REAL), odd);
    }
    v128.store(x + k * xStep, v128.add<real>(even, odd));
    if (k > 0) v128.store(x + (n - k) * xStep, v128.sub<real>(even, odd));
  }
}
