// The Wigner stage on SO(3), as in assembly/so3-wigner.ts: sums over degrees or over β between the planes F[a][c] of two
// rings β and π − β and the coefficients, so that each d serves four sums. Sums are four vectors for each pair of orders and
// degree, in the order of the table, [m][k ≤ m: (m, k), then (k, m)][l = m … bandwidth−1].

/** Numbers of the table for one pair of rings. */
INLINE int pair_table_length(int bandwidth) { return bandwidth * (bandwidth + 1) * (2 * bandwidth + 1) / 6; }

INLINE int sums_length(int bandwidth) { return 4 * (bandwidth + bandwidth * (bandwidth * bandwidth - 1) / 3); }

INLINE int so3_coefficients(int bandwidth) { return bandwidth * (4 * bandwidth * bandwidth - 1) / 3; }

/** d(β), d(π − β); [pair of rings][m][k][l][2], where k = 0 only the first, times √2 where m > 0. */
static real *pair_table(int bandwidth, int grid) {
  const int length = pair_table_length(bandwidth);
  real *table = numbers((size_t)grid * length, sizeof(real) == 8);
  double *near = malloc(2 * bandwidth * sizeof(double)), *far = near + bandwidth;
  for (int j = 0; j < grid; j++) {
    real *t = table + (size_t)j * length;
    for (int m = 0; m < bandwidth; m++) {
      for (int k = 0; k <= m; k++) {
        wigner_column(m, k, bandwidth, soft_beta(grid, j), near);
        wigner_column(m, k, bandwidth, soft_beta(grid, 2 * grid - 1 - j), far);
        for (int l = m; l < bandwidth; l++) {
          *t++ = (real)((m > 0 && k == 0 ? M_SQRT2 : 1) * near[l - m]);
          if (k > 0) *t++ = (real)far[l - m];
        }
      }
    }
  }
  free(near);
  return table;
}

INLINE void make_orders(int width, const real *t, int degrees, vec w, const vec *sums, vec *f, vec *g) {
  vec a[4] = {{0}}, b[4] = {{0}};
  for (int i = 0; i < degrees; i++, t += 2, sums += 4) {
    const vec d = splat(t[0]), e = splat(t[1]);
    a[0] += d * sums[0];
    b[0] += e * sums[0];
    a[1] += d * sums[1];
    b[1] += e * sums[1];
    a[2] += e * sums[2];
    b[2] += d * sums[2];
    a[3] += e * sums[3];
    b[3] += d * sums[3];
  }
  f[0] = w * (a[0] + a[2]);
  f[1] = w * (a[1] - a[3]);
  f[width] = w * (a[1] + a[3]);
  f[width + 1] = w * (a[2] - a[0]);
  g[0] = w * (b[0] + b[2]);
  g[1] = w * (b[1] - b[3]);
  g[width] = w * (b[1] + b[3]);
  g[width + 1] = w * (b[2] - b[0]);
}

/** Sums of even degrees, counted from m, to [0], of odd ones to [1]: the rings are their sum and their difference. */
INLINE void make_axes(int m, int width, const real *t, int degrees, vec w, const vec *sums, vec *f, vec *g) {
  vec a[2][4] = {{{0}}};
  for (int i = 0; i < degrees; i += 2, sums += 8) {
#pragma GCC unroll 4
    for (int q = 0; q < 4; q++) a[0][q] += splat(t[i]) * sums[q];
    if (i + 1 == degrees) break;
#pragma GCC unroll 4
    for (int q = 0; q < 4; q++) a[1][q] += splat(t[i + 1]) * sums[4 + q];
  }
  // Sines first: for m = 0 all four go to one place, and the first sum is the coefficient.
  const int c = m > 0 ? 2 * m - 1 : 0, s = 2 * m, to[4] = {c * width, s * width, c, s};
#pragma GCC unroll 4
  for (int q = 3; q >= 0; q--) {
    f[to[q]] = w * (a[0][q] + a[1][q]);
    g[to[q]] = w * (a[0][q] - a[1][q]);
  }
}

/** Writes every entry of both planes. */
static void make_planes(int bandwidth, const real *t, real weight, const vec *sums, vec *near, vec *far) {
  const int width = 2 * bandwidth - 1;
  const vec w = splat(weight);
  for (int m = 0; m < bandwidth; m++) {
    const int degrees = bandwidth - m;
    make_axes(m, width, t, degrees, w, sums, near, far);
    t += degrees;
    sums += 4 * degrees;
    for (int k = 1; k <= m; k++, t += 2 * degrees) {
      const int mk = (2 * m - 1) * width + 2 * k - 1, km = (2 * k - 1) * width + 2 * m - 1;
      make_orders(width, t, degrees, w, sums, near + mk, far + mk);
      sums += 4 * degrees;
      if (k == m) continue;
      make_orders(width, t, degrees, w, sums, near + km, far + km);
      sums += 4 * degrees;
    }
  }
}

INLINE void add_orders(int width, const real *t, int degrees, vec w, const vec *f, const vec *g, vec *sums) {
  const vec x0 = w * (f[0] - f[width + 1]), x1 = w * (f[width] + f[1]), x2 = w * (f[0] + f[width + 1]), x3 = w * (f[width] - f[1]);
  const vec y0 = w * (g[0] - g[width + 1]), y1 = w * (g[width] + g[1]), y2 = w * (g[0] + g[width + 1]), y3 = w * (g[width] - g[1]);
  for (int i = 0; i < degrees; i++, t += 2, sums += 4) {
    const vec d = splat(t[0]), e = splat(t[1]);
    sums[0] += d * x0 + e * y0;
    sums[1] += d * x1 + e * y1;
    sums[2] += e * x2 + d * y2;
    sums[3] += e * x3 + d * y3;
  }
}

INLINE void add_axes(int m, int width, const real *t, int degrees, vec w, const vec *f, const vec *g, vec *sums) {
  const int c = m > 0 ? 2 * m - 1 : 0, s = 2 * m, from[4] = {c * width, s * width, c, s};
  vec a[2][4];
#pragma GCC unroll 4
  for (int q = 0; q < 4; q++) {
    const vec x = w * f[from[q]], y = w * g[from[q]];
    a[0][q] = x + y;
    a[1][q] = x - y;
  }
  for (int i = 0; i < degrees; i += 2, sums += 8) {
#pragma GCC unroll 4
    for (int q = 0; q < 4; q++) sums[q] += splat(t[i]) * a[0][q];
    if (i + 1 == degrees) break;
#pragma GCC unroll 4
    for (int q = 0; q < 4; q++) sums[4 + q] += splat(t[i + 1]) * a[1][q];
  }
}

/** The transpose: adds both planes to the sums. */
static void add_planes(int bandwidth, const real *t, real weight, const vec *near, const vec *far, vec *sums) {
  const int width = 2 * bandwidth - 1;
  const vec w = splat(weight);
  for (int m = 0; m < bandwidth; m++) {
    const int degrees = bandwidth - m;
    add_axes(m, width, t, degrees, w, near, far, sums);
    t += degrees;
    sums += 4 * degrees;
    for (int k = 1; k <= m; k++, t += 2 * degrees) {
      const int mk = (2 * m - 1) * width + 2 * k - 1, km = (2 * k - 1) * width + 2 * m - 1;
      add_orders(width, t, degrees, w, near + mk, far + mk, sums);
      sums += 4 * degrees;
      if (k == m) continue;
      add_orders(width, t, degrees, w, near + km, far + km, sums);
      sums += 4 * degrees;
    }
  }
}

/** Real indices (r, c) of degree l; coefficients are `step` vectors apart. */
INLINE long entry(int l, int r, int c, long step) { return (l * (4 * l * l - 1) / 3 + r * (2 * l + 1) + c) * step; }

INLINE vec *orders_to_coefficients(int m, int n, int low, int bandwidth, const real *scales, const vec *sums, vec *R, long step) {
  for (int l = low; l < bandwidth; l++, sums += 4) {
    const real scale = m < n && (n - m) & 1 ? -scales[l] : scales[l];
    const vec p = splat(scale), q = splat((l + m + n) & 1 ? -scale : scale);
    const vec a = p * sums[0], b = p * sums[1], c = q * sums[2], d = q * sums[3];
    vec *r = R + entry(l, 2 * m - 1, 2 * n - 1, step), *next = r + (2 * l + 1) * step;
    r[0] = a + c;
    r[step] = d - b;
    next[0] = b + d;
    next[step] = a - c;
  }
  return (vec *)sums;
}

static void sums_to_coefficients(int bandwidth, const real *scales, const vec *sums, vec *R, long step) {
  for (int m = 0; m < bandwidth; m++) {
    for (int l = m; l < bandwidth; l++, sums += 4) {
      const vec p = splat(scales[l]), q = splat(m & 1 ? -scales[l] : scales[l]);
      if (m > 0) {
        vec *c = R + entry(l, 0, 2 * m - 1, step);
        R[entry(l, 2 * m - 1, 0, step)] = p * sums[0];
        R[entry(l, 2 * m, 0, step)] = p * sums[1];
        c[0] = q * sums[2];
        c[step] = -(q * sums[3]);
      } else R[entry(l, 0, 0, step)] = p * sums[0];
    }
    for (int k = 1; k <= m; k++) {
      sums = orders_to_coefficients(m, k, m, bandwidth, scales, sums, R, step);
      if (k < m) sums = orders_to_coefficients(k, m, m, bandwidth, scales, sums, R, step);
    }
  }
}

INLINE vec *orders_to_sums(int m, int n, int low, int bandwidth, const real *scales, const vec *R, long step, vec *sums) {
  for (int l = low; l < bandwidth; l++, sums += 4) {
    const real scale = m < n && (n - m) & 1 ? -scales[l] : scales[l];
    const vec p = splat(scale), q = splat((l + m + n) & 1 ? -scale : scale);
    const vec *r = R + entry(l, 2 * m - 1, 2 * n - 1, step), *next = r + (2 * l + 1) * step;
    sums[0] = p * (r[0] + next[step]);
    sums[1] = p * (next[0] - r[step]);
    sums[2] = q * (r[0] - next[step]);
    sums[3] = q * (r[step] + next[0]);
  }
  return sums;
}

/** The transpose of sums_to_coefficients. */
static void coefficients_to_sums(int bandwidth, const real *scales, const vec *R, long step, vec *sums) {
  for (int m = 0; m < bandwidth; m++) {
    for (int l = m; l < bandwidth; l++, sums += 4) {
      const vec p = splat(scales[l]), q = splat(m & 1 ? -scales[l] : scales[l]);
      const vec *r = R + entry(l, m > 0 ? 2 * m - 1 : 0, 0, step), *c = R + entry(l, 0, m > 0 ? 2 * m - 1 : 0, step);
      sums[0] = p * r[0];
      sums[1] = p * r[m > 0 ? (2 * l + 1) * step : 0];
      sums[2] = q * c[0];
      sums[3] = -(q * c[m > 0 ? step : 0]);
    }
    for (int k = 1; k <= m; k++) {
      sums = orders_to_sums(m, k, m, bandwidth, scales, R, step, sums);
      if (k < m) sums = orders_to_sums(k, m, m, bandwidth, scales, R, step, sums);
    }
  }
}
