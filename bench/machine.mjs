// What a result has to be read with: processor, system, what else it does, runtime, commit.

import { spawnSync } from "node:child_process";
import { arch, cpus, loadavg, platform, release, totalmem } from "node:os";

/** Name and version of the runtime that executes this. */
export function runtime() {
  if (globalThis.Deno) return `Deno ${globalThis.Deno.version.deno}`;
  if (globalThis.Bun) return `Bun ${globalThis.Bun.version}`;
  return `Node ${process.versions.node}`;
}

/** The processor by name; where a virtual machine hides the name, with its widest vector extension. */
export function machine() {
  const git = (...args) => spawnSync("git", args, { encoding: "utf8", cwd: import.meta.dirname }).stdout?.trim() ?? "";
  const commit = git("rev-parse", "--short", "HEAD");
  return {
    processor: cpus()[0]?.model ?? "unknown processor",
    cores: cpus().length,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `${platform()} ${release()} ${arch()}`,
    load: loadavg()[0],
    runtime: runtime(),
    commit: git("status", "--porcelain", "src", "assembly", "build") ? `${commit} with changes` : commit,
    date: new Date().toISOString(),
  };
}
