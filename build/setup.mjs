// Everything between a fresh clone and a working one: packages, compiled kernels, bundles. `npm start`, `npm test` and
// `npm run build` begin with it. Each step is skipped when its result is newer than what it is made from, so a second
// run does and says nothing.
//
// Node's own modules only, and syntax that an old Node can read: the first thing checked is the version.

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { writeLicences } from "./licences.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const OLDEST = [20, 19];

/** Ends the program with one line. */
function fail(message) {
  console.error(`setup: ${message}`);
  process.exit(1);
}

/** Newest modification time of files and folders, everything below included, in milliseconds; 0 for what is not there. */
function newest(paths) {
  return paths.reduce((time, path) => {
    if (!existsSync(path)) return time;
    const info = statSync(path);
    const below = info.isDirectory() ? newest(readdirSync(path).map((name) => join(path, name))) : 0;
    return Math.max(time, info.mtimeMs, below);
  }, 0);
}

const inRoot = (names) => names.map((name) => join(root, name));

/** Runs Node on a script, quietly unless it fails; returns what it printed. */
function run(what, script, args) {
  const result = spawnSync(process.execPath, [script, ...args], { cwd: root, encoding: "utf8", maxBuffer: 1 << 26 });
  if (result.status === 0) return result.stdout;
  process.stderr.write(result.stdout + result.stderr);
  return fail(`${what} failed; what it said stands above`);
}

function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return;
  fail(
    `Node ${OLDEST.join(".")} or newer is needed, this is ${process.versions.node}; get one from https://nodejs.org`,
  );
}

/** npm writes node_modules/.package-lock.json when it is done; an older one belongs to another package-lock.json. */
function installPackages() {
  const wanted = newest(inRoot(["package-lock.json"]));
  if (newest(inRoot(["node_modules/.package-lock.json"])) >= wanted) return;
  console.log("setup: installing packages (npm ci)");
  const npm = process.env.npm_execpath;
  const args = ["ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"];
  const options = { cwd: root, stdio: ["ignore", "ignore", "inherit"] };
  const result = npm
    ? spawnSync(process.execPath, [npm, ...args], options)
    : spawnSync(process.platform === "win32" ? "npm.cmd" : "npm", args, {
        ...options,
        shell: process.platform === "win32",
      });
  if (result.error) fail(`npm could not be started (${result.error.message}); it comes with Node`);
  if (result.status !== 0) fail("npm ci failed; what it said stands above. A network connection is needed this once");
}

function compileKernels() {
  const printed = run("compiling the kernels", join(root, "build/compile.mjs"), []);
  if (printed.trim()) console.log(printed.trimEnd().replace(/^/gm, "setup: "));
}

/** The bundles are made beside, where another set-up at the same time does not meddle, and put in place whole. */
function bundle() {
  const sources = inRoot([
    "src",
    "package.json",
    "tsconfig.json",
    "tsdown.config.ts",
    "node_modules/.package-lock.json",
  ]);
  if (newest(inRoot(["dist/cli.mjs"])) > newest(sources)) return;
  console.log("setup: bundling");
  const [partial, dist] = inRoot([`node_modules/.dist-${process.pid}`, "dist"]);
  rmSync(partial, { recursive: true, force: true });
  run("bundling", join(root, "node_modules/tsdown/dist/run.mjs"), ["--out-dir", partial, "--log-level", "warn"]);
  // AssemblyScript's loader is a part of as-bind, and its runtime of the module that as-bind binds.
  writeLicences(root, partial, { "cli.mjs": [], "special.mjs": ["assemblyscript"] });
  rmSync(dist, { recursive: true, force: true });
  renameSync(partial, dist);
}

checkNode();
installPackages();
compileKernels();
bundle();
