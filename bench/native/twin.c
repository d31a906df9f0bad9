// The contender `c`: the engine's design in plain C with gcc's vectors, of BITS bits. At 128 it shows what WebAssembly
// leaves on the table, at the machine's full width what 128 bits do.
//
// With the argument "check" it compares itself with what must hold, and exits with 1 if something does not.

#include "server.h"
#include "vector.h"
#include "dft.h"
#include "gemm.h"
#include "wigner.h"
#include "s2.h"
#include "so3-planes.h"
#include "so3.h"
#include "rectify.h"
#include "adam.h"

/** A plane of lines, or of lines both ways, L signals at a time. */
typedef struct {
  DftPlan dft;
  int sides, groups;
  vec *x, *T, *F;
} PlanePlan;

static void run_planes(void *state) {
  const PlanePlan *p = state;
  const int n = p->dft.n, width = 2 * p->dft.orders - 1;
  for (int g = 0; g < p->groups; g++) {
    analyze(&p->dft, n, p->x + (long)g * n * n, 1, n, p->T + (long)g * n * width, 1, width);
    if (p->sides == 2) analyze(&p->dft, width, p->T + (long)g * n * width, width, 1, p->F, width, 1);
  }
}

static void free_planes(void *state) {
  PlanePlan *p = state;
  free(p->x);
  free(p->T);
  free(p->F);
  free_dft(&p->dft);
  free(p);
}

static int prepare_planes(const int *c, Stage *stage) {
  PlanePlan *p = calloc(1, sizeof *p);
  // Fewer signals than lanes would be unfair to wide vectors: only whole vectors are compared, see bench/native.mjs.
  if (c[3] % L != 0 || !plan_dft(&p->dft, c[0], c[1])) {
    free(p);
    return 0;
  }
  const size_t n = c[0], width = 2 * c[1] - 1;
  p->sides = c[2];
  p->groups = c[3] / L;
  p->x = vectors(p->groups * n * n);
  p->T = vectors(p->groups * n * width);
  p->F = vectors(width * width);
  *stage = (Stage){run_planes, free_planes, p};
  return 1;
}

/** DFT and Wigner parts by the end of a stage's name: "…-dft", "…-wigner" or both. */
static int parts_of(const char *kind) {
  if (strstr(kind, "-dft")) return DFT_PART;
  return strstr(kind, "-wigner") ? WIGNER_PART : DFT_PART | WIGNER_PART;
}

static int prepare_stage(const char *kind, int f64, const int *c, int count, Stage *stage) {
  if (f64 != (sizeof(real) == 8)) return 0;
  if (strncmp(kind, "gemm", 4) == 0 && count == 5) {
    *stage = (Stage){run_gemm, free_gemm, plan_gemm(c, strcmp(kind, "gemm-packed") == 0)};
    return 1;
  }
  if (strcmp(kind, "dft") == 0 && count == 4) return prepare_planes(c, stage);
  const int synthesis = strstr(kind, "-synthesis") != NULL;
  if (strncmp(kind, "s2-", 3) == 0 && count == 3) {
    *stage = (Stage){synthesis ? s2_synthesis : s2_analysis, free_s2, plan_s2(synthesis, parts_of(kind), c[0], c[1], c[2])};
    return stage->state != NULL;
  }
  if (strncmp(kind, "so3-", 4) == 0 && count == 3) {
    *stage = (Stage){synthesis ? so3_synthesis : so3_analysis, free_so3, plan_so3(synthesis, parts_of(kind), c[0], c[1], c[2])};
    return stage->state != NULL;
  }
  if (strncmp(kind, "rectify-", 8) == 0 && count == 5) {
    const Direction direction = strcmp(kind + 8, "adjoint") == 0 ? ADJOINT : strcmp(kind + 8, "record") == 0 ? RECORD : FORWARD;
    *stage = (Stage){run_rectify, free_rectify, plan_rectify(direction, c[4], c[0], c[1], c[2], c[3])};
    return stage->state != NULL;
  }
  if (strcmp(kind, "adam") == 0 && count == 1) {
    *stage = (Stage){run_adam, free_adam, plan_adam(c[0])};
    return 1;
  }
  return 0;
}

#include "check.h"

int main(int count, char **arguments) {
  if (count > 1 && strcmp(arguments[1], "check") == 0) return check();
  return serve();
}
