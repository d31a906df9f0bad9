// What must hold of the twin: a spectrum comes back from its synthesis, and products are what their definition says.

static const double TOLERANCE = sizeof(real) == 8 ? 1e-12 : 3e-5;

static int report(const char *what, int size, double error) {
  if (error < TOLERANCE) return 0;
  fprintf(stderr, "twin: %s at %d is wrong by %g\n", what, size, error);
  return 1;
}

static double largest_difference(const real *x, const real *y, size_t count) {
  double largest = 0;
  for (size_t i = 0; i < count; i++) largest = fmax(largest, fabs((double)x[i] - y[i]));
  return largest;
}

static int check_s2(int b) {
  S2Plan *inverse = plan_s2(1, DFT_PART | WIGNER_PART, b, b, 3), *forward = plan_s2(0, DFT_PART | WIGNER_PART, b, b, 3);
  s2_synthesis(inverse);
  memcpy(forward->x, inverse->x, 3 * 2 * b * inverse->rings * sizeof(vec));
  s2_analysis(forward);
  const int wrong = report("S² round trip", b, largest_difference(forward->R, inverse->R, 3 * b * b));
  free_s2(inverse);
  free_s2(forward);
  return wrong;
}

static int check_so3(int b) {
  So3Plan *inverse = plan_so3(1, DFT_PART | WIGNER_PART, b, b, 5), *forward = plan_so3(0, DFT_PART | WIGNER_PART, b, b, 5);
  so3_synthesis(inverse);
  memcpy(forward->x, inverse->x, (size_t)inverse->groups * 8 * b * b * b * sizeof(vec));
  so3_analysis(forward);
  const size_t count = (size_t)(b * (4 * b * b - 1) / 3) * inverse->groups * L;
  const int wrong = report("SO(3) round trip", b, largest_difference((real *)forward->R, (real *)inverse->R, count));
  free_so3(inverse);
  free_so3(forward);
  return wrong;
}

/** The rectifier's synthesis and analysis without its middle part: signals that are positive come back. */
static int check_rectify(int grid, int from, int to) {
  RectifyPlan *p = plan_rectify(RECORD, 0, grid, from, to, 5), *back = plan_rectify(ADJOINT, 0, grid, to, from, 5);
  const size_t count = (size_t)so3_coefficients(from) * p->groups * L, kept = (size_t)so3_coefficients(to) * p->groups * L;
  real *X = (real *)p->X, *Y = (real *)p->Y;
  // A large mean, and then little of everything: positive, so that Y is the prefix of X.
  for (size_t i = p->groups * L; i < count; i++) X[i] *= (real)1e-5;
  for (int i = 0; i < p->groups * L; i++) X[i] = 100;
  run_rectify(p);
  double largest = 0;
  for (size_t i = 0; i < kept; i++) largest = fmax(largest, fabs((double)X[i] - Y[i]));
  int wrong = report("rectifier of positive signals", grid, largest / 100);
  // Of both signs: ⟨Y, Y⟩ = ⟨X, adjoint of Y⟩, where the mask is the signal's own.
  for (size_t i = 0; i < count; i++) X[i] = (real)sin(1.7 * (double)i);
  run_rectify(p);
  memcpy(back->X, Y, kept * sizeof(real));
  memcpy(back->mask, p->mask, (size_t)p->groups * 8 * grid * grid * grid * sizeof(bits));
  run_rectify(back);
  double squares = 0, products = 0;
  for (size_t i = 0; i < kept; i++) squares += (double)Y[i] * Y[i];
  for (size_t i = 0; i < count; i++) products += (double)X[i] * ((real *)back->Y)[i];
  wrong += report("rectifier's adjoint", grid, fabs(squares - products) / squares);
  free_rectify(p);
  free_rectify(back);
  return wrong;
}

static int check_gemm(int ta, int tb, int M, int N, int K) {
  Product *p = plan_gemm((int[]){ta, tb, M, N, K}, 0);
  run_gemm(p);
  double largest = 0;
  for (int i = 0; i < M; i++) {
    for (int j = 0; j < N; j++) {
      double sum = 0;
      for (int k = 0; k < K; k++) sum += (double)p->A[ta ? k * M + i : i * K + k] * p->B[tb ? j * K + k : k * N + j];
      largest = fmax(largest, fabs(sum - p->C[i * N + j]) / K);
    }
  }
  free_gemm(p);
  return report("product", M, largest);
}

static int check(void) {
  int wrong = 0;
  const int s2[] = {3, 6, 10, 30, 64, 128}, so3[] = {3, 6, 7, 10, 15, 16};
  for (size_t i = 0; i < sizeof s2 / sizeof *s2; i++) wrong += check_s2(s2[i]);
  for (size_t i = 0; i < sizeof so3 / sizeof *so3; i++) wrong += check_so3(so3[i]);
  wrong += check_rectify(10, 10, 6) + check_rectify(6, 6, 1) + check_rectify(15, 15, 15) + check_rectify(7, 7, 3);
  for (int flags = 0; flags < 4; flags++) {
    wrong += check_gemm(flags & 1, flags >> 1, 97, 101, 300) + check_gemm(flags & 1, flags >> 1, 1, 1, 1) +
             check_gemm(flags & 1, flags >> 1, 8, 48, 5) + check_gemm(flags & 1, flags >> 1, 4, 1000, 33);
  }
  return wrong > 0;
}
