// Every program in the README and in docs/ runs as it stands, against the built package.

import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";

const pages = ["README.md", ...readdirSync("docs").map((name) => `docs/${name}`)].filter((name) =>
  name.endsWith(".md"),
);
const programs = pages.flatMap((page) =>
  [...readFileSync(page, "utf8").matchAll(/```ts\n([\s\S]*?)```/g)].map(([, text], i) => ({
    name: `${page}, program ${i + 1}`,
    text: text!,
  })),
);

it("has programs", () => {
  expect(programs.length).toBeGreaterThanOrEqual(2);
});

it.each(programs)("$name", ({ text }) => {
  // Inside the package, its own name leads to its exports; the programs are TypeScript without types.
  const file = `dist/program-${process.pid}.mjs`;
  writeFileSync(file, text);
  const { status, stderr } = spawnSync(process.execPath, [file], { encoding: "utf8" });
  rmSync(file);
  expect(stderr).toBe("");
  expect(status).toBe(0);
});
