// What Vite, webpack and esbuild make of the package without a configuration, in a browser; and esbuild's bundle in Node.

import { afterAll, beforeAll, describe, test } from "vitest";
import { type Browser, type BrowserName, openBrowser } from "./browsers.ts";
import { expectReport } from "./expect.ts";
import { has } from "./installed.mjs";
import { PAGE, PRINTS, project, type Report, run, runJson, SHOWS, start, tool, write } from "./projects.ts";
import { serve } from "./serve.ts";

/** The first that there is: which one does not matter here. */
const BROWSER = (["Chromium", "Firefox", "WebKitGTK"] satisfies BrowserName[]).find(has);
const isThere = (name: "esbuild" | "webpack" | "Vite") => has(name) && BROWSER !== undefined;

let browser: Browser;

beforeAll(async () => {
  if (BROWSER) browser = await openBrowser(BROWSER);
});

afterAll(() => browser?.close());

/** What a built page shows under the strict policy, not isolated and isolated. */
async function expectPage(folder: string): Promise<void> {
  const site = await serve(folder);
  try {
    expectReport((await browser.visit(`${site.url}/plain/`)) as Report, 1);
    expectReport((await browser.visit(`${site.url}/isolated/`)) as Report, 2);
  } finally {
    site.close();
  }
}

describe("esbuild", () => {
  const esbuild = [tool(".bin/esbuild"), "main.js", "--bundle", "--minify", "--format=esm"];

  test.skipIf(!isThere("esbuild"))("one file, in a page", async () => {
    const folder = project("esbuild", { "main.js": SHOWS, "dist/index.html": PAGE("./main.js") });
    run(folder, [...esbuild, "--outdir=dist"]);
    await expectPage(`${folder}/dist`);
  });

  test.skipIf(!has("esbuild"))("for Node", () => {
    const folder = project("esbuild-node", { "main.js": PRINTS });
    run(folder, [...esbuild, "--platform=node", "--outfile=built.mjs"]);
    run(folder, ["rm", "-r", "node_modules"]);
    expectReport(runJson<Report>(folder, [process.execPath, "built.mjs"]), 2);
  });
});

describe("webpack", () => {
  test.skipIf(!isThere("webpack"))("in a page", async () => {
    const folder = project("webpack", { "src/index.js": SHOWS.replace("./program", "../program") });
    const page = { "dist/index.html": PAGE("./main.js") };
    run(folder, [process.execPath, tool("webpack/bin/webpack.js"), "--mode=production"]);
    write(folder, page);
    await expectPage(`${folder}/dist`);
  });
});

describe("Vite", () => {
  const vite = [process.execPath, tool("vite/bin/vite.js")];
  const files = { "main.js": SHOWS, "index.html": PAGE("./main.js") };

  test.skipIf(!isThere("Vite"))("built", async () => {
    const folder = project("vite", files);
    run(folder, [...vite, "build", "--base=./"]);
    await expectPage(`${folder}/dist`);
  });

  test.skipIf(!isThere("Vite"))("while developing", async () => {
    const folder = project("vite-dev", files);
    const { child, printed } = await start(folder, [...vite, "--host=127.0.0.1", "--port=0"], /Local: .*:\d+\//);
    try {
      const [url] = /http:\/\/127\.0\.0\.1:\d+\//.exec(printed)!;
      expectReport((await browser.visit(url)) as Report, 1);
    } finally {
      child.kill();
    }
  });
});
