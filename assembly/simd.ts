// The vector type of the engine. `real` is f32 or f64, chosen for the whole module at compile time (asconfig.json:
// `--use real=f32`), so one source serves both; a v128 holds LANES of them.

/** Numbers in one vector: 4 for f32, 2 for f64. */
// @ts-ignore: decorator
@inline export const LANES: i32 = 16 / sizeof<real>();

/** LANES, for the host. */
export function lanes(): i32 {
  return LANES;
}

/** Bytes of one number and of one vector. */
// @ts-ignore: decorator
@inline export const REAL: usize = sizeof<real>();
// @ts-ignore: decorator
@inline export const VECTOR: usize = 16;

/** a·b + c, lane by lane: fused in the relaxed build, two roundings in the plain one. */
// @ts-ignore: decorator
@inline export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) {
    if (sizeof<real>() == 4) return f32x4.relaxed_madd(a, b, c);
    else return f64x2.relaxed_madd(a, b, c);
  } else {
    return v128.add<real>(v128.mul<real>(a, b), c);
  }
}

/** c − a·b, lane by lane. */
// @ts-ignore: decorator
@inline export function nmadd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) {
    if (sizeof<real>() == 4) return f32x4.relaxed_nmadd(a, b, c);
    else return f64x2.relaxed_nmadd(a, b, c);
  } else {
    return v128.sub<real>(c, v128.mul<real>(a, b));
  }
}

/** One number in every lane, read from memory. */
// @ts-ignore: decorator
@inline export function splatAt(p: usize): v128 {
  if (sizeof<real>() == 4) return v128.load32_splat(p);
  else return v128.load64_splat(p);
}

/** Zero in every lane. */
// @ts-ignore: decorator
@inline export function zero(): v128 {
  return i64x2.splat(0);
}
