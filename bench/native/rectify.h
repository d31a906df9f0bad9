// Between two convolutions, as assembly/so3-rectify.ts: spectrum, synthesis, max(x, 0), analysis, spectrum, L signals and
// two rings at a time, so that the signal is never in memory. Backward is the same walk with the mask of what was positive.
//
// After a layer with one feature in, the spectrum is a product of two vectors per degree, X_m Y_n, with the digit's and the
// filter's spectrum on S²: it is multiplied out here, and backward gives Σ_m X_m dR_mn, which summed over digits is the filter's
// gradient.

/** A line of n with `from` orders to one of `to` orders; mask: n to a line. */
typedef void (*Rectifier)(int lines, const vec *X, vec *Y, bits *mask);

typedef struct {
  int n, from, to;
  Rectifier rectify, record, mask;
} RectifierCodelet;

#include "rectifiers.h"

typedef enum { FORWARD, RECORD, ADJOINT } Direction;

typedef struct {
  int grid, from, to, groups, outer;
  Direction direction;
  DftPlan first, last;
  Rectifier rectify;
  /** Of a group: the planes of two rings before and after, lines, sums and coefficients before and after. */
  vec *planesX, *planesY, *linesX, *linesY, *sumsX, *sumsY, *group;
  vec *X, *Y;
  /** On S²: the digit's spectrum, the filter's and its gradient, [degree and order][group][L]. */
  vec *digit, *filter;
  bits *mask;
  real *tableX, *tableY, *weightsX, *weightsY, *scalesX, *scalesY;
} RectifyPlan;

/** R_mn = X_m Y_n. */
static void outer_product(int bandwidth, const vec *digit, const vec *filter, long step, vec *R) {
  for (int l = 0; l < bandwidth; l++) {
    const int d = 2 * l + 1;
    for (int m = 0; m < d; m++) {
      for (int n = 0; n < d; n++) *R++ = digit[(l * l + m) * step] * filter[(l * l + n) * step];
    }
  }
}

/** Y_n = Σ_m X_m R_mn. */
static void outer_gradient(int bandwidth, const vec *digit, const vec *R, long step, vec *filter) {
  for (int l = 0; l < bandwidth; l++) {
    const int d = 2 * l + 1;
    for (int n = 0; n < d; n++) {
      vec sum = {0};
      for (int m = 0; m < d; m++) sum += digit[(l * l + m) * step] * R[m * d + n];
      filter[(l * l + n) * step] = sum;
    }
    R += d * d;
  }
}

INLINE void rectify_ring(const RectifyPlan *p, const vec *F, vec *G, bits *mask) {
  const int n = 2 * p->grid, from = 2 * p->from - 1, to = 2 * p->to - 1;
  synthesize(&p->first, from, F, from, 1, p->linesX, from, 1);
  p->rectify(n, p->linesX, p->linesY, mask);
  analyze(&p->last, to, p->linesY, to, 1, G, to, 1);
}

static void run_rectify(void *state) {
  const RectifyPlan *p = state;
  const int n = 2 * p->grid, from = 2 * p->from - 1, to = 2 * p->to - 1, ring = n * n;
  const int outer = p->outer && p->direction != ADJOINT, gradient = p->outer && p->direction == ADJOINT;
  vec *nearX = p->planesX, *farX = nearX + from * from, *nearY = p->planesY, *farY = nearY + to * to;
  for (int g = 0; g < p->groups; g++) {
    if (outer) outer_product(p->from, p->digit + g, p->filter + g, p->groups, p->group);
    coefficients_to_sums(p->from, p->scalesX, outer ? p->group : p->X + g, outer ? 1 : p->groups, p->sumsX);
    memset(p->sumsY, 0, sums_length(p->to) * sizeof(vec));
    bits *mask = p->mask ? p->mask + (size_t)g * n * ring : NULL;
    for (int j = p->grid - 1; j >= 0; j--) {
      make_planes(p->from, p->tableX + (long)j * pair_table_length(p->from), p->weightsX[j], p->sumsX, nearX, farX);
      rectify_ring(p, nearX, nearY, mask ? mask + (long)j * ring : NULL);
      rectify_ring(p, farX, farY, mask ? mask + (long)(n - 1 - j) * ring : NULL);
      add_planes(p->to, p->tableY + (long)j * pair_table_length(p->to), p->weightsY[j], nearY, farY, p->sumsY);
    }
    sums_to_coefficients(p->to, p->scalesY, p->sumsY, gradient ? p->group : p->Y + g, gradient ? 1 : p->groups);
    if (gradient) outer_gradient(p->to, p->digit + g, p->group, p->groups, p->filter + g);
  }
}

static void free_rectify(void *state) {
  RectifyPlan *p = state;
  void *blocks[] = {p->planesX, p->planesY, p->linesX, p->linesY, p->sumsX, p->sumsY, p->group, p->X, p->Y, p->digit,
                    p->filter, p->mask, p->tableX, p->tableY, p->weightsX, p->weightsY, p->scalesX, p->scalesY};
  for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) free(blocks[i]);
  free_dft(&p->first);
  free_dft(&p->last);
  free(p);
}

static const RectifierCodelet *find_rectifier(int n, int from, int to) {
  for (size_t i = 0; i < sizeof RECTIFIERS / sizeof *RECTIFIERS; i++) {
    const RectifierCodelet *each = &RECTIFIERS[i];
    if (each->n == n && each->from == from && each->to == to) return each;
  }
  return NULL;
}

/** From bandwidth `from` to `to`, as the data go: backward from the later spectrum to the earlier. NULL without codelets. */
static RectifyPlan *plan_rectify(Direction direction, int outer, int grid, int from, int to, int signals) {
  RectifyPlan *p = calloc(1, sizeof *p);
  const RectifierCodelet *codelet = find_rectifier(2 * grid, from, to);
  if (!codelet || !plan_dft(&p->first, 2 * grid, from) || !plan_dft(&p->last, 2 * grid, to)) {
    free(p);
    return NULL;
  }
  const size_t n = 2 * grid, a = 2 * from - 1, b = 2 * to - 1, squares = (size_t)(direction == ADJOINT ? to * to : from * from);
  p->direction = direction;
  p->outer = outer;
  p->grid = grid;
  p->from = from;
  p->to = to;
  p->groups = (signals + L - 1) / L;
  p->rectify = direction == ADJOINT ? codelet->mask : direction == RECORD ? codelet->record : codelet->rectify;
  p->planesX = vectors(2 * a * a);
  p->planesY = vectors(2 * b * b);
  p->linesX = vectors(n * a);
  p->linesY = vectors(n * b);
  p->sumsX = vectors(sums_length(from));
  p->sumsY = vectors(sums_length(to));
  p->group = vectors(so3_coefficients(from > to ? from : to));
  if (!outer || direction == ADJOINT) p->X = vectors((size_t)so3_coefficients(from) * p->groups);
  if (!outer || direction != ADJOINT) p->Y = vectors((size_t)so3_coefficients(to) * p->groups);
  if (outer) {
    p->digit = vectors(squares * p->groups);
    p->filter = vectors(squares * p->groups);
  }
  if (direction != FORWARD) {
    p->mask = malloc((size_t)p->groups * n * n * n * sizeof(bits));
    for (size_t i = 0; i < (size_t)p->groups * n * n * n; i++) p->mask[i] = (bits)(i * 7919 >> 4 & ((1 << L) - 1));
  }
  p->tableX = pair_table(from, grid);
  p->tableY = pair_table(to, grid);
  p->weightsX = so3_weights(direction == ADJOINT, grid);
  p->weightsY = so3_weights(direction != ADJOINT, grid);
  p->scalesX = degree_scales(direction != ADJOINT, from);
  p->scalesY = degree_scales(direction == ADJOINT, to);
  return p;
}
