// The twin's numbers: REAL is float or double, vec has BITS bits of them, L many.

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

/** b where a > 0, else zero. */
INLINE vec where_positive(vec a, vec b) {
  typedef __typeof__(a > b) mask;
  return (vec)((a > (vec){0}) & (mask)b);
}

INLINE real sum_lanes(vec a) {
  real sum = 0;
  for (int i = 0; i < L; i++) sum += a[i];
  return sum;
}

/** Whole vectors of zeros, or of numbers as in server.h. */
static vec *vectors(size_t count) { return numbers(count * L, sizeof(real) == 8); }

static vec *zeros(size_t count) { return memset(vectors(count), 0, count * sizeof(vec)); }
