// Cloudflare's runtime, workerd, which compiles nothing from bytes: bundled by Wrangler without a configuration, run by
// miniflare.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { expectReport } from "./expect.ts";
import { has } from "./installed.mjs";
import { FOREIGN, OTHER_VERSION } from "./program.js";
import { project, type Report, run, tool } from "./projects.ts";

/** Modules to refuse come as modules here, too. Bytes are refused by the host: that has its own address. */
const WORKER = `import * as cnn from "spherical-cnn";
import * as special from "spherical-cnn/special";
import * as threads from "spherical-cnn/threads";
import foreign from "./foreign.wasm";
import otherVersion from "./other-version.wasm";
import { FOREIGN, report, reportWithThreads } from "./program.js";
export default {
  async fetch(request) {
    if (request.url.endsWith("/bytes")) return new Response(await cnn.init(FOREIGN).catch(String));
    const alone = await report(cnn, special, { foreign, otherVersion });
    return Response.json({ ...alone, withThreads: await reportWithThreads(cnn, threads) });
  },
};
`;

/** Half a year before the tests' miniflare. */
const COMPATIBILITY = "2025-10-01";

test.skipIf(!has("workerd"))("workerd", async () => {
  const files = { "worker.js": WORKER, "foreign.wasm": FOREIGN, "other-version.wasm": OTHER_VERSION };
  const folder = project("workerd", files);
  const wrangler = [process.execPath, tool("wrangler/bin/wrangler.js"), "deploy", "worker.js", "--dry-run"];
  run(folder, [...wrangler, "--outdir", "out", "--name", "spherical", "--compatibility-date", COMPATIBILITY]);
  expect(readdirSync(join(folder, "out")).filter((name) => name.endsWith(".wasm")).length).toBeGreaterThan(4);
  const { Miniflare } = await import(pathToFileURL(tool("miniflare/dist/src/index.js")).href);
  const host = new Miniflare({
    rootPath: join(folder, "out"),
    scriptPath: "worker.js",
    modules: true,
    modulesRules: [{ type: "CompiledWasm", include: ["**/*.wasm"] }],
    compatibilityDate: COMPATIBILITY,
  });
  try {
    const response = await host.dispatchFetch("http://worker/");
    const text = await response.text();
    expect(response.status, text).toBe(200);
    expectReport(JSON.parse(text) as Report, 1);
    const bytes = await (await host.dispatchFetch("http://worker/bytes")).text();
    expect(bytes).toMatch(/^UnsupportedRuntimeError: this host compiles no WebAssembly from bytes: .*"workerd"/);
  } finally {
    await host.dispose();
  }
});
