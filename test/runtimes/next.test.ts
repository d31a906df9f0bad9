// Next without a configuration: a route in Node, a route in the edge runtime, which compiles nothing from bytes, and a page
// that does its work in the browser.

import { afterAll, beforeAll, expect, test } from "vitest";
import { openBrowser } from "./browsers.ts";
import { expectReport } from "./expect.ts";
import { has } from "./installed.mjs";
import { FOREIGN, OTHER_VERSION } from "./program.js";
import { project, type Report, run, type Server, SHOWS, start, tool } from "./projects.ts";

const IMPORTS = `import * as cnn from "spherical-cnn";
import * as special from "spherical-cnn/special";
import * as threads from "spherical-cnn/threads";
`;

const FILES = {
  "app/layout.js": `export default function Layout({ children }) {
  return <html><body>{children}</body></html>;
}
`,
  "app/page.js": `"use client";
import { useEffect } from "react";
export default function Page() {
  useEffect(() => void import("./shows.js"), []);
  return <p>spherical-cnn</p>;
}
`,
  "app/shows.js": SHOWS.replace("./program", "../program"),
  "app/node/route.js": `${IMPORTS}import { report, reportWithThreads } from "../../program.js";
export const dynamic = "force-dynamic";
export async function GET() {
  const alone = await report(cnn, special);
  return Response.json({ ...alone, withThreads: await reportWithThreads(cnn, threads) });
}
`,
  "app/edge/route.js": `${IMPORTS}import foreign from "../../foreign.wasm?module";
import otherVersion from "../../other-version.wasm?module";
import { report, reportWithThreads } from "../../program.js";
export const runtime = "edge";
export async function GET() {
  try {
    const alone = await report(cnn, special, { foreign, otherVersion });
    return Response.json({ ...alone, withThreads: await reportWithThreads(cnn, threads) });
  } catch (error) {
    return new Response(error.stack, { status: 500 });
  }
}
`,
  "foreign.wasm": FOREIGN,
  "other-version.wasm": OTHER_VERSION,
};

const next = [process.execPath, tool("next/dist/bin/next")];
let folder: string;
let server: Server | undefined;
let url: string;

beforeAll(async () => {
  if (!has("Next")) return;
  folder = project("next", FILES);
  run(folder, [...next, "build"]);
  server = await start(folder, [...next, "start", "--hostname=127.0.0.1", "--port=0"], /Ready in/);
  [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(server.printed) as unknown as [string];
});

afterAll(() => void server?.child.kill());

async function reportOf(route: string): Promise<Report> {
  const response = await fetch(`${url}/${route}`);
  const text = await response.text();
  expect(response.status, text).toBe(200);
  return JSON.parse(text);
}

test.skipIf(!has("Next"))("a route in Node", async () => expectReport(await reportOf("node"), 2));

test.skipIf(!has("Next"))("a route at the edge", async () => expectReport(await reportOf("edge"), 1));

test.skipIf(!has("Next") || !has("Chromium"))("a page", async () => {
  const browser = await openBrowser("Chromium");
  try {
    expectReport((await browser.visit(url)) as Report, 1);
  } finally {
    await browser.close();
  }
});
