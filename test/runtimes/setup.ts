// Before the tests of runtimes: packs the package, installs the tarball once, and lets this Node make the reference. Says what
// is left out since it is not installed.

import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { TestProject } from "vitest/node";
import { CACHE, missing } from "./installed.mjs";
import { PRINTS } from "./projects.ts";

const npm = (folder: string, ...args: string[]) =>
  execFileSync("npm", [...args, "--offline", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: folder,
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });

export default function setup({ provide }: TestProject): () => void {
  const left = missing();
  if (left.length > 0) {
    console.log(`runtimes: left out, since not installed (npm run test:runtimes installs them): ${left.join(", ")}`);
  }
  const projects = join(CACHE, "projects");
  mkdirSync(projects, { recursive: true });
  const installed = mkdtempSync(join(projects, "installed-"));
  const [pack] = JSON.parse(npm(resolve("."), "pack", "--ignore-scripts", "--json", "--pack-destination", installed));
  writeFileSync(join(installed, "package.json"), JSON.stringify({ private: true, type: "module" }));
  npm(installed, "install", `./${pack.filename}`);
  copyFileSync(join(import.meta.dirname, "program.js"), join(installed, "program.js"));
  writeFileSync(join(installed, "main.js"), PRINTS);
  const reference = execFileSync(process.execPath, ["main.js"], { cwd: installed, encoding: "utf8" });
  provide("installed", installed);
  provide(
    "contents",
    pack.files.map(({ path }: { path: string }) => path),
  );
  provide("reference", JSON.parse(reference));
  return () => rmSync(projects, { recursive: true, force: true });
}
