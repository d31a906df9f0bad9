// The tests of the page in Chromium: npx vitest run --config test/web/vitest.config.ts

import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/web/**/*.browser.ts"],
    // One browser at a time: what is measured is the page, not the neighbour.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
