// Pairs of f64 beyond the range of f64, as x · 2^e, for the first degrees of Wigner's d: at p lie an f64x2 x and, 16
// bytes on, an i64x2 e.

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
