// Everything in one file, kernels included, for pages without a bundler: dist/bundle.mjs, from wherever it is served. What is
// `spherical-cnn/special` elsewhere is the object `special` here, since it has names that the library has as well.

import {
  clebschGordan,
  init,
  legendre,
  quadratureWeights,
  sphericalHarmonics,
  wignerD,
  wignerSmallD,
} from "./special/index.ts";

export * from "./index.ts";
export { threads } from "./threads/index.ts";

export const special = { clebschGordan, init, legendre, quadratureWeights, sphericalHarmonics, wignerD, wignerSmallD };
