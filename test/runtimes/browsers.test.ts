// The package in browsers, as esbuild bundles it and as the one file that needs no bundler: under a policy that allows no more
// than 'wasm-unsafe-eval', cross-origin isolated and not, blocked, and without SIMD.

import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { type Browser, type BrowserName, openBrowser } from "./browsers.ts";
import { expectReport } from "./expect.ts";
import { has } from "./installed.mjs";
import { PAGE, project, type Report, run, SHOWS, tool } from "./projects.ts";
import { type Site, serve } from "./serve.ts";

/** The same page without a bundler. */
const SHOWS_BUNDLE = SHOWS.replace(
  /^import \* as cnn [\s\S]*threads";\n/,
  'import * as cnn from "./bundle.mjs";\nconst { special } = cnn;\nconst threads = cnn;\n',
);

let site: Site;

beforeAll(async () => {
  const files = {
    "index.html": PAGE("./page.js"),
    "built.html": PAGE("./built/bundled.js"),
    "page.js": SHOWS_BUNDLE,
    "bundled.js": SHOWS,
  };
  const folder = project("page", files);
  copyFileSync(join(inject("installed"), "node_modules/spherical-cnn/dist/bundle.mjs"), join(folder, "bundle.mjs"));
  if (has("esbuild")) {
    const esbuild = [tool(".bin/esbuild"), "bundled.js", "--bundle", "--format=esm"];
    run(folder, [...esbuild, "--splitting", "--outdir=built"]);
  }
  site = await serve(folder);
});

afterAll(() => site?.close());

const BROWSERS: readonly BrowserName[] = ["Chromium", "Firefox", "WebKitGTK"];

describe.each(BROWSERS)("%s", (name) => {
  const there = has(name);
  let browser: Browser;

  beforeAll(async () => {
    if (there) browser = await openBrowser(name);
  });

  afterAll(() => browser?.close());

  test.skipIf(!there)("one file in a script: the same bits, errors by name, one thread and one warning", async () => {
    expectReport((await browser.visit(`${site.url}/plain/`)) as Report, 1);
  });

  test.skipIf(!there)("one file, cross-origin isolated: two threads", async () => {
    expectReport((await browser.visit(`${site.url}/isolated/`)) as Report, 2);
  });

  test.skipIf(!there || !has("esbuild"))("bundled by esbuild", async () => {
    expectReport((await browser.visit(`${site.url}/plain/built.html`)) as Report, 1);
  });

  test.skipIf(!there)("a policy that blocks WebAssembly: the error names the directive", async () => {
    expect(await browser.visit(`${site.url}/blocked/#refusal`)).toMatch(
      /^ContentSecurityPolicyError: the Content-Security-Policy of this page blocks WebAssembly: its directive script-src .* must allow 'wasm-unsafe-eval'/,
    );
  });

  test.skipIf(!there)("says that SIMD is missing", async () => {
    const old = await openBrowser(name, { simd: false });
    try {
      expect(await old.visit(`${site.url}/plain/#refusal`)).toMatch(
        /^UnsupportedRuntimeError: createEngine: this runtime has no WebAssembly SIMD/,
      );
    } finally {
      await old.close();
    }
  });
});
