// Wigner's d, quadrature weights, and in which parts of a transform a stage consists.

enum { DFT_PART = 1, WIGNER_PART = 2 };

/** β_j = π(2j+1)/(4b). */
static double soft_beta(int grid, int j) { return M_PI * (2 * j + 1) / (4.0 * grid); }

/** w_j over the number of points of a ring: they add up to 1 over the grid. */
static double quadrature_weight(int grid, int j, double points) {
  double sum = 0, beta = soft_beta(grid, j);
  for (int k = 0; k < grid; k++) sum += sin((2 * k + 1) * beta) / (2 * k + 1);
  return 2.0 / grid * sin(beta) * sum / points;
}

/** d^l_mn(β), m ≥ n ≥ 0, l = m … bandwidth−1, into out[l−m]: the recurrence in l (Varshalovich 1988, 4.8.2). */
static void wigner_column(int m, int n, int bandwidth, double beta, double *out) {
  double log_value = (m + n) * log(cos(beta / 2)) + (m - n) * log(sin(beta / 2));
  for (int i = 1; i <= m - n; i++) log_value += 0.5 * log((double)(m + n + i) / i);
  double value = ((m - n) & 1 ? -1 : 1) * exp(log_value), before = 0, x = cos(beta);
  for (int l = m; l < bandwidth; l++) {
    out[l - m] = value;
    const double low = sqrt(((double)l * l - m * m) * ((double)l * l - n * n));
    const double high = sqrt(((l + 1.0) * (l + 1.0) - m * m) * ((l + 1.0) * (l + 1.0) - n * n));
    const double next = l == 0 ? x * value : ((2 * l + 1) * (l * (l + 1.0) * x - m * n) * value - (l + 1) * low * before) / (l * high);
    before = value;
    value = next;
  }
}
