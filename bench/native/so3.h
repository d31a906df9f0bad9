// The transform on SO(3), L signals at a time: [group][β][α][γ][L]. Real DFTs along γ and α give the planes F[a][c] of
// real orders of a ring; two rings at a time they are summed over β (so3-planes.h). A spectrum is R[coefficient][group][L].

typedef struct {
  int grid, bandwidth, groups, parts;
  DftPlan last, first;
  vec *x, *planes, *T, *sums, *R;
  real *table, *weights, *scales;
} So3Plan;

static void so3_analysis(void *state) {
  const So3Plan *p = state;
  const int n = 2 * p->grid, width = 2 * p->bandwidth - 1;
  vec *near = p->planes, *far = near + width * width;
  for (int g = 0; g < p->groups; g++) {
    memset(p->sums, 0, sums_length(p->bandwidth) * sizeof(vec));
    for (int j = 0; j < p->grid; j++) {
      for (int side = 0; side < 2 && p->parts & DFT_PART; side++) {
        const vec *x = p->x + ((long)g * n + (side ? n - 1 - j : j)) * n * n;
        analyze(&p->last, n, x, 1, n, p->T, 1, width);
        analyze(&p->first, width, p->T, width, 1, side ? far : near, width, 1);
      }
      if (p->parts & WIGNER_PART) {
        add_planes(p->bandwidth, p->table + (long)j * pair_table_length(p->bandwidth), p->weights[j], near, far, p->sums);
      }
    }
    if (p->parts & WIGNER_PART) sums_to_coefficients(p->bandwidth, p->scales, p->sums, p->R + g, p->groups);
  }
}

static void so3_synthesis(void *state) {
  const So3Plan *p = state;
  const int n = 2 * p->grid, width = 2 * p->bandwidth - 1;
  vec *near = p->planes, *far = near + width * width;
  for (int g = 0; g < p->groups; g++) {
    if (p->parts & WIGNER_PART) coefficients_to_sums(p->bandwidth, p->scales, p->R + g, p->groups, p->sums);
    for (int j = 0; j < p->grid; j++) {
      if (p->parts & WIGNER_PART) {
        make_planes(p->bandwidth, p->table + (long)j * pair_table_length(p->bandwidth), p->weights[j], p->sums, near, far);
      }
      for (int side = 0; side < 2 && p->parts & DFT_PART; side++) {
        vec *x = p->x + ((long)g * n + (side ? n - 1 - j : j)) * n * n;
        synthesize(&p->first, width, side ? far : near, width, 1, p->T, width, 1);
        synthesize(&p->last, n, p->T, 1, width, x, 1, n);
      }
    }
  }
}

static void free_so3(void *state) {
  So3Plan *p = state;
  void *blocks[] = {p->x, p->planes, p->T, p->sums, p->R, p->table, p->weights, p->scales};
  for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) free(blocks[i]);
  free_dft(&p->last);
  free_dft(&p->first);
  free(p);
}

/** w_j/(8b²), or ones. */
static real *so3_weights(int quadrature, int grid) {
  real *weights = numbers(2 * grid, sizeof(real) == 8);
  for (int j = 0; j < 2 * grid; j++) weights[j] = quadrature ? (real)quadrature_weight(grid, j, 8.0 * grid * grid) : 1;
  return weights;
}

/** 2l + 1, or ones. */
static real *degree_scales(int dimensions, int bandwidth) {
  real *scales = numbers(bandwidth, sizeof(real) == 8);
  for (int l = 0; l < bandwidth; l++) scales[l] = (real)(dimensions ? 2 * l + 1 : 1);
  return scales;
}

/** NULL where the twin has no DFT of that length. */
static So3Plan *plan_so3(int synthesis, int parts, int grid, int bandwidth, int signals) {
  So3Plan *p = calloc(1, sizeof *p);
  const int n = 2 * grid, width = 2 * bandwidth - 1;
  if (!plan_dft(&p->last, n, bandwidth) || !plan_dft(&p->first, n, bandwidth)) {
    free(p);
    return NULL;
  }
  p->grid = grid;
  p->bandwidth = bandwidth;
  p->groups = (signals + L - 1) / L;
  p->parts = parts;
  p->x = vectors((size_t)p->groups * n * n * n);
  p->planes = vectors((size_t)2 * width * width);
  p->T = vectors((size_t)n * width);
  p->sums = vectors(sums_length(bandwidth));
  p->R = vectors((size_t)so3_coefficients(bandwidth) * p->groups);
  p->weights = so3_weights(!synthesis, grid);
  p->scales = degree_scales(synthesis, bandwidth);
  p->table = pair_table(bandwidth, grid);
  return p;
}
