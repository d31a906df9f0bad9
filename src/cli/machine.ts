// What a result has to be read with: version and commit of this package, processor, system, runtime.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { arch, availableParallelism, cpus, platform, release, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Json } from "../experiments/records.ts";
import type { Engine } from "../tensor/engine.ts";
import { VERSION } from "../version.ts";

/** Where a record's numbers came from. */
export interface Provenance {
  readonly version: string;
  /** "…, with changes" where sources differ from the commit; null outside of a checkout of this package. */
  readonly commit: string | null;
  readonly machine: Readonly<Record<string, Json>>;
  /** Now. */
  readonly started: string;
}

/** @param threads what was asked for */
export function provenance(engine: Engine, threads = "1"): Provenance {
  const machine = {
    processor: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `${platform()} ${release()} ${arch()}`,
    runtime: runtime(),
    kernels: `${engine.dtype} ${engine.build}`,
    threads,
  };
  return { version: VERSION, commit: commit(), machine, started: new Date().toISOString() };
}

/** Name and version of the runtime that executes this. */
function runtime(): string {
  const { deno, bun, node } = process.versions;
  if (deno) return `Deno ${deno}`;
  return bun ? `Bun ${bun}` : `Node ${node}`;
}

function commit(): string | null {
  const root = packageFolder();
  const git = (...args: string[]) => spawnSync("git", args, { encoding: "utf8", cwd: root }).stdout?.trim() ?? "";
  // A package that someone has installed lies in a folder that their own repository ignores.
  if (!existsSync(join(root, ".git"))) return null;
  const head = git("rev-parse", "HEAD");
  if (head === "") return null;
  const changed = git("status", "--porcelain", "--", "src", "assembly", "build", "asconfig.json", "package.json");
  return changed === "" ? head : `${head}, with changes`;
}

/** The nearest folder upwards that has a package.json: of src/cli/ as of dist/. */
function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json")) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}
