// What there is to test in: Node itself always, the rest as install.mjs or the machine's owner has installed it.

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Runtimes and bundlers, and the projects that they build. */
export const CACHE = join(import.meta.dirname, ".cache");

/** The Debian package by the program that it brings. */
export const DEBIAN_PACKAGES = {
  "/usr/bin/chromium": "chromium",
  "/usr/bin/firefox-esr": "firefox-esr",
  "/usr/bin/WebKitWebDriver": "webkit2gtk-driver",
  "/usr/bin/Xvfb": "xvfb",
};

/** WebKitGTK's own browser, in a folder that has its version in its name. */
export function miniBrowser() {
  const libraries = "/usr/lib";
  if (!existsSync(libraries)) return null;
  const folders = readdirSync(libraries).flatMap((name) =>
    name.endsWith("-linux-gnu") ? readdirSync(join(libraries, name)).map((each) => join(libraries, name, each)) : [],
  );
  const programs = folders
    .filter((name) => /\/webkit2?gtk-[\d.]+$/.test(name))
    .map((name) => join(name, "MiniBrowser"));
  return programs.find(isThere) ?? null;
}

export const isThere = (path) => existsSync(path);

const tool = (path) => join(CACHE, "node_modules", path);

/** What has to be there for each, all of it. */
const NEEDS = {
  "Node 24": [tool("node/package.json")],
  Deno: [tool("deno/package.json")],
  Bun: [tool("bun/package.json")],
  workerd: [tool("wrangler/package.json"), tool("miniflare/package.json")],
  esbuild: [tool("esbuild/package.json")],
  webpack: [tool("webpack/package.json"), tool("webpack-cli/package.json")],
  Vite: [tool("vite/package.json")],
  Next: [tool("next/package.json"), tool("react-dom/package.json")],
  Chromium: ["/usr/bin/chromium", tool("playwright-core/package.json")],
  Firefox: ["/usr/bin/firefox-esr", tool("puppeteer-core/package.json")],
  WebKitGTK: ["/usr/bin/WebKitWebDriver", "/usr/bin/Xvfb", miniBrowser() ?? "MiniBrowser"],
};

/** Whether a runtime or bundler is installed. */
export const has = (name) => NEEDS[name].every(isThere);

/** Those that are not. */
export const missing = () => Object.keys(NEEDS).filter((name) => !has(name));
