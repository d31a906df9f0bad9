// The loop of a native contender: it answers the lines of bench/peers.mjs. WORK is a list of stages separated by ";",
// each a word, the type of numbers and counts:
//
//   gemm TYPE ta tb M N K             C = op(A) · op(B), row-major
//   gemm-packed TYPE ta tb M N K      the same where op(B) may have been brought into any order beforehand
//   dft TYPE n orders sides signals   real DFT of planes of n × n, along their lines (sides 1) or both ways (2)
//   s2-analysis TYPE grid bandwidth signals, s2-synthesis …, so3-analysis …, so3-synthesis …
//   rectify-forward TYPE grid from to signals outer, rectify-record …, rectify-adjoint …: see rectify.h
//   adam TYPE n
//
// A program defines prepare_stage for those that it knows.

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MAX_STAGES 1024
#define MAX_WORKS 64
#define MAX_COUNTS 6

/** One stage of a work: `run` is called with `state`, what `free` gives back. */
typedef struct {
  void (*run)(void *state);
  void (*free)(void *state);
  void *state;
} Stage;

/** Fills `stage` and returns 1; returns 0 for a stage that the program does not have. */
static int prepare_stage(const char *kind, int f64, const int *counts, int count, Stage *stage);

typedef struct {
  Stage stages[MAX_STAGES];
  int count;
} Work;

static Work *works[MAX_WORKS];

/** Bytes on a cache line's boundary, filled with what is neither zero nor denormal. */
static void *numbers(size_t count, int f64) {
  size_t bytes = (count * (f64 ? 8 : 4) + 4095) & ~(size_t)4095;
  void *block = aligned_alloc(4096, bytes ? bytes : 4096);
  if (!block) {
    printf("error out of memory: %zu bytes\n", bytes);
    exit(1);
  }
  for (size_t i = 0; i < bytes / (f64 ? 8 : 4); i++) {
    double value = 0.25 + 0.5 * (double)((i * 7919) % 1009) / 1009;
    if (f64) ((double *)block)[i] = value;
    else ((float *)block)[i] = (float)value;
  }
  return block;
}

static void run_work(const Work *work) {
  for (int i = 0; i < work->count; i++) work->stages[i].run(work->stages[i].state);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void release_work(int handle) {
  Work *work = works[handle];
  for (int i = 0; i < work->count; i++) work->stages[i].free(work->stages[i].state);
  free(work);
  works[handle] = NULL;
}

static void prepare_work(char *text) {
  int handle = 0;
  while (handle < MAX_WORKS && works[handle]) handle++;
  if (handle == MAX_WORKS) {
    printf("error %d works are prepared already\n", MAX_WORKS);
    return;
  }
  Work *work = works[handle] = calloc(1, sizeof(Work));
  char *rest = text;
  for (char *part; (part = strsep(&rest, ";")) != NULL;) {
    char kind[32], type[8];
    int counts[MAX_COUNTS], consumed = 0, count = 0;
    if (sscanf(part, " %31s %7s%n", kind, type, &consumed) != 2 || work->count == MAX_STAGES) {
      release_work(handle);
      printf("error stage \"%s\" cannot be read, or is one of more than %d\n", part, MAX_STAGES);
      return;
    }
    for (char *at = part + consumed; count < MAX_COUNTS && sscanf(at, "%d%n", &counts[count], &consumed) == 1; count++) at += consumed;
    if (!prepare_stage(kind, strcmp(type, "f64") == 0, counts, count, &work->stages[work->count])) {
      release_work(handle);
      printf("unknown %s %s\n", kind, type);
      return;
    }
    work->count++;
  }
  run_work(work);
  printf("ok %d\n", handle);
}

/** Samples of half a millisecond, so short that few are interrupted on a busy machine, or of one run; one sample at least. */
static void time_work(const Work *work, double seconds) {
  long runs = 1;
  double first = now(), began, took;
  for (;; runs *= 2) {
    began = now();
    for (long i = 0; i < runs; i++) run_work(work);
    took = now() - began;
    if (took > 0.0005) break;
  }
  printf("ok %.9g", took / (double)runs);
  while (now() - first < seconds) {
    began = now();
    for (long i = 0; i < runs; i++) run_work(work);
    printf(" %.9g", (now() - began) / (double)runs);
  }
  printf("\n");
}

static int serve(void) {
  static char line[1 << 17];
  setvbuf(stdout, NULL, _IOLBF, 1 << 16);
  while (fgets(line, sizeof line, stdin)) {
    line[strcspn(line, "\n")] = 0;
    int handle;
    double seconds;
    if (strncmp(line, "prepare ", 8) == 0) prepare_work(line + 8);
    else if (sscanf(line, "time %d %lf", &handle, &seconds) == 2 && handle >= 0 && handle < MAX_WORKS && works[handle]) {
      time_work(works[handle], seconds);
    } else if (sscanf(line, "release %d", &handle) == 1 && handle >= 0 && handle < MAX_WORKS && works[handle]) {
      release_work(handle);
      printf("ok\n");
    } else printf("error expected prepare, time or release with a handle, got: %s\n", line);
  }
  return 0;
}
