// The contender `openblas`: matrix products on one thread.

#include "server.h"
#include <cblas.h>

void openblas_set_num_threads(int threads);

typedef struct {
  int f64, ta, tb, M, N, K;
  void *A, *B, *C;
} Product;

static void run_product(void *state) {
  Product *p = state;
  CBLAS_TRANSPOSE ta = p->ta ? CblasTrans : CblasNoTrans, tb = p->tb ? CblasTrans : CblasNoTrans;
  int lda = p->ta ? p->M : p->K, ldb = p->tb ? p->K : p->N;
  if (p->f64) cblas_dgemm(CblasRowMajor, ta, tb, p->M, p->N, p->K, 1, p->A, lda, p->B, ldb, 0, p->C, p->N);
  else cblas_sgemm(CblasRowMajor, ta, tb, p->M, p->N, p->K, 1, p->A, lda, p->B, ldb, 0, p->C, p->N);
}

static void free_product(void *state) {
  Product *p = state;
  free(p->A);
  free(p->B);
  free(p->C);
  free(p);
}

static int prepare_stage(const char *kind, int f64, const int *c, int count, Stage *stage) {
  // "gemm-packed" too: what it packs beforehand it packs each time.
  if (strncmp(kind, "gemm", 4) != 0 || count != 5) return 0;
  Product *p = malloc(sizeof *p);
  *p = (Product){f64, c[0], c[1], c[2], c[3], c[4], NULL, NULL, NULL};
  p->A = numbers((size_t)p->M * p->K, f64);
  p->B = numbers((size_t)p->K * p->N, f64);
  p->C = numbers((size_t)p->M * p->N, f64);
  *stage = (Stage){run_product, free_product, p};
  return 1;
}

int main(void) {
  openblas_set_num_threads(1);
  return serve();
}
