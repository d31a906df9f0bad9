// `experiment equivariance` on small stacks: a run that is interrupted keeps the bandwidths that it has, and goes on with
// the others to the same rows as one that is not.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { refused, start, succeed, temporaryFolder } from "../support/cli.ts";

const folder = temporaryFolder();

/** Options that are given replace the defaults. */
const experiment = (out: string, options: Record<string, string> = {}) => {
  const sizes = { bandwidths: "2,3,14", layers: "2", channels: "4", rotations: "40" };
  const all = { ...sizes, input: "flat", dtype: "f64", seed: "5", out: join(folder, out), ...options };
  return ["experiment", "equivariance", ...Object.entries(all).flatMap(([name, value]) => [`--${name}`, value])];
};

interface Line {
  readonly [field: string]: unknown;
}

const linesOf = (out: string, name = "equivariance-relu-f64-s5"): Line[] =>
  readFileSync(join(folder, out, `${name}.jsonl`), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);

const withoutTimes = (lines: readonly Line[]) => lines.map(({ started, seconds, ...rest }) => JSON.stringify(rest));

test("a run that is interrupted goes on to the same rows", async () => {
  const whole = await succeed(...experiment("whole"));
  expect(whole).toMatch(/^b = 2: \S+e-16 {2}0\.\d+ {3}\(40 rotations, \d+\.\d s\)\nb = 3: .*\nb = 14: .*\nwritten to /);

  const { child, finished } = start(experiment("parts"));
  child.stdout!.once("data", () => child.kill("SIGINT"));
  const { code, stderr } = await finished;
  expect(code).toBe(130);
  const command = stderr.match(/^stopped; what was measured is in .*\.jsonl; go on with: spherical-cnn (.*)\n$/)![1]!;
  const rows = linesOf("parts").length - 1;
  expect([2, 4]).toContain(rows);
  const rest = await succeed(...command.split(" "));
  expect(rest).not.toMatch(/^b = 2:/);
  expect(withoutTimes(linesOf("parts"))).toEqual(withoutTimes(linesOf("whole")));

  const [header, ...all] = linesOf("whole");
  expect(header).toMatchObject({ kind: "equivariance", settings: { bandwidths: [2, 3, 14], activation: "relu" } });
  expect(header!.command).toMatch(/^spherical-cnn experiment equivariance --bandwidths 2,3,14 .*--seed 5/);
  expect(all.map(({ row, bandwidth, layers }) => [row, bandwidth, layers])).toEqual(
    [2, 3, 14].flatMap((b) => [1, 2].map((layers) => ["error", b, layers])),
  );
  await refused(/there is a run .* already; --resume goes on with it/, ...experiment("whole"));
  await refused(
    /--resume: the run of .* had channels 4, this one has 3/,
    ...experiment("whole", { channels: "3" }),
    "--resume",
  );
});

test("means are compared with a reference", async () => {
  const reference = join(folder, "reference.json");
  const stack = { b: 3, layers: 2, relu: true, features: 4, seeds: 10, full_mean: 0.14, full_std: 0.04 };
  writeFileSync(reference, JSON.stringify({ stacks: [stack, { ...stack, b: 2, full_mean: 7 }] }));
  const said = await succeed(...experiment("compared", { bandwidths: "2,3", reference }));
  expect(said).toMatch(/b = 3, 2 layers: 0\.\d+, reference 0\.1400, -?\d\.\d standard errors: agrees\n/);
  expect(said).toMatch(/b = 2, 2 layers: 0\.\d+, reference 7\.000, -\d+\.\d standard errors: DIFFERS\n/);
  expect(linesOf("compared").filter(({ row }) => row === "reference").length).toBe(2);
});

test("what makes no run is refused", async () => {
  await refused(/--bandwidths: expected a list such as 4,8,16, got 4;8/, ...experiment("x", { bandwidths: "4;8" }));
  await refused(/--activation: expected relu, softplus, none, got tanh/, ...experiment("x", { activation: "tanh" }));
  await refused(/the activation is none/, ...experiment("x", { activation: "none", oversampling: "2" }));
  expect(existsSync(join(folder, "x"))).toBe(false);
  await refused(/cannot read .*nowhere/, ...experiment("x", { reference: join(folder, "nowhere") }));
});
