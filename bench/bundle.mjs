// Makes bench/.cache/library/, a bundle out of bench/library.ts and the sources it names, which every runtime loads.

import { build } from "tsdown";

const folder = new URL(".cache/library/", import.meta.url);

export async function bundledLibrary() {
  await build({
    config: false,
    entry: { library: new URL("library.ts", import.meta.url).pathname },
    outDir: folder.pathname,
    format: "esm",
    target: "node20.19",
    platform: "neutral",
    dts: false,
    clean: true,
    fixedExtension: true,
    logLevel: "warn",
  });
  return new URL("library.mjs", folder).href;
}
