// Two bundles: the library, and the command line with the packages that it needs. The kernels stay outside of both, as
// modules of their own that package.json names `#wasm/*`.

import { defineConfig } from "tsdown";

const shared = {
  format: "esm",
  target: "node20.19",
  clean: false,
  fixedExtension: true,
  deps: { neverBundle: [/^#wasm\//] },
} as const;

export default defineConfig([
  { ...shared, entry: { index: "src/index.ts" }, platform: "neutral", dts: true },
  {
    ...shared,
    entry: { cli: "src/cli/main.ts" },
    platform: "node",
    dts: false,
    deps: { ...shared.deps, onlyBundle: false },
  },
]);
