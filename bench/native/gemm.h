// C = op(A) · op(B), row-major: blocks packed into slivers and panels, and a tile of ROWS × VECTORS vectors in registers
// (Goto and van de Geijn 2008). op(B) may be at hand in packed form, as a filter is at inference.

#if BITS == 512
enum { ROWS = 8, VECTORS = 3 };
#else
enum { ROWS = 6, VECTORS = 2 };
#endif
enum { DEEP = 256, TALL = 96, WIDE = 768 };
#define COLUMNS (VECTORS * L)

typedef struct {
  int ta, tb, M, N, K, packed;
  real *A, *B, *C, *slivers, *panels;
} Product;

INLINE int least(int a, int b) { return a < b ? a : b; }

/** c[rows][columns] (+)= sliver · panel, `rows` known to the compiler; columns that are not whole go through a tile aside. */
INLINE void tile(int rows, int depth, const real *a, const real *b, int add, real *c, long row, int columns) {
  vec sums[ROWS][VECTORS];
#pragma GCC unroll 8
  for (int r = 0; r < rows; r++) {
#pragma GCC unroll 3
    for (int v = 0; v < VECTORS; v++) sums[r][v] = (vec){0};
  }
  for (int k = 0; k < depth; k++, a += rows, b += COLUMNS) {
#pragma GCC unroll 8
    for (int r = 0; r < rows; r++) {
#pragma GCC unroll 3
      for (int v = 0; v < VECTORS; v++) sums[r][v] += splat(a[r]) * ((const vec *)b)[v];
    }
  }
  if (columns == COLUMNS) {
#pragma GCC unroll 8
    for (int r = 0; r < rows; r++) {
#pragma GCC unroll 3
      for (int v = 0; v < VECTORS; v++) {
        unaligned_vec *to = (unaligned_vec *)(c + r * row) + v;
        *to = add ? *to + sums[r][v] : sums[r][v];
      }
    }
    return;
  }
  real aside[ROWS][COLUMNS] __attribute__((aligned(64)));
#pragma GCC unroll 8
  for (int r = 0; r < rows; r++) {
#pragma GCC unroll 3
    for (int v = 0; v < VECTORS; v++) ((vec *)aside[r])[v] = sums[r][v];
    for (int j = 0; j < columns; j++) c[r * row + j] = add ? c[r * row + j] + aside[r][j] : aside[r][j];
  }
}

static __attribute__((noinline)) void tile_of(int rows, int depth, const real *a, const real *b, int add, real *c, long row, int columns) {
#define CASE(r) \
  case r: \
    if (r <= ROWS) tile(r <= ROWS ? r : 1, depth, a, b, add, c, row, columns); \
    break;
  switch (rows) { CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) CASE(8) }
#undef CASE
}

/** Rows of the slivers of so many rows: as equal as possible. */
INLINE int sliver_rows(int rows) { return rows <= ROWS ? rows : rows < 2 * ROWS ? (rows + 1) / 2 : ROWS; }

/** Rows r … r + unit of a matrix, past `some` zeros, as [k][unit]. */
INLINE void pack_strip(int unit, int some, int depth, const real *from, long down, long along, real *to) {
  if (some == unit && down == 1) {
    for (int k = 0; k < depth; k++) memcpy(to + (long)k * unit, from + k * along, unit * sizeof(real));
    return;
  }
  for (int r = 0; r < some; r++) {
    for (int k = 0; k < depth; k++) to[(long)k * unit + r] = from[r * down + k * along];
  }
  for (int r = some; r < unit; r++) {
    for (int k = 0; k < depth; k++) to[(long)k * unit + r] = 0;
  }
}

static void pack_panels(int columns, int depth, const real *from, long down, long along, real *to) {
  for (int j = 0; j < columns; j += COLUMNS, to += (long)COLUMNS * depth) {
    pack_strip(COLUMNS, least(COLUMNS, columns - j), depth, from + j * along, along, down, to);
  }
}

static void pack_slivers(int rows, int depth, const real *from, long down, long along, real *to) {
  for (int r = 0, some; r < rows; r += some, to += (long)some * depth) {
    some = sliver_rows(rows - r);
    pack_strip(some, some, depth, from + r * down, down, along, to);
  }
}

static void run_gemm(void *state) {
  const Product *p = state;
  const long aDown = p->ta ? 1 : p->K, aAlong = p->ta ? p->M : 1, bDown = p->tb ? 1 : p->N, bAlong = p->tb ? p->K : 1;
  const long padded = (p->N + COLUMNS - 1) / COLUMNS * COLUMNS;
  for (int j = 0; j < p->N; j += WIDE) {
    const int columns = least(WIDE, p->N - j);
    for (int k = 0; k < p->K; k += DEEP) {
      const int depth = least(DEEP, p->K - k);
      const real *panels = p->panels;
      if (p->packed) panels = p->B + k * padded + (long)j * depth;
      else pack_panels(columns, depth, p->B + k * bDown + j * bAlong, bDown, bAlong, p->panels);
      for (int i = 0; i < p->M; i += TALL) {
        const int rows = least(TALL, p->M - i);
        pack_slivers(rows, depth, p->A + i * aDown + k * aAlong, aDown, aAlong, p->slivers);
        for (int v = 0; v < columns; v += COLUMNS) {
          for (int r = 0, some; r < rows; r += some) {
            some = sliver_rows(rows - r);
            real *c = p->C + (long)(i + r) * p->N + j + v;
            tile_of(some, depth, p->slivers + (long)r * depth, panels + (long)v * depth, k > 0, c, p->N, least(COLUMNS, columns - v));
          }
        }
      }
    }
  }
}

static void free_gemm(void *state) {
  Product *p = state;
  real *blocks[] = {p->A, p->B, p->C, p->slivers, p->panels};
  for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) free(blocks[i]);
  free(p);
}

static Product *plan_gemm(const int *c, int packed) {
  Product *p = malloc(sizeof *p);
  const int f64 = sizeof(real) == 8;
  *p = (Product){c[0], c[1], c[2], c[3], c[4], packed, NULL, NULL, NULL, NULL, NULL};
  p->A = numbers((size_t)p->M * p->K, f64);
  p->B = numbers((size_t)p->K * (packed ? p->N + COLUMNS : p->N), f64);
  p->C = numbers((size_t)p->M * p->N, f64);
  p->slivers = numbers((TALL + ROWS) * DEEP, f64);
  p->panels = numbers((WIDE + COLUMNS) * DEEP, f64);
  return p;
}
