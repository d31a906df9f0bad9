// The transform on S². A signal is [α][β], so that the lanes are points of a meridian: DFTs along α, then for each order m
// the sums over β with the rows d^l_m0(β), which the recurrence in l gives four at a time. β and π−β are folded.

typedef struct {
  int grid, bandwidth, signals, parts;
  /** Vectors of a meridian, and of its northern half. */
  int rings, halves;
  DftPlan dft;
  vec *x, *F;
  real *weights, *scales, *rows;
  /** cos β and the two rows before the next, for the northern half. */
  double *cosine, *sine_power, *low, *high;
  vec *fold;
  /** [signal][order index] … and per degree, as the twin keeps a spectrum: R[l² + r][signal]. */
  real *R;
} S2Plan;

/** Rows l, l+1, l+2, l+3 of order m as real numbers; past the last degree zeros. */
static void next_rows(S2Plan *p, int m, int l) {
  const int half = p->grid;
  const real root = (real)(m > 0 ? M_SQRT2 : 1);
  for (int i = 0; i < 4; i++, l++) {
    real *row = p->rows + (long)i * p->halves * L;
    if (l >= p->bandwidth) {
      memset(row, 0, half * sizeof(real));
      continue;
    }
    double *now_row = p->high, *before = p->low;
    const double a = (2 * l + 1) / sqrt((l + 1.0) * (l + 1.0) - (double)m * m);
    const double b = sqrt((double)l * l - (double)m * m) / sqrt((l + 1.0) * (l + 1.0) - (double)m * m);
    for (int j = 0; j < half; j++) {
      row[j] = root * (real)now_row[j];
      before[j] = a * p->cosine[j] * now_row[j] - b * before[j];
    }
    p->high = before;
    p->low = now_row;
  }
}

/** d^m_m0(β) = √binomial(2m, m) (−sin β / 2)^m, kept from one order to the next. */
static void first_rows(S2Plan *p, int m) {
  for (int j = 0; j < p->grid; j++) {
    const double sine = sqrt(1 - p->cosine[j] * p->cosine[j]);
    if (m == 0) p->sine_power[j] = 1;
    else p->sine_power[j] *= -sine * sqrt((2.0 * m - 1) / (2.0 * m));
    p->high[j] = p->sine_power[j];
    p->low[j] = 0;
  }
}

static void s2_analysis(void *state) {
  S2Plan *p = state;
  const int J = 2 * p->grid, width = 2 * p->bandwidth - 1;
  if (p->parts & DFT_PART) {
    for (int s = 0; s < p->signals; s++) {
      analyze(&p->dft, p->rings, p->x + (long)s * J * p->rings, p->rings, 1, p->F + (long)s * width * p->rings, p->rings, 1);
    }
  }
  if (!(p->parts & WIGNER_PART)) return;
  for (int m = 0; m < p->bandwidth; m++) {
    first_rows(p, m);
    for (int s = 0; s < p->signals; s++) {
      real *fold = (real *)(p->fold + 4L * s * p->halves);
      for (int part = 0; part < (m > 0 ? 2 : 1); part++) {
        const real *F = (real *)(p->F + ((long)s * width + (m > 0 ? 2 * m - 1 : 0) + part) * p->rings);
        real *even = fold + (long)part * p->halves * L, *odd = even + 2L * p->halves * L;
        for (int j = 0; j < p->grid; j++) {
          const real north = p->weights[j] * F[j], south = p->weights[j] * F[J - 1 - j];
          even[j] = north + south;
          odd[j] = north - south;
        }
      }
    }
    for (int l = m; l < p->bandwidth; l += 4) {
      next_rows(p, m, l);
      const vec *rows = (vec *)p->rows;
      for (int s = 0; s < p->signals; s++) {
        const vec *ce = p->fold + 4L * s * p->halves, *se = ce + p->halves, *co = se + p->halves, *so = co + p->halves;
        vec sums[4][2] = {{{0}}};
        for (int j = 0; j < p->halves; j++) {
          const vec d0 = rows[j], d1 = rows[j + p->halves], d2 = rows[j + 2 * p->halves], d3 = rows[j + 3 * p->halves];
          sums[0][0] += d0 * ce[j];
          sums[0][1] += d0 * se[j];
          sums[1][0] += d1 * co[j];
          sums[1][1] += d1 * so[j];
          sums[2][0] += d2 * ce[j];
          sums[2][1] += d2 * se[j];
          sums[3][0] += d3 * co[j];
          sums[3][1] += d3 * so[j];
        }
        for (int i = 0; i < 4 && l + i < p->bandwidth; i++) {
          real *R = p->R + ((long)(l + i) * (l + i) + (m > 0 ? 2 * m - 1 : 0)) * p->signals + s;
          R[0] = p->scales[l + i] * sum_lanes(sums[i][0]);
          if (m > 0) R[p->signals] = p->scales[l + i] * sum_lanes(sums[i][1]);
        }
      }
    }
  }
}

static void s2_synthesis(void *state) {
  S2Plan *p = state;
  const int J = 2 * p->grid, width = 2 * p->bandwidth - 1;
  for (int m = 0; m < p->bandwidth && p->parts & WIGNER_PART; m++) {
    first_rows(p, m);
    memset(p->fold, 0, 4L * p->signals * p->halves * sizeof(vec));
    for (int l = m; l < p->bandwidth; l += 4) {
      next_rows(p, m, l);
      const vec *rows = (vec *)p->rows;
      for (int s = 0; s < p->signals; s++) {
        vec c[4], q[4];
        for (int i = 0; i < 4; i++) {
          const int degree = least(l + i, p->bandwidth - 1);
          const real *R = p->R + ((long)degree * degree + (m > 0 ? 2 * m - 1 : 0)) * p->signals + s;
          c[i] = splat(p->scales[degree] * R[0]);
          q[i] = splat(m > 0 ? p->scales[degree] * R[p->signals] : 0);
        }
        vec *ce = p->fold + 4L * s * p->halves, *se = ce + p->halves, *co = se + p->halves, *so = co + p->halves;
        for (int j = 0; j < p->halves; j++) {
          const vec d0 = rows[j], d1 = rows[j + p->halves], d2 = rows[j + 2 * p->halves], d3 = rows[j + 3 * p->halves];
          ce[j] += d0 * c[0] + d2 * c[2];
          se[j] += d0 * q[0] + d2 * q[2];
          co[j] += d1 * c[1] + d3 * c[3];
          so[j] += d1 * q[1] + d3 * q[3];
        }
      }
    }
    for (int s = 0; s < p->signals; s++) {
      const real *fold = (real *)(p->fold + 4L * s * p->halves);
      // Even l+m is even under β → π−β; for odd m the even degrees l = m, m+2, … are so as well, counted from m.
      for (int part = 0; part < (m > 0 ? 2 : 1); part++) {
        real *F = (real *)(p->F + ((long)s * width + (m > 0 ? 2 * m - 1 : 0) + part) * p->rings);
        const real *even = fold + (long)part * p->halves * L, *odd = even + 2L * p->halves * L;
        for (int j = 0; j < p->grid; j++) {
          F[j] = p->weights[j] * (even[j] + odd[j]);
          F[J - 1 - j] = p->weights[j] * (even[j] - odd[j]);
        }
      }
    }
  }
  if (!(p->parts & DFT_PART)) return;
  for (int s = 0; s < p->signals; s++) {
    synthesize(&p->dft, p->rings, p->F + (long)s * width * p->rings, p->rings, 1, p->x + (long)s * J * p->rings, p->rings, 1);
  }
}

static void free_s2(void *state) {
  S2Plan *p = state;
  void *blocks[] = {p->x, p->F, p->weights, p->scales, p->rows, p->cosine, p->sine_power, p->low, p->high, p->fold, p->R};
  for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) free(blocks[i]);
  free_dft(&p->dft);
  free(p);
}

/** NULL where the twin has no DFT of that length. Analysis has quadrature weights, synthesis 2l+1. */
static S2Plan *plan_s2(int synthesis, int parts, int grid, int bandwidth, int signals) {
  S2Plan *p = calloc(1, sizeof *p);
  const int J = 2 * grid, width = 2 * bandwidth - 1, f64 = sizeof(real) == 8;
  if (!plan_dft(&p->dft, J, bandwidth)) {
    free(p);
    return NULL;
  }
  p->grid = grid;
  p->bandwidth = bandwidth;
  p->signals = signals;
  p->parts = parts;
  p->rings = (J + L - 1) / L;
  p->halves = (grid + L - 1) / L;
  p->x = vectors((size_t)signals * J * p->rings);
  p->F = vectors((size_t)signals * width * p->rings);
  p->fold = zeros((size_t)4 * signals * p->halves);
  p->rows = (real *)zeros((size_t)4 * p->halves);
  p->R = numbers((size_t)bandwidth * bandwidth * signals, f64);
  p->weights = numbers(J, f64);
  p->scales = numbers(bandwidth, f64);
  p->cosine = numbers(grid, 1);
  p->sine_power = numbers(grid, 1);
  p->low = numbers(grid, 1);
  p->high = numbers(grid, 1);
  for (int j = 0; j < J; j++) p->weights[j] = synthesis ? 1 : (real)quadrature_weight(grid, j, 4.0 * grid);
  for (int l = 0; l < bandwidth; l++) p->scales[l] = (real)(synthesis ? 2 * l + 1 : 1);
  for (int j = 0; j < grid; j++) p->cosine[j] = cos(soft_beta(grid, j));
  return p;
}
