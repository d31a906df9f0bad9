// Runs every check and ends with one line that counts them: the tests, and, when no test is asked for in particular, the
// type check and the linter, which count as one each, the package in the runtimes that are installed, and the page in Chromium.
// Arguments go to vitest; the last two are runs of their own.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const counts = { passed: 0, failed: 0, skipped: 0 };

/** Runs a package's program; returns whether it was content. */
function run(script, args) {
  const result = spawnSync(process.execPath, [join(root, "node_modules", script), ...args], {
    cwd: root,
    stdio: "inherit",
  });
  return result.status === 0;
}

/** A check that counts as one test. */
function check(name, script, args) {
  const content = run(script, args);
  console.log(`${content ? "passed" : "FAILED"}: ${name}`);
  counts[content ? "passed" : "failed"]++;
}

/** Vitest with its own report, and a second one in JSON to count from. */
function test(config, args) {
  const folder = mkdtempSync(join(tmpdir(), "spherical-cnn-test-"));
  const file = join(folder, "report.json");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  const content = run("vitest/vitest.mjs", ["run", "--config", config, ...reporters, ...args]);
  const before = counts.failed;
  try {
    const { testResults } = JSON.parse(readFileSync(file, "utf8"));
    for (const { status, assertionResults } of testResults) {
      for (const { status: outcome } of assertionResults) {
        counts[outcome === "passed" || outcome === "failed" ? outcome : "skipped"]++;
      }
      // A file that could not even be read has no tests to count.
      if (status === "failed" && !assertionResults.some((each) => each.status === "failed")) counts.failed++;
    }
  } catch {
    // Without a report the run itself has failed, which is counted below.
  }
  rmSync(folder, { recursive: true, force: true });
  if (!content && counts.failed === before) counts.failed++;
}

const args = process.argv.slice(2);
if (args.length === 0) {
  check("types", "typescript/bin/tsc", ["--noEmit"]);
  check("style", "@biomejs/biome/bin/biome", ["check", "."]);
}
const inRuntimes = (arg) => /^(\.\/)?test\/runtimes(\/|$)/.test(arg);
if (!args.some(inRuntimes)) test("vitest.config.ts", args);
if (args.length === 0 || args.some(inRuntimes)) test("test/runtimes/vitest.config.ts", args);
if (args.length === 0) test("test/web/vitest.config.ts", args);
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1;
