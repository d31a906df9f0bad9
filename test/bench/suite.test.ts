// The bench suite as a user runs it: a row, its results in JSON and as a report. Its parts that are plain functions besides.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
// @ts-expect-error the suite is plain JavaScript
import { networkStages } from "../../bench/stages.mjs";
import { networkDescription } from "../../src/models/networks.ts";

const bench = (...args: string[]) =>
  spawnSync(process.execPath, ["bench/run.mjs", ...args], { encoding: "utf8", timeout: 60_000 });

test("a row with all contenders of this process, printed and in JSON", () => {
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  try {
    const file = join(folder, "results.json");
    const run = bench("--only", "^gemm/32$", "--rounds", "2", "--seconds", "0.01", "--no-native", "--json", file);
    expect(run.stderr).toBe("");
    expect(run.status).toBe(0);
    expect(run.stdout).toContain("gemm/32\n  ours f32");
    expect(run.stdout).toMatch(/ours f32 .* [\d.]+ GFLOP\/s \(256³: [\d.]+\)/);
    expect(readdirSync(folder)).toEqual(["results.json"]);
    const { machine, rows } = JSON.parse(readFileSync(file, "utf8"));
    expect(machine.command).toBe("npm run bench -- --only '^gemm/32$' --rounds 2 --seconds 0.01");
    expect(new Set(rows.map((each: { contender: string }) => each.contender))).toEqual(new Set(["ours", "typescript"]));
    for (const { row, threads, ms, low, high, ratio, rounds } of rows) {
      expect([row, threads, rounds.length]).toEqual(["gemm/32", 1, 2]);
      expect(low).toBeGreaterThan(0);
      expect(ms).toBeGreaterThanOrEqual(low);
      expect(high).toBeGreaterThanOrEqual(ms);
      expect(ratio.median).toBeGreaterThan(0);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 60_000);

/** Multiplications of a list's matrix products. */
const work = (stages: string[]) =>
  stages
    .filter((stage) => stage.startsWith("gemm"))
    .map((stage) => stage.split(" ").slice(4).map(Number))
    .reduce((sum, [M, N, K]) => sum + M! * N! * K!, 0);

test("the stages of mnist-original: Σ(2l+1)³ products, and rectifiers from spectrum to spectrum", () => {
  const cubes = [1, 3, 5, 7, 9, 11].reduce((sum, d) => sum + d ** 3, 0);
  const forward = cubes * 20 * 40 + 40 * 10;
  const description = networkDescription("mnist-original");
  const inference: string[] = networkStages(description, 1, false);
  expect(work(inference)).toBe(forward);
  expect(inference.filter((stage) => !stage.startsWith("gemm"))).toEqual([
    "s2-analysis f32 30 10 1",
    // With the outer products of the first layer's spectra.
    "rectify-forward f32 10 10 6 20 1",
    "rectify-forward f32 6 6 1 40 0",
  ]);
  expect(work(networkStages(description, 32, false))).toBe(32 * forward);
  const training = networkStages(description, 32, true);
  // Twice more for the gradients, and both filters' spectra there and back.
  const filters = 2 * (100 * 20 * 24 + 286 * 800 * 192);
  expect(work(training)).toBe(3 * 32 * forward + filters);
  expect(training).toContain("rectify-adjoint f32 10 6 10 640 1");
});
