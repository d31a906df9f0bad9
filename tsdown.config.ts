// Four bundles: the library, what of it needs a file system, threads, and the command line with the packages that it needs.
// The kernels stay outside of all, as modules of their own that package.json names `#wasm/*`.

import { defineConfig } from "tsdown";

const shared = {
  format: "esm",
  target: "node20.19",
  clean: false,
  fixedExtension: true,
  deps: { neverBundle: [/^#wasm\//] },
} as const;

/** What the library exports is imported from it: its errors are then the same classes, whichever bundle threw. */
const fromLibrary = {
  name: "from-library",
  resolveId: (id: string) => (/\/(errors|digits)\.ts$/.test(id) ? { id: "./index.mjs", external: true } : null),
};

export default defineConfig([
  { ...shared, entry: { index: "src/index.ts" }, platform: "neutral", dts: true },
  { ...shared, entry: { node: "src/node.ts" }, platform: "node", dts: true, plugins: [fromLibrary] },
  {
    ...shared,
    entry: { threads: "src/threads/index.ts" },
    platform: "neutral",
    dts: true,
    plugins: [fromLibrary],
  },
  {
    ...shared,
    entry: { cli: "src/cli/main.ts" },
    platform: "node",
    dts: false,
    deps: { ...shared.deps, onlyBundle: false },
  },
]);
