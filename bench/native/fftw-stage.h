// Real DFTs with FFTW for one type of numbers; included twice, with REAL, FFTW(name) and SUFFIX(name) defined.
//
// The batch of lines or planes is planned in three layouts, signal after signal, four signals in the lanes, and all signals
// innermost, each FFTW_PATIENT over aligned memory. The quickest of the three is the contender.

typedef struct {
  FFTW(plan) plan;
  REAL *in;
  FFTW(complex) *out;
} SUFFIX(Dft);

static void SUFFIX(run)(void *state) { FFTW(execute)(((SUFFIX(Dft) *)state)->plan); }

static void SUFFIX(release)(void *state) {
  SUFFIX(Dft) *dft = state;
  FFTW(destroy_plan)(dft->plan);
  FFTW(free)(dft->in);
  FFTW(free)(dft->out);
  free(dft);
}

/** Seconds of one run: the best of a few. */
static double SUFFIX(best_time)(FFTW(plan) plan) {
  double best = 1e9;
  for (int i = 0; i < 20; i++) {
    double began = now();
    FFTW(execute)(plan);
    best = fmin(best, now() - began);
  }
  return best;
}

/** Lines of n (sides 1, n lines to a signal) or planes of n × n (sides 2). */
static int SUFFIX(prepare)(int n, int sides, int signals, Stage *stage) {
  const int half = n / 2 + 1, lines = sides == 1 ? n * signals : signals;
  const size_t points = (size_t)n * n * signals, bins = (size_t)(sides == 1 ? n : n) * half * signals;
  SUFFIX(Dft) *dft = calloc(1, sizeof *dft);
  dft->in = FFTW(malloc)(points * sizeof(REAL));
  dft->out = FFTW(malloc)(bins * sizeof(FFTW(complex)));
  FFTW(set_timelimit)(2);
  double best = 1e9;
  const int lanes[3] = {1, 4, lines};
  for (int i = 0; i < 3; i++) {
    const int inner = lanes[i];
    if (lines % inner != 0) continue;
    const int outer = lines / inner, across = sides == 2 ? n : 1;
    const fftw_iodim dims[2] = {{n, n * inner, half * inner}, {n, inner, inner}};
    const fftw_iodim batch[2] = {{outer, across * n * inner, across * half * inner}, {inner, 1, 1}};
    FFTW(plan) plan = FFTW(plan_guru_dft_r2c)(sides, sides == 2 ? dims : dims + 1, 2, batch, dft->in, dft->out, FFTW_PATIENT);
    if (!plan) continue;
    // Planning has overwritten the numbers.
    for (size_t k = 0; k < points; k++) dft->in[k] = (REAL)(0.25 + (double)(k % 7) / 8);
    const double seconds = SUFFIX(best_time)(plan);
    if (seconds < best) {
      if (dft->plan) FFTW(destroy_plan)(dft->plan);
      dft->plan = plan;
      best = seconds;
    } else FFTW(destroy_plan)(plan);
  }
  *stage = (Stage){SUFFIX(run), SUFFIX(release), dft};
  return dft->plan != NULL;
}
