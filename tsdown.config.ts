// The bundles: errors, the library, what of it needs a file system, threads, numbers without tensors, and the command line with
// the packages that it needs.
// The kernels stay outside, as modules of their own that package.json names `#wasm/*`; but for the bundle that is one file with
// all in it.

import { resolve } from "node:path";
import { defineConfig } from "tsdown";

const shared = {
  format: "esm",
  target: "node20.19",
  clean: false,
  fixedExtension: true,
  deps: { neverBundle: [/^#wasm\//] },
} as const;

/** Errors are imported, not bundled: they are then the same classes, whichever bundle threw. */
const withErrors = {
  name: "with-errors",
  resolveId: (id: string) => (id.endsWith("/errors.ts") ? { id: "./errors.mjs", external: true } : null),
};

/** What the library exports is imported from it. */
const fromLibrary = {
  name: "from-library",
  resolveId: (id: string) => (id.endsWith("/digits.ts") ? { id: "./index.mjs", external: true } : null),
};

/** Numbers without tensors. The shim of as-bind has a half for the compiler, which is left out in the end. */
const special = {
  ...shared,
  platform: "neutral",
  deps: { neverBundle: [...shared.deps.neverBundle, "assemblyscript", "node:module"] },
} as const;

/** The same where as-bind cannot run. */
const byPointers = {
  name: "by-pointers",
  resolveId: (id: string) => (id === "./as-bind.ts" ? resolve("src/special/pointers.ts") : null),
};

export default defineConfig([
  { ...shared, entry: { errors: "src/errors.ts" }, platform: "neutral", dts: true },
  { ...shared, entry: { index: "src/index.ts" }, platform: "neutral", dts: true, plugins: [withErrors] },
  { ...shared, entry: { node: "src/node.ts" }, platform: "node", dts: true, plugins: [withErrors, fromLibrary] },
  {
    ...shared,
    entry: { threads: "src/threads/index.ts" },
    platform: "neutral",
    dts: true,
    plugins: [withErrors],
  },
  { ...special, entry: { special: "src/special/index.ts" }, dts: true, plugins: [withErrors] },
  {
    ...special,
    entry: { "special-pointers": "src/special/index.ts" },
    dts: false,
    plugins: [withErrors, byPointers],
  },
  {
    ...shared,
    entry: { bundle: "src/bundle.ts" },
    platform: "neutral",
    deps: {},
    dts: true,
    minify: true,
    outputOptions: { codeSplitting: false },
    plugins: [byPointers],
  },
  {
    ...shared,
    entry: { cli: "src/cli/main.ts" },
    platform: "node",
    dts: false,
    deps: { ...shared.deps, onlyBundle: false },
  },
]);
