// The package as such: what is in it and what is not, how large its parts are, what the linters of packages say, and whether
// JSR would take it.

import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, inject, test } from "vitest";
import { has } from "./installed.mjs";
import { project, run, tool } from "./projects.ts";

const read = (file: string) => JSON.parse(readFileSync(file, "utf8"));
const manifest = read("package.json");
const bin = (name: string) => resolve("node_modules/.bin", name);

test("needs no other package and has no side effects", () => {
  expect(manifest.dependencies ?? {}).toEqual({});
  expect(manifest.peerDependencies ?? {}).toEqual({});
  expect(manifest.sideEffects).toBe(false);
});

test("has what its entries name, and no sources, tests or tools", () => {
  const contents = inject("contents");
  const entries = JSON.stringify([manifest.exports, manifest.imports, manifest.bin]).matchAll(/"\.\/([^"]+)"(?!:)/g);
  for (const [, entry] of entries) {
    const [start, end] = entry!.split("*");
    const named = contents.filter((file) => file.startsWith(start!) && file.endsWith(end ?? ""));
    expect(named.length, entry).toBeGreaterThan(0);
  }
  const allowed = /^(dist\/[\w.-]+\.(mjs|mts)|dist\/THIRD-PARTY\.txt|build\/wasm\/[\w.-]+\.(js|d\.ts|wasm))$/;
  const text = /^(models|docs)\/|^(README\.md|LICENSE|package\.json)$/;
  expect(contents.filter((file) => !allowed.test(file) && !text.test(file))).toEqual([]);
  expect(contents.filter((file) => /\.partial$|\.compiled$|\.map$|^dist\/program/.test(file))).toEqual([]);
});

test("publint finds nothing", () => {
  expect(run(".", [bin("publint"), "--strict"])).toContain("All good!");
});

test("its types are found wherever ES modules are", () => {
  const tarball = join(inject("installed"), `spherical-cnn-${manifest.version}.tgz`);
  const said = run(".", [bin("attw"), tarball, "--profile", "esm-only", "--format", "json"]);
  expect(JSON.parse(said).analysis.entrypoints["."]).toBeDefined();
});

test("the core entry, with what inference takes, and its plain f32 kernels are at most 100 kB, compressed", () => {
  const parts: { name: string; size: number; passed: boolean }[] = JSON.parse(run(".", [bin("size-limit"), "--json"]));
  expect(parts.filter(({ passed }) => !passed)).toEqual([]);
  const size = (part: RegExp) => parts.find(({ name }) => part.test(name))!.size;
  expect(size(/what inference takes/) + size(/kernels/)).toBeLessThanOrEqual(100_000);
});

test("is the same version everywhere", () => {
  expect(read("jsr.json").version).toBe(manifest.version);
  const folder = project("version", {});
  expect(run(folder, [process.execPath, "node_modules/.bin/spherical-cnn", "--version"])).toContain(manifest.version);
});

test.skipIf(!has("Deno"))("JSR would take it, its types written out, its kernels included", () => {
  const command = [tool(".bin/deno"), "publish", "--dry-run", "--allow-dirty", "--config", "jsr.json"];
  const said = run(".", ["sh", "-c", 'exec "$@" 2>&1', "sh", ...command], { NO_COLOR: "1" });
  expect(said).toContain("Dry run complete");
  expect(said).toContain("build/wasm/f32-plain.js");
  expect(said).not.toMatch(/test\/|bench\//);
});
