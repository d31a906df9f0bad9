// `--runtime`: the suite's own contender in another runtime, which takes part in the rounds from its own process. The
// runtime comes from npm, into a folder that git ignores.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { Peer } from "./peers.mjs";

/** Package, the program within node_modules, and what comes before the script. */
export const RUNTIMES = {
  deno: {
    package: "deno",
    program: ".bin/deno",
    args: ["run", "--allow-all", "--no-config", "--no-lock", "--node-modules-dir=manual"],
    builds: ["relaxed", "plain"],
  },
  bun: { package: "bun", program: ".bin/bun", args: ["run"], builds: ["relaxed", "plain"] },
  node24: { package: "node@24", program: ".bin/node", args: [], builds: ["relaxed", "plain"] },
};

const suite = import.meta.dirname;

/** The runtime's program, fetched if it is not there. @throws Error if npm cannot */
function fetchRuntime(name) {
  const { package: source, program } = RUNTIMES[name];
  const folder = join(suite, ".cache/runtimes", name);
  const executable = join(folder, "node_modules", program);
  if (existsSync(executable)) return executable;
  console.log(`bench: fetching ${source} with npm`);
  mkdirSync(folder, { recursive: true });
  const npm = ["install", "--prefix", folder, "--no-audit", "--no-fund", "--no-save", "--loglevel=error", source];
  const { status } = spawnSync("npm", npm, { stdio: ["ignore", "ignore", "inherit"] });
  if (status !== 0 || !existsSync(executable)) {
    throw new Error(`npm could not install ${source}; what it said stands above`);
  }
  return executable;
}

/** `{name, executable, builds, peer}`. @throws Error if the runtime cannot be had */
export function runtimeOf(name, library) {
  const { args, builds } = RUNTIMES[name];
  const executable = fetchRuntime(name);
  const peer = new Peer(name, executable, [...args, join(suite, "serve.mjs"), library]);
  return { name, executable, builds, peer };
}
