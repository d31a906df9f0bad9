// Real DFTs of lines of vectors: n samples to c0, c1, s1, c2, s2, … with c_m = Σ x cos, s_m = Σ x sin, and the transpose.
// Lengths with a codelet go through it; powers of two beyond take two lines as the real and imaginary part of one complex
// FFT (Stockham, radix 2).

typedef void (*Lines)(int lines, const vec *x, long xStep, long xLine, vec *X, long XStep, long XLine);

typedef struct {
  int n, orders;
  Lines analyze, synthesize;
} Codelet;

#include "codelets.h"

/** How lines of one length are transformed. */
typedef struct {
  int n, orders;
  const Codelet *codelet;
  /** cos and sin of 2πk/n, k < n/2, and two lines of n complex vectors. */
  real *twiddles;
  vec *work;
} DftPlan;

/** 0 where the twin has no DFT of that length. */
static int plan_dft(DftPlan *plan, int n, int orders) {
  *plan = (DftPlan){n, orders, NULL, NULL, NULL};
  for (size_t i = 0; i < sizeof CODELETS / sizeof *CODELETS; i++) {
    if (CODELETS[i].n == n && CODELETS[i].orders == orders) plan->codelet = &CODELETS[i];
  }
  if (plan->codelet) return 1;
  if (n < 256 || (n & (n - 1)) != 0) return 0;
  plan->twiddles = malloc(n * sizeof(real));
  for (int k = 0; k < n / 2; k++) {
    plan->twiddles[2 * k] = (real)cos(2 * M_PI * k / n);
    plan->twiddles[2 * k + 1] = (real)sin(2 * M_PI * k / n);
  }
  plan->work = vectors(4 * (size_t)n);
  return 1;
}

static void free_dft(DftPlan *plan) {
  free(plan->twiddles);
  free(plan->work);
}

/** Σ z_k e^{−2πi·mk/n} of one line of (re, im) vectors in plan->work; returns where the result lies. */
static vec *complex_fft(const DftPlan *plan) {
  const int n = plan->n;
  vec *from = plan->work, *to = plan->work + 2 * n;
  for (int half = n / 2, step = 1; half >= 1; half /= 2, step *= 2) {
    for (int p = 0; p < half; p++) {
      const vec c = splat(plan->twiddles[2 * p * step]), s = splat(plan->twiddles[2 * p * step + 1]);
      for (int q = 0; q < step; q++) {
        const vec *a = from + 2 * (q + step * p), *b = from + 2 * (q + step * (p + half));
        vec *u = to + 2 * (q + step * 2 * p), *v = u + 2 * step;
        const vec re = a[0] - b[0], im = a[1] - b[1];
        u[0] = a[0] + b[0];
        u[1] = a[1] + b[1];
        v[0] = re * c + im * s;
        v[1] = im * c - re * s;
      }
    }
    vec *swap = from;
    from = to;
    to = swap;
  }
  return from;
}

static void analyze(const DftPlan *plan, int lines, const vec *x, long xStep, long xLine, vec *X, long XStep, long XLine) {
  if (plan->codelet) {
    plan->codelet->analyze(lines, x, xStep, xLine, X, XStep, XLine);
    return;
  }
  const int n = plan->n;
  const vec half = splat((real)0.5);
  for (int i = 0; i < lines; i += 2) {
    const long other = i + 1 < lines ? 1 : 0;
    const vec *a = x + i * xLine, *b = a + other * xLine;
    for (int k = 0; k < n; k++) {
      plan->work[2 * k] = a[k * xStep];
      plan->work[2 * k + 1] = b[k * xStep];
    }
    const vec *z = complex_fft(plan);
    vec *A = X + i * XLine, *B = A + other * XLine;
    B[0] = z[1];
    A[0] = z[0];
    for (int m = 1; m < plan->orders; m++) {
      const vec *near = z + 2 * m, *far = z + 2 * (n - m);
      B[(2 * m - 1) * XStep] = half * (near[1] + far[1]);
      B[2 * m * XStep] = half * (near[0] - far[0]);
      A[(2 * m - 1) * XStep] = half * (near[0] + far[0]);
      A[2 * m * XStep] = half * (far[1] - near[1]);
    }
  }
}

static void synthesize(const DftPlan *plan, int lines, const vec *X, long XStep, long XLine, vec *x, long xStep, long xLine) {
  if (plan->codelet) {
    plan->codelet->synthesize(lines, X, XStep, XLine, x, xStep, xLine);
    return;
  }
  const int n = plan->n;
  const vec half = splat((real)0.5);
  for (int i = 0; i < lines; i += 2) {
    const long other = i + 1 < lines ? 1 : 0;
    const vec *A = X + i * XLine, *B = A + other * XLine;
    vec *z = plan->work;
    // The conjugate goes in and is taken of what comes out: x + iy = conj FFT(conj Z).
    memset(z, 0, 2 * n * sizeof(vec));
    z[0] = A[0];
    z[1] = -B[0];
    for (int m = 1; m < plan->orders; m++) {
      const vec ca = half * A[(2 * m - 1) * XStep], sa = half * A[2 * m * XStep];
      const vec cb = half * B[(2 * m - 1) * XStep], sb = half * B[2 * m * XStep];
      z[2 * m] = ca + sb;
      z[2 * m + 1] = sa - cb;
      z[2 * (n - m)] = ca - sb;
      z[2 * (n - m) + 1] = -(cb + sa);
    }
    z = complex_fft(plan);
    vec *a = x + i * xLine, *b = a + other * xLine;
    for (int k = 0; k < n; k++) {
      b[k * xStep] = -z[2 * k + 1];
      a[k * xStep] = z[2 * k];
    }
  }
}
