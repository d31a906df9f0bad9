// The reference of the library: everything public has a docstring, and what one names exists (typedoc.json).

import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";

it("typedoc has nothing to warn of", { timeout: 240_000 }, () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["node_modules/typedoc/bin/typedoc", "--emit", "none", "--logLevel", "Warn"],
    { encoding: "utf8", env: { ...process.env, NO_COLOR: "1" } },
  );
  expect(stdout + stderr).toBe("");
  expect(status).toBe(0);
});
