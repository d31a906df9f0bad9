// Installs what the package is tested in: runtimes and bundlers from npm into .cache, which git ignores, and browsers from
// Debian. What cannot be installed is said in one line each, and left out by the tests, which say so too.

import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { CACHE, DEBIAN_PACKAGES, isThere } from "./installed.mjs";

const say = (text) => console.log(`runtimes: ${text}`);

function installFromNpm() {
  const wanted = join(import.meta.dirname, "packages.json");
  const installed = join(CACHE, "package.json");
  const done = join(CACHE, "node_modules/.package-lock.json");
  if (existsSync(done) && existsSync(installed) && readFileSync(wanted, "utf8") === readFileSync(installed, "utf8"))
    return;
  say("installing runtimes and bundlers from npm");
  mkdirSync(CACHE, { recursive: true });
  copyFileSync(wanted, installed);
  const args = ["install", "--no-package-lock", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"];
  const npm = process.env.npm_execpath;
  const options = { cwd: CACHE, stdio: ["ignore", "ignore", "inherit"] };
  const result = npm ? spawnSync(process.execPath, [npm, ...args], options) : spawnSync("npm", args, options);
  if (result.status !== 0) say("npm could not install all of them; what it said stands above");
}

/** How to become root, null if there is no way that asks for no password. */
function asRoot() {
  if (process.getuid?.() === 0) return [];
  return spawnSync("sudo", ["-n", "true"]).status === 0 ? ["sudo", "-n"] : null;
}

function installFromDebian() {
  const missing = Object.entries(DEBIAN_PACKAGES)
    .filter(([program]) => !isThere(program))
    .map(([, name]) => name);
  if (missing.length === 0) return;
  const hasApt = process.env.PATH.split(delimiter).some((folder) => existsSync(join(folder, "apt-get")));
  const root = asRoot();
  if (!hasApt || root === null) {
    const why = hasApt ? "this needs root, and sudo is not there or asks for a password" : "this is no Debian";
    say(`${missing.join(", ")} not installed: ${why}; the tests leave these browsers out`);
    return;
  }
  say(`installing ${missing.join(", ")} from Debian`);
  const apt = (...args) => {
    const [program, ...rest] = [...root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", ...args];
    return spawnSync(program, rest, { encoding: "utf8" });
  };
  apt("update");
  for (const name of missing) {
    const { status, stderr } = apt("install", "-y", "--no-install-recommends", name);
    if (status !== 0) say(`${name} could not be installed: ${stderr.trim().split("\n").at(-1)}`);
  }
}

installFromNpm();
installFromDebian();
