// A step of Adam (Kingma and Ba 2015), one pass over the numbers.

typedef struct {
  long n;
  real *x, *gradient, *m, *v;
} AdamPlan;

static void run_adam(void *state) {
  const AdamPlan *p = state;
  const real rate = (real)1e-9, first = (real)0.9, second = (real)0.999, epsilon = (real)1e-8;
  for (long i = 0; i < p->n; i++) {
    const real g = p->gradient[i];
    p->m[i] = first * p->m[i] + (1 - first) * g;
    p->v[i] = second * p->v[i] + (1 - second) * g * g;
    p->x[i] -= rate * p->m[i] / ((sizeof(real) == 8 ? sqrt(p->v[i]) : sqrtf((float)p->v[i])) + epsilon);
  }
}

static void free_adam(void *state) {
  AdamPlan *p = state;
  real *blocks[] = {p->x, p->gradient, p->m, p->v};
  for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) free(blocks[i]);
  free(p);
}

static AdamPlan *plan_adam(long n) {
  AdamPlan *p = malloc(sizeof *p);
  const int f64 = sizeof(real) == 8;
  *p = (AdamPlan){n, numbers(n, f64), numbers(n, f64), numbers(n, f64), numbers(n, f64)};
  return p;
}
