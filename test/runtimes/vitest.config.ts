import { resolve } from "node:path";
import { defineConfig } from "vitest/config";

/** Tests of the packed package in real runtimes. They build and start much, so they are a run of their own. */
export default defineConfig({
  root: resolve(import.meta.dirname, "../.."),
  test: {
    include: ["test/runtimes/*.test.ts"],
    globalSetup: ["test/runtimes/setup.ts"],
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
