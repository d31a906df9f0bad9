// C = op(A) · op(B), row-major: blocks packed into slivers and panels, and a tile of ROWS × VECTORS vectors in registers
// (Goto and van de Geijn 2008). 128 bits: the tile of the WebAssembly kernels. Wider ones take more of the registers.

#if BITS == 512
enum { ROWS = 8, VECTORS = 3 };
#elif BITS == 256
enum { ROWS = 6, VECTORS = 2 };
#else
enum { ROWS = 4, VECTORS = 2 };
#endif
enum { DEEP = 256, TALL = 96, WIDE = 768 };
#define COLUMNS (VECTORS * L)

typedef struct {
  int ta, tb, M, N, K;
  real *A, *B, *C, *slivers, *panels;
} Product;

/** c[rows][columns] (+)= sliver · panel; what is not whole goes through a tile aside. */
static void tile(int depth, const real *a, const real *b, int add, real *c, long row, int rows, int columns) {
  vec sums[ROWS][VECTORS] = {{{0}}};
  for (int k = 0; k < depth; k++, a += ROWS, b += COLUMNS) {
#pragma GCC unroll 8
    for (int r = 0; r < ROWS; r++) {
#pragma GCC unroll 3
      for (int v = 0; v < VECTORS; v++) sums[r][v] += splat(a[r]) * ((const vec *)b)[v];
    }
  }
  if (rows == ROWS && columns == COLUMNS) {
#pragma GCC unroll 8
    for (int r = 0; r < ROWS; r++) {
#pragma GCC unroll 3
      for (int v = 0; v < VECTORS; v++) {
        unaligned_vec *to = (unaligned_vec *)(c + r * row) + v;
        *to = add ? *to + sums[r][v] : sums[r][v];
      }
    }
    return;
  }
  real aside[ROWS][COLUMNS] __attribute__((aligned(64)));
  memcpy(aside, sums, sizeof aside);
  for (int r = 0; r < rows; r++) {
    for (int j = 0; j < columns; j++) c[r * row + j] = add ? c[r * row + j] + aside[r][j] : aside[r][j];
  }
}

/** Strips of `unit` rows of a matrix, stored [k][unit]; past the end zeros. */
INLINE void pack(int unit, int rows, int depth, const real *from, long down, long along, real *to) {
  for (int i = 0; i < rows; i += unit, to += (long)unit * depth) {
    const int some = rows - i < unit ? rows - i : unit;
    if (some == unit && down == 1) {
      for (int k = 0; k < depth; k++) memcpy(to + (long)k * unit, from + i + k * along, unit * sizeof(real));
      continue;
    }
    for (int r = 0; r < some; r++) {
      for (int k = 0; k < depth; k++) to[(long)k * unit + r] = from[(i + r) * down + k * along];
    }
    for (int r = some; r < unit; r++) {
      for (int k = 0; k < depth; k++) to[(long)k * unit + r] = 0;
    }
  }
}

static int least(int a, int b) { return a < b ? a : b; }

static void run_gemm(void *state) {
  const Product *p = state;
  const long aDown = p->ta ? 1 : p->K, aAlong = p->ta ? p->M : 1, bDown = p->tb ? 1 : p->N, bAlong = p->tb ? p->K : 1;
  for (int j = 0; j < p->N; j += WIDE) {
    const int columns = least(WIDE, p->N - j);
    for (int k = 0; k < p->K; k += DEEP) {
      const int depth = least(DEEP, p->K - k);
      pack(COLUMNS, columns, depth, p->B + k * bDown + j * bAlong, bAlong, bDown, p->panels);
      for (int i = 0; i < p->M; i += TALL) {
        const int rows = least(TALL, p->M - i);
        pack(ROWS, rows, depth, p->A + i * aDown + k * aAlong, aDown, aAlong, p->slivers);
        for (int v = 0; v < columns; v += COLUMNS) {
          for (int r = 0; r < rows; r += ROWS) {
            real *c = p->C + (long)(i + r) * p->N + j + v;
            tile(depth, p->slivers + (long)r * depth, p->panels + (long)v * depth, k > 0, c, p->N, least(ROWS, rows - r), least(COLUMNS, columns - v));
          }
        }
      }
    }
  }
}

static void free_gemm(void *state) {
  Product *p = state;
  free(p->A);
  free(p->B);
  free(p->C);
  free(p->slivers);
  free(p->panels);
  free(p);
}

static Product *plan_gemm(const int *c) {
  Product *p = malloc(sizeof *p);
  const int f64 = sizeof(real) == 8;
  *p = (Product){c[0], c[1], c[2], c[3], c[4], NULL, NULL, NULL, NULL, NULL};
  p->A = numbers((size_t)p->M * p->K, f64);
  p->B = numbers((size_t)p->K * p->N, f64);
  p->C = numbers((size_t)p->M * p->N, f64);
  p->slivers = numbers((TALL + ROWS) * DEEP, f64);
  p->panels = numbers((WIDE + COLUMNS) * DEEP, f64);
  return p;
}
