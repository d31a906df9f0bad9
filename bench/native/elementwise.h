// What lies between the transforms of a network: one pass over numbers each.

typedef struct {
  long n;
  int grid, signals;
  real *x, *y, *m, *v;
} Pass;

static void relu_forward(void *state) {
  const Pass *p = state;
  const vec *x = (vec *)p->x;
  vec *y = (vec *)p->y;
  for (long i = 0; i < p->n / L; i++) y[i] = where_positive(x[i], x[i]);
}

/** y: the output's gradient, which becomes the input's; x: the output. */
static void relu_backward(void *state) {
  const Pass *p = state;
  const vec *x = (vec *)p->x;
  vec *y = (vec *)p->y;
  for (long i = 0; i < p->n / L; i++) y[i] = where_positive(x[i], y[i]);
}

/** Weighted sums over signals [group][β][α·γ][L]. */
static void integrate(void *state) {
  const Pass *p = state;
  const int J = 2 * p->grid;
  const vec *x = (vec *)p->x;
  for (int g = 0; g < p->signals / L; g++) {
    vec sum = {0};
    for (int j = 0; j < J; j++) {
      vec ring[2] = {{0}};
      for (int k = 0; k < J * J; k += 2, x += 2) {
        ring[0] += x[0];
        ring[1] += x[1];
      }
      sum += splat(p->m[j]) * (ring[0] + ring[1]);
    }
    ((vec *)p->y)[g] = sum;
  }
}

static void spread(void *state) {
  const Pass *p = state;
  const int J = 2 * p->grid;
  vec *x = (vec *)p->x;
  for (int g = 0; g < p->signals / L; g++) {
    for (int j = 0; j < J; j++) {
      const vec value = splat(p->m[j]) * ((vec *)p->y)[g];
      for (int k = 0; k < J * J; k++) *x++ = value;
    }
  }
}

static void adam(void *state) {
  const Pass *p = state;
  const real rate = (real)1e-9, first = (real)0.9, second = (real)0.999, epsilon = (real)1e-8;
  for (long i = 0; i < p->n; i++) {
    const real g = p->y[i];
    p->m[i] = first * p->m[i] + (1 - first) * g;
    p->v[i] = second * p->v[i] + (1 - second) * g * g;
    p->x[i] -= rate * p->m[i] / ((sizeof(real) == 8 ? sqrt(p->v[i]) : sqrtf((float)p->v[i])) + epsilon);
  }
}

static void free_pass(void *state) {
  Pass *p = state;
  free(p->x);
  free(p->y);
  free(p->m);
  free(p->v);
  free(p);
}

static int prepare_elementwise(const char *kind, const int *c, int count, Stage *stage) {
  static const struct {
    const char *kind;
    void (*run)(void *);
  } PASSES[] = {{"relu-forward", relu_forward}, {"relu-backward", relu_backward}, {"integrate", integrate}, {"spread", spread}, {"adam", adam}};
  for (size_t i = 0; i < sizeof PASSES / sizeof *PASSES; i++) {
    if (strcmp(kind, PASSES[i].kind) != 0 || count < 1) continue;
    Pass *p = calloc(1, sizeof *p);
    if (count == 2) {
      p->grid = c[0];
      p->signals = (c[1] + L - 1) / L * L;
      p->n = 8L * c[0] * c[0] * c[0] * p->signals;
    } else p->n = ((long)c[0] + L - 1) / L * L;
    p->x = numbers(p->n, sizeof(real) == 8);
    p->y = numbers(p->n, sizeof(real) == 8);
    p->m = numbers(p->n, sizeof(real) == 8);
    p->v = numbers(p->n, sizeof(real) == 8);
    *stage = (Stage){PASSES[i].run, free_pass, p};
    return 1;
  }
  return 0;
}
