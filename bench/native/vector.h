// The twin's numbers: REAL is float or double, vec has BITS bits of them, L many.

#include <immintrin.h>

#ifdef F64
typedef double real;
#else
typedef float real;
#endif

typedef real vec __attribute__((vector_size(BITS / 8)));
typedef real unaligned_vec __attribute__((vector_size(BITS / 8), aligned(sizeof(real))));
#define L ((int)(sizeof(vec) / sizeof(real)))

#define INLINE static inline __attribute__((always_inline))

INLINE vec splat(real a) { return a - (vec){0}; }
INLINE vec v_add(vec a, vec b) { return a + b; }
INLINE vec v_sub(vec a, vec b) { return a - b; }
INLINE vec v_mul(vec a, vec b) { return a * b; }
INLINE vec v_neg(vec a) { return -a; }
INLINE vec madd(vec a, vec b, vec c) { return a * b + c; }
INLINE vec nmadd(vec a, vec b, vec c) { return c - a * b; }

/** Bit k says that lane k is positive. */
#if BITS == 512
typedef uint16_t bits;
#else
typedef uint8_t bits;
#endif

#ifdef F64
#define TYPED(name) name##_pd
typedef int64_t lane_bits __attribute__((vector_size(BITS / 8)));
#else
#define TYPED(name) name##_ps
typedef int32_t lane_bits __attribute__((vector_size(BITS / 8)));
#endif

#if BITS == 512
INLINE vec rectified(vec x) { return TYPED(_mm512_max)(x, (vec){0}); }
#ifdef F64
INLINE bits positive(vec x) { return _mm512_cmp_pd_mask(x, (vec){0}, _CMP_GT_OQ); }
#else
INLINE bits positive(vec x) { return _mm512_cmp_ps_mask(x, (vec){0}, _CMP_GT_OQ); }
#endif
INLINE vec masked(vec x, const bits *mask) { return TYPED(_mm512_maskz_mov)(*mask, x); }
#else
#if BITS == 256
INLINE vec rectified(vec x) { return TYPED(_mm256_max)(x, (vec){0}); }
INLINE bits positive(vec x) { return (bits)TYPED(_mm256_movemask)((vec)(x > (vec){0})); }
#else
INLINE vec rectified(vec x) { return TYPED(_mm_max)(x, (vec){0}); }
INLINE bits positive(vec x) { return (bits)TYPED(_mm_movemask)((vec)(x > (vec){0})); }
#endif

/** For each mask the vector with all bits of its lanes set. */
static lane_bits lanes_of[1 << (BITS / 8 / sizeof(real))];

__attribute__((constructor)) static void fill_lanes_of(void) {
  for (int mask = 0; mask < 1 << L; mask++) {
    for (int lane = 0; lane < L; lane++) lanes_of[mask][lane] = -(mask >> lane & 1);
  }
}

INLINE vec masked(vec x, const bits *mask) { return (vec)((lane_bits)x & lanes_of[*mask]); }
#endif

INLINE vec recorded(vec x, bits *mask) {
  *mask = positive(x);
  return rectified(x);
}

INLINE real sum_lanes(vec a) {
  real sum = 0;
  for (int i = 0; i < L; i++) sum += a[i];
  return sum;
}

/** Whole vectors of zeros, or of numbers as in server.h. */
static vec *vectors(size_t count) { return numbers(count * L, sizeof(real) == 8); }

static vec *zeros(size_t count) { return memset(vectors(count), 0, count * sizeof(vec)); }
