// Complex FFT of any length, of signals that lie across the lanes.
//
//   X_m = Σ_k x_k e^{∓2πi mk/n}   (− forward, + inverse; neither is normalised)
//
// An element is 2 vectors, the real parts of LANES signals and then their imaginary parts. The inverse is the forward
// transform with real and imaginary parts exchanged, so kernels get the two offsets instead of a sign.
//
// Lengths whose primes are at most 47: Stockham (Van Loan, Computational Frameworks for the FFT, 1992, § 1.7),
// decimation in frequency with radices 4, 2, 3, 5 and odd primes. Stage of radix p, remaining length p·m, stride s:
//
//   y[s(pj + t) + q] = e^{−2πi jt/(pm)} Σ_u e^{−2πi ut/p} x[s(j + mu) + q]      j < m, q < s, t < p
//
// Other lengths: Bluestein's chirp (IEEE Trans. AU-18, 1970), a cyclic convolution whose length is a power of two.
// Twiddles are computed in f64 and rounded once. The result may not overlap input, table or scratch.

import { ELEMENT, PAIR, stage } from "./butterflies";
import { madd, nmadd, REAL, splatAt, VECTOR } from "./simd";
import { cosTurn, sinTurn } from "./trigonometry";

// @ts-ignore: decorator
@inline const LARGEST_RADIX: i32 = 47;

/** Radix of the first stage of n > 1. */
function radixOf(n: i32): i32 {
  if (n % 4 == 0) return 4;
  if (n % 2 == 0) return 2;
  for (let p = 3; p * p <= n; p += 2) if (n % p == 0) return p;
  return n;
}

function hasSmallPrimes(n: i32): bool {
  while (n > 1) {
    const p = radixOf(n);
    if (p > LARGEST_RADIX) return false;
    n /= p;
  }
  return true;
}

/** Length of the convolution that replaces a transform of n: a power of two, at least 2n − 1. */
function convolutionLength(n: i32): i32 {
  let length = 1;
  while (length < 2 * n - 1) length <<= 1;
  return length;
}

/** Bytes of the roots of an odd radix without a stage of its own. */
function rootBytes(p: i32): usize {
  return p > 5 ? <usize>p * PAIR : 0;
}

/** Bytes of the table of a transform of n, a multiple of 16. */
export function fftTableBytes(n: i32): i32 {
  let bytes: usize = 0;
  if (hasSmallPrimes(n)) {
    while (n > 1) {
      const p = radixOf(n);
      n /= p;
      bytes += rootBytes(p) + <usize>((p - 1) * (n - 1)) * PAIR;
    }
  } else {
    const length = convolutionLength(n);
    bytes = <usize>fftTableBytes(length) + 3 * <usize>length * ELEMENT + <usize>n * PAIR;
  }
  return <i32>((bytes + 15) & ~15);
}

/** Bytes of scratch of a transform of n; one scratch serves any count. */
export function fftScratchBytes(n: i32): i32 {
  return <i32>ELEMENT * (hasSmallPrimes(n) ? n : 3 * convolutionLength(n));
}

/** Fills the table of a transform of n. */
export function fftTable(n: i32, table: usize): void {
  if (!hasSmallPrimes(n)) {
    chirpTable(n, table);
    return;
  }
  while (n > 1) {
    const p = radixOf(n);
    if (rootBytes(p) > 0) for (let k = 0; k < p; k++, table += PAIR) putTurn(table, k, p);
    const m = n / p;
    for (let j = 1; j < m; j++) for (let t = 1; t < p; t++, table += PAIR) putTurn(table, j * t, n);
    n = m;
  }
}

/** `count` transforms of n elements, one after the other in x and X. */
export function fft(n: i32, inverse: bool, count: i32, x: usize, X: usize, table: usize, scratch: usize): void {
  const re = inverse ? VECTOR : 0;
  const im = VECTOR - re;
  const small = hasSmallPrimes(n);
  for (let i = 0; i < count; i++) {
    if (small) stockham(n, x, X, re, im, table, scratch);
    else bluestein(n, x, X, re, im, table, scratch);
    x += <usize>n * ELEMENT;
    X += <usize>n * ELEMENT;
  }
}

/** cos and sin of 2πk/n, rounded once. */
function putTurn(pair: usize, k: i32, n: i32): void {
  store<real>(pair, <real>cosTurn(k, n));
  store<real>(pair, <real>sinTurn(k, n), REAL);
}

/** Stages alternate between X and the scratch such that the last one writes X. */
function stockham(n: i32, x: usize, X: usize, re: usize, im: usize, table: usize, scratch: usize): void {
  if (n == 1) {
    memory.copy(X, x, ELEMENT);
    return;
  }
  let stages = 0;
  for (let rest = n; rest > 1; stages++) rest /= radixOf(rest);
  let from = x;
  let to = stages & 1 ? X : scratch;
  let stride = 1;
  while (n > 1) {
    const p = radixOf(n);
    const m = n / p;
    const w = table + rootBytes(p);
    stage(p, m, stride, from, to, re, im, w, table);
    table = w + <usize>((p - 1) * (m - 1)) * PAIR;
    n = m;
    stride *= p;
    from = to;
    to = to == X ? scratch : X;
  }
}

// With v_k = e^{−πi k²/n}, jk = (j² + k² − (k − j)²)/2 gives X_k = v_k Σ_j (x_j v_j) conj v_{k−j}, a convolution of
// length N. Table: that of the FFT of N, then FFT(conj v)/N with one number a vector, then the pairs of v; in between
// lie 2N elements that only making the table needs.

// @ts-ignore: decorator
@inline function chirpSpectrum(length: i32, table: usize): usize {
  return table + fftTableBytes(length);
}

// @ts-ignore: decorator
@inline function chirp(length: i32, table: usize): usize {
  return chirpSpectrum(length, table) + 3 * <usize>length * ELEMENT;
}

function chirpTable(n: i32, table: usize): void {
  const length = convolutionLength(n);
  fftTable(length, table);
  const spectrum = chirpSpectrum(length, table);
  const sequence = spectrum + <usize>length * ELEMENT;
  memory.fill(sequence, 0, <usize>length * ELEMENT);
  const v = chirp(length, table);
  for (let k = 0; k < n; k++) {
    const pair = v + k * PAIR;
    putTurn(pair, <i32>((<i64>k * k) % (2 * n)), 2 * n);
    const c = v128.div<real>(splatAt(pair), v128.splat<real>(<real>length));
    const s = v128.div<real>(splatAt(pair + REAL), v128.splat<real>(<real>length));
    for (let side = 0; side < 2; side++) {
      const element = sequence + <usize>(side == 0 || k == 0 ? k : length - k) * ELEMENT;
      v128.store(element, c);
      v128.store(element, s, VECTOR);
    }
  }
  stockham(length, sequence, spectrum, 0, VECTOR, table, sequence + <usize>length * ELEMENT);
}

/** In the scratch: the padded sequence, its spectrum, and the scratch of their FFT. */
function bluestein(n: i32, x: usize, X: usize, re: usize, im: usize, table: usize, scratch: usize): void {
  const length = convolutionLength(n);
  const spectrum = chirpSpectrum(length, table);
  const v = chirp(length, table);
  const bytes = <usize>length * ELEMENT;
  const sequence = scratch;
  const transformed = scratch + bytes;
  const inner = transformed + bytes;
  turnAll(n, x, re, im, sequence, 0, VECTOR, v);
  memory.fill(sequence + <usize>n * ELEMENT, 0, <usize>(length - n) * ELEMENT);
  stockham(length, sequence, transformed, 0, VECTOR, table, inner);
  for (let offset: usize = 0; offset < bytes; offset += ELEMENT) {
    const a = v128.load(transformed + offset);
    const b = v128.load(transformed + offset, VECTOR);
    const c = v128.load(spectrum + offset);
    const s = v128.load(spectrum + offset, VECTOR);
    v128.store(transformed + offset, nmadd(b, s, v128.mul<real>(a, c)));
    v128.store(transformed + offset, madd(b, c, v128.mul<real>(a, s)), VECTOR);
  }
  stockham(length, transformed, sequence, VECTOR, 0, table, inner);
  turnAll(n, sequence, 0, VECTOR, X, re, im, v);
}

/** y_k = x_k (cos − i sin), one pair an element. */
function turnAll(n: i32, x: usize, re: usize, im: usize, y: usize, yRe: usize, yIm: usize, pair: usize): void {
  for (let k = 0; k < n; k++) {
    const a = v128.load(x + re);
    const b = v128.load(x + im);
    const c = splatAt(pair);
    const s = splatAt(pair + REAL);
    v128.store(y + yRe, madd(b, s, v128.mul<real>(a, c)));
    v128.store(y + yIm, nmadd(a, s, v128.mul<real>(b, c)));
    x += ELEMENT;
    y += ELEMENT;
    pair += PAIR;
  }
}
