// The contender `fftw`: real DFTs of whole batches on one thread. The argument is a prefix for the files in which the
// plans that were found are kept from run to run ("wisdom").

#include "server.h"
#include <fftw3.h>

#define REAL float
#define FFTW(name) fftwf_##name
#define SUFFIX(name) name##_f32
#include "fftw-stage.h"
#undef REAL
#undef FFTW
#undef SUFFIX
#define REAL double
#define FFTW(name) fftw_##name
#define SUFFIX(name) name##_f64
#include "fftw-stage.h"

static char wisdom_f32[4096], wisdom_f64[4096];

static int prepare_stage(const char *kind, int f64, const int *c, int count, Stage *stage) {
  if (strcmp(kind, "dft") != 0 || count != 4) return 0;
  // FFTW has no pruned transforms: the orders, c[1], are all or more than asked for.
  const int prepared = f64 ? prepare_f64(c[0], c[2], c[3], stage) : prepare_f32(c[0], c[2], c[3], stage);
  if (f64) fftw_export_wisdom_to_filename(wisdom_f64);
  else fftwf_export_wisdom_to_filename(wisdom_f32);
  return prepared;
}

int main(int count, char **arguments) {
  const char *prefix = count > 1 ? arguments[1] : "fftw";
  snprintf(wisdom_f32, sizeof wisdom_f32, "%s-f32.wisdom", prefix);
  snprintf(wisdom_f64, sizeof wisdom_f64, "%s-f64.wisdom", prefix);
  fftwf_import_wisdom_from_filename(wisdom_f32);
  fftw_import_wisdom_from_filename(wisdom_f64);
  return serve();
}
