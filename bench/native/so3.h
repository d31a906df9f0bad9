// The transform on SO(3), L signals at a time: [group][β][α][γ][L]. Real DFTs along γ and α give the planes F[β][a][c] of
// real orders; then each pair of orders (m, n) is summed over β. d_mn of m ≥ n ≥ 0 is tabulated: it serves (n, m) by a
// sign, and the negative orders by reading β backwards. A spectrum is R[coefficient][group][L], real basis.

typedef struct {
  int grid, bandwidth, groups, parts;
  DftPlan last, first;
  vec *x, *F, *T, *fold, *R;
  real *table, *weights, *scales;
} So3Plan;

INLINE vec *real_entry(const So3Plan *p, int g, int l, int r, int c) {
  return p->R + ((long)(l * (4 * l * l - 1) / 3 + r * (2 * l + 1) + c)) * p->groups + g;
}

/** On an axis of the plane of orders: a cosine and a sine, or for m = n = 0 one entry. */
typedef struct {
  long start, step;
} Axis;

INLINE Axis axis_of(int m, int n, int width) {
  if (m > 0) return (Axis){(long)(2 * m - 1) * width, width};
  return n > 0 ? (Axis){2 * n - 1, 1} : (Axis){0, 0};
}

/** The sums of (m, n), not both positive; d has a sign s. */
static void analyze_axis(const So3Plan *p, int g, int m, int n, real s, const real *d) {
  const int J = 2 * p->grid, width = 2 * p->bandwidth - 1;
  const Axis axis = axis_of(m, n, width);
  for (int l = m > n ? m : n; l < p->bandwidth; l++, d += J) {
    vec cosine = {0}, sine = {0};
    const vec *F = p->F + axis.start;
    for (int j = 0; j < J; j++, F += (long)width * width) {
      const vec w = splat(d[j] * p->weights[j]);
      cosine += w * F[0];
      sine += w * F[axis.step];
    }
    const vec scale = splat(s * p->scales[l]);
    if (m > 0) *real_entry(p, g, l, 2 * m, 0) = scale * sine;
    else if (n > 0) *real_entry(p, g, l, 0, 2 * n) = -scale * sine;
    *real_entry(p, g, l, m > 0 ? 2 * m - 1 : 0, n > 0 ? 2 * n - 1 : 0) = scale * cosine;
  }
}

/** The sums of (m, n), both positive: four columns, those of −n backwards in β, and two degrees at a time. */
static void analyze_pair(const So3Plan *p, int g, int m, int n, real s, const real *d) {
  const int J = 2 * p->grid, width = 2 * p->bandwidth - 1;
  vec *fold = p->fold;
  const vec *F = p->F + (long)(2 * m - 1) * width + 2 * n - 1;
  for (int j = 0; j < J; j++, F += (long)width * width) {
    const vec w = splat(s * p->weights[j]);
    const vec cc = w * F[0], cs = w * F[1], sc = w * F[width], ss = w * F[width + 1];
    vec *up = fold + 4 * j, *down = fold + 4 * (J - 1 - j);
    up[0] = cc - ss;
    up[1] = sc + cs;
    down[2] = cc + ss;
    down[3] = sc - cs;
  }
  for (int l = m > n ? m : n; l < p->bandwidth; l += 2, d += 2 * J) {
    const int two = l + 1 < p->bandwidth;
    const real *e = two ? d + J : d;
    vec a[4] = {{0}}, b[4] = {{0}};
    for (int j = 0; j < J; j++) {
      const vec u = splat(d[j]), v = splat(e[j]);
#pragma GCC unroll 4
      for (int i = 0; i < 4; i++) {
        a[i] += u * fold[4 * j + i];
        b[i] += v * fold[4 * j + i];
      }
    }
    for (int k = 0; k <= two; k++) {
      const vec *sums = k ? b : a;
      const int degree = l + k;
      const vec scale = splat(p->scales[degree]), flip = (degree + m + n) & 1 ? -scale : scale;
      const vec reP = scale * sums[0], imP = scale * sums[1], reQ = flip * sums[2], imQ = flip * sums[3];
      *real_entry(p, g, degree, 2 * m - 1, 2 * n - 1) = reP + reQ;
      *real_entry(p, g, degree, 2 * m - 1, 2 * n) = imQ - imP;
      *real_entry(p, g, degree, 2 * m, 2 * n - 1) = imP + imQ;
      *real_entry(p, g, degree, 2 * m, 2 * n) = reP - reQ;
    }
  }
}

static void synthesize_axis(const So3Plan *p, int g, int m, int n, real s, const real *d) {
  const int J = 2 * p->grid, width = 2 * p->bandwidth - 1, low = m > n ? m : n;
  const Axis axis = axis_of(m, n, width);
  vec *stream = p->fold;
  for (int l = low; l < p->bandwidth; l++) {
    const vec scale = splat(s * p->scales[l]);
    stream[2 * l] = scale * *real_entry(p, g, l, m > 0 ? 2 * m - 1 : 0, n > 0 ? 2 * n - 1 : 0);
    if (m > 0) stream[2 * l + 1] = scale * *real_entry(p, g, l, 2 * m, 0);
    else if (n > 0) stream[2 * l + 1] = -scale * *real_entry(p, g, l, 0, 2 * n);
    else stream[2 * l + 1] = stream[2 * l];
  }
  vec *F = p->F + axis.start;
  for (int j = 0; j < J; j++, F += (long)width * width) {
    vec cosine = {0}, sine = {0};
    const real *e = d + j;
    for (int l = low; l < p->bandwidth; l++, e += J) {
      cosine += splat(*e) * stream[2 * l];
      sine += splat(*e) * stream[2 * l + 1];
    }
    const vec w = splat(p->weights[j]);
    F[axis.step] = w * sine;
    F[0] = w * cosine;
  }
}

/** The transpose of analyze_pair: two β, each other's mirror, at a time. */
static void synthesize_pair(const So3Plan *p, int g, int m, int n, real s, const real *d) {
  const int J = 2 * p->grid, width = 2 * p->bandwidth - 1, low = m > n ? m : n;
  vec *stream = p->fold;
  for (int l = low; l < p->bandwidth; l++) {
    const vec scale = splat(s * p->scales[l]), flip = (l + m + n) & 1 ? -scale : scale;
    const vec cc = *real_entry(p, g, l, 2 * m - 1, 2 * n - 1), cs = *real_entry(p, g, l, 2 * m - 1, 2 * n);
    const vec sc = *real_entry(p, g, l, 2 * m, 2 * n - 1), ss = *real_entry(p, g, l, 2 * m, 2 * n);
    stream[4 * l] = scale * (cc + ss);
    stream[4 * l + 1] = scale * (sc - cs);
    stream[4 * l + 2] = flip * (cc - ss);
    stream[4 * l + 3] = flip * (sc + cs);
  }
  for (int j = 0; j < p->grid; j++) {
    const int mirror = J - 1 - j;
    const real *near = d + j, *far = d + mirror;
    vec a[4] = {{0}}, b[4] = {{0}};
    for (int l = low; l < p->bandwidth; l++, near += J, far += J) {
      const vec u = splat(*near), v = splat(*far);
#pragma GCC unroll 4
      for (int i = 0; i < 4; i++) {
        a[i] += u * stream[4 * l + i];
        b[i] += v * stream[4 * l + i];
      }
    }
    for (int k = 0; k < 2; k++) {
      const int at = k ? mirror : j;
      const vec *P = k ? b : a, *Q = k ? a : b, w = splat(p->weights[at]);
      vec *F = p->F + (long)at * width * width + (long)(2 * m - 1) * width + 2 * n - 1;
      F[0] = w * (P[0] + Q[2]);
      F[1] = w * (P[1] - Q[3]);
      F[width] = w * (P[1] + Q[3]);
      F[width + 1] = w * (Q[2] - P[0]);
    }
  }
}

typedef void (*Orders)(const So3Plan *p, int g, int m, int n, real s, const real *d);

static void wigner_stage(const So3Plan *p, int g, Orders axis, Orders pair) {
  const real *d = p->table;
  for (int m = 0; m < p->bandwidth; m++) {
    for (int n = 0; n <= m; n++) {
      const real s = (m - n) & 1 ? -1 : 1;
      (n > 0 ? pair : axis)(p, g, m, n, 1, d);
      if (n < m) (n > 0 ? pair : axis)(p, g, n, m, s, d);
      d += (long)(p->bandwidth - m) * 2 * p->grid;
    }
  }
}

static void so3_analysis(void *state) {
  const So3Plan *p = state;
  const int n = 2 * p->grid, width = 2 * p->bandwidth - 1;
  for (int g = 0; g < p->groups; g++) {
    for (int j = 0; j < n && p->parts & DFT_PART; j++) {
      analyze(&p->last, n, p->x + ((long)g * n + j) * n * n, 1, n, p->T, 1, width);
      analyze(&p->first, width, p->T, width, 1, p->F + (long)j * width * width, width, 1);
    }
    if (p->parts & WIGNER_PART) wigner_stage(p, g, analyze_axis, analyze_pair);
  }
}

static void so3_synthesis(void *state) {
  const So3Plan *p = state;
  const int n = 2 * p->grid, width = 2 * p->bandwidth - 1;
  for (int g = 0; g < p->groups; g++) {
    if (p->parts & WIGNER_PART) wigner_stage(p, g, synthesize_axis, synthesize_pair);
    for (int j = 0; j < n && p->parts & DFT_PART; j++) {
      synthesize(&p->first, width, p->F + (long)j * width * width, width, 1, p->T, width, 1);
      synthesize(&p->last, n, p->T, 1, width, p->x + ((long)g * n + j) * n * n, 1, n);
    }
  }
}

static void free_so3(void *state) {
  So3Plan *p = state;
  void *blocks[] = {p->x, p->F, p->T, p->fold, p->R, p->table, p->weights, p->scales};
  for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) free(blocks[i]);
  free_dft(&p->last);
  free_dft(&p->first);
  free(p);
}

static So3Plan *plan_so3(int synthesis, int parts, int grid, int bandwidth, int signals) {
  So3Plan *p = calloc(1, sizeof *p);
  const int J = 2 * grid, width = 2 * bandwidth - 1, f64 = sizeof(real) == 8;
  if (!plan_dft(&p->last, J, bandwidth) || !plan_dft(&p->first, J, bandwidth)) {
    free(p);
    return NULL;
  }
  p->grid = grid;
  p->bandwidth = bandwidth;
  p->groups = (signals + L - 1) / L;
  p->parts = parts;
  p->x = vectors((size_t)p->groups * J * J * J);
  p->F = vectors((size_t)J * width * width);
  p->T = vectors((size_t)J * width);
  p->fold = vectors((size_t)4 * (J + bandwidth));
  p->R = vectors((size_t)(bandwidth * (4 * bandwidth * bandwidth - 1) / 3) * p->groups);
  p->weights = numbers(J, f64);
  p->scales = numbers(bandwidth, f64);
  for (int j = 0; j < J; j++) p->weights[j] = synthesis ? 1 : (real)quadrature_weight(grid, j, 8.0 * grid * grid);
  for (int l = 0; l < bandwidth; l++) p->scales[l] = (real)(synthesis ? 2 * l + 1 : 1);
  p->table = numbers((size_t)(bandwidth * (bandwidth + 1) * (bandwidth + 2) / 6) * J, f64);
  double *column = malloc(bandwidth * sizeof(double));
  real *block = p->table;
  for (int m = 0; m < bandwidth; m++) {
    for (int n = 0; n <= m; n++, block += (long)(bandwidth - m) * J) {
      for (int j = 0; j < J; j++) {
        wigner_column(m, n, bandwidth, soft_beta(grid, j), column);
        const double root = m > 0 && n == 0 ? M_SQRT2 : 1;
        for (int l = m; l < bandwidth; l++) block[(long)(l - m) * J + j] = (real)(root * column[l - m]);
      }
    }
  }
  free(column);
  return p;
}
