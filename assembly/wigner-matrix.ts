// All d^l_mn(β) of one degree and one angle, in f64 (conventions as in ./wigner.ts).
//
// The row m = l is a closed form; rows below follow from (Varshalovich, Moskalev, Khersonskii 1988, 4.8.2)
//
//   √((l+m)(l−m+1)) d_{m−1,n} = 2 (n − m cos β)/sin β · d_mn − √((l−m)(l+m+1)) d_{m+1,n}
//
// as long as m ≥ |n|, where going down in m is stable: the largest values of column n lie at |m| ≤ |n|. This quarter
// gives the rest: d_nm = (−1)^{m−n} d_mn = d_{−m,−n}. Near β = 0 the bracket is n − m + 2m sin²(β/2), near π it is
// n + m − 2m cos²(β/2); numbers below the range of f64 are carried as in ./wigner.ts.

import { multiples } from "./multiples";
import { multiplyPower, splitExponent, TWO_1000, TWO_MINUS_1000, TWO_MINUS_512 } from "./scaled";
import { cosine, sine } from "./trigonometry";

/** Bytes of scratch of `wignerSmallD`. */
export function wignerSmallDScratchBytes(l: i32): i32 {
  return 3 * 8 * (2 * l + 2) + 48;
}

/** d^l_mn(β) as f64[(2l+1)²] at out, rows m = −l … l, columns n = −l … l; β in radians. */
export function wignerSmallD(l: i32, beta: f64, out: usize, scratch: usize): void {
  const c = cosine(0.5 * beta);
  const s = sine(0.5 * beta);
  if (abs(c * s) < 1e-140) return poleMatrix(l, abs(c) < abs(s), out);

  // Columns n = −l … l of the rows m and m + 1, and the k of the factor 2^(−512k) that they share.
  const width = 2 * l + 1;
  const plane = <usize>(width + 1) * 8;
  let row = scratch;
  let above = scratch + plane;
  const scale = scratch + 2 * plane;
  lastRow(l, c, s, row, above, scale, scratch + 3 * plane);
  storeQuarter(l, l, row, scale, out);

  const product = c * s;
  const beyond = abs(c) < abs(s);
  const mirror = beyond ? 1 : -1;
  const versed = beyond ? -2 * c * c : 2 * s * s;
  for (let m = l; m > 0; m--) {
    const reciprocal = 1 / sqrt(<f64>(l + m) * <f64>(l - m + 1));
    const slope = f64x2.splat(reciprocal / product);
    const carry = f64x2.splat(sqrt(<f64>(l - m) * <f64>(l + m + 1)) * reciprocal);
    const offset = f64x2.splat(<f64>m * versed);
    // n + mirror · m, two columns at a time; of the odd last pair the second is column m, which no lower row needs.
    let integers = f64x2.add(f64x2.splat(<f64>(1 - m + mirror * m)), f64x2(0, 1));
    const first = <usize>(l - m + 1) * 8;
    for (let i = first; i < first + <usize>(2 * m - 1) * 8; i += 16) {
      const d = v128.load(row + i);
      let k = v128.load(scale + i);
      let next = f64x2.sub(
        f64x2.mul(f64x2.mul(f64x2.add(integers, offset), slope), d),
        f64x2.mul(carry, v128.load(above + i)),
      );
      const grown = v128.and(f64x2.ge(f64x2.abs(next), f64x2.splat(1)), i64x2.gt_s(k, i64x2.splat(0)));
      const rescale = v128.bitselect(f64x2.splat(TWO_MINUS_512), f64x2.splat(1), grown);
      v128.store(above + i, f64x2.mul(next, rescale));
      v128.store(row + i, f64x2.mul(d, rescale));
      v128.store(scale + i, i64x2.add(k, grown));
      integers = f64x2.add(integers, f64x2.splat(2));
    }
    const swap = row;
    row = above;
    above = swap;
    storeQuarter(l, m - 1, row, scale, out);
  }
}

/** Bytes of scratch of `wignerDMatrix`. */
export function wignerDMatrixScratchBytes(l: i32): i32 {
  return wignerSmallDScratchBytes(l) + 32 * (l + 1);
}

/**
 * D^l_mn(α, β, γ) = e^{imα} d^l_mn(β) e^{inγ}, the conjugate of the textbook's, as f64[(2l+1)²] each at re and im, rows
 * m = −l … l, columns n = −l … l.
 */
export function wignerDMatrix(l: i32, alpha: f64, beta: f64, gamma: f64, re: usize, im: usize, scratch: usize): void {
  const alphas = scratch + <usize>wignerSmallDScratchBytes(l);
  const gammas = alphas + <usize>(l + 1) * 16;
  wignerSmallD(l, beta, re, scratch);
  multiples(alpha, l + 1, alphas);
  multiples(gamma, l + 1, gammas);
  for (let m = -l; m <= l; m++) {
    const p = alphas + <usize>abs(m) * 16;
    const ca = load<f64>(p);
    const sa = m < 0 ? -load<f64>(p, 8) : load<f64>(p, 8);
    for (let n = -l; n <= l; n++) {
      const q = gammas + <usize>abs(n) * 16;
      const cg = load<f64>(q);
      const sg = n < 0 ? -load<f64>(q, 8) : load<f64>(q, 8);
      const d = load<f64>(re);
      store<f64>(re, d * (ca * cg - sa * sg));
      store<f64>(im, d * (sa * cg + ca * sg));
      re += 8;
      im += 8;
    }
  }
}

/** d_ln = (−1)^{l−n} √binomial(2l, l+n) c^{l+n} s^{l−n} into row, zeros above it, the scales; work: 48 bytes. */
function lastRow(l: i32, c: f64, s: f64, row: usize, above: usize, scale: usize, work: usize): void {
  let binomial: f64 = 1;
  let excess: i64 = 0;
  for (let n = l; n >= 0; n--) {
    const root = sqrt(binomial);
    // Lane 0 is column n, lane 1 column −n.
    v128.store(work, f64x2.splat((l - n) & 1 ? -root : root));
    v128.store(work, i64x2.splat(excess), 16);
    multiplyPower(f64x2.splat(c * s), l - n, work);
    multiplyPower(f64x2.replace_lane(f64x2.splat(c), 1, s), 2 * n, work);
    splitExponent(work);
    const right = <usize>(l + n) * 8;
    const left = <usize>(l - n) * 8;
    store<f64>(row + right, load<f64>(work));
    store<f64>(row + left, load<f64>(work, 8));
    store<i64>(scale + right, load<i64>(work, 32));
    store<i64>(scale + left, load<i64>(work, 40));
    binomial *= <f64>(l + n) / <f64>(l - n + 1);
    if (binomial >= TWO_1000) {
      binomial *= TWO_MINUS_1000;
      excess += 500;
    }
  }
  memory.fill(above, 0, <usize>(2 * l + 2) * 8);
}

/** Row m, columns |n| ≤ m, and its images under the symmetries. */
function storeQuarter(l: i32, m: i32, row: usize, scale: usize, out: usize): void {
  const width = <usize>(2 * l + 1);
  const center = out + (<usize>l * width + <usize>l) * 8;
  for (let n = -m; n <= m; n++) {
    const i = <usize>(l + n) * 8;
    const d = load<i64>(scale + i) == 0 ? load<f64>(row + i) : 0;
    const signed = (m - n) & 1 ? -d : d;
    store<f64>(center + (<isize>m * width + n) * 8, d);
    store<f64>(center - (<isize>n * width + m) * 8, d);
    store<f64>(center + (<isize>n * width + m) * 8, signed);
    store<f64>(center - (<isize>m * width + n) * 8, signed);
  }
}

/** The limit at a pole: δ_mn at β = 0, (−1)^{l+n} δ_{m,−n} at β = π. */
function poleMatrix(l: i32, south: bool, out: usize): void {
  const width = <usize>(2 * l + 1);
  memory.fill(out, 0, width * width * 8);
  for (let m = -l; m <= l; m++) {
    const n = south ? -m : m;
    store<f64>(out + (<usize>(l + m) * width + <usize>(l + n)) * 8, south && (l + n) & 1 ? -1 : 1);
  }
}
