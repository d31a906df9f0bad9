// A plugin of the build: the list of the page's files, for the service worker that keeps them and for the panel that says how
// large they are.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";

/** Kernels in double precision, which the page never asks for. */
const UNUSED = /f64-(plain|relaxed)/;

export function offline(): Plugin {
  return {
    name: "offline",
    apply: "build",
    enforce: "post",
    generateBundle(_, bundle) {
      const used = Object.values(bundle).filter(({ fileName }) => !UNUSED.test(fileName) && !fileName.endsWith(".map"));
      const bytes = (file: (typeof used)[number]) => Buffer.from(file.type === "chunk" ? file.code : file.source);
      const gzip = used.reduce((sum, file) => sum + gzipSync(bytes(file)).length, 0);
      this.emitFile({ type: "asset", fileName: "files.json", source: `${JSON.stringify({ gzip })}\n` });

      const names = ["./", "./files.json", ...used.map(({ fileName }) => `./${fileName}`)];
      const digest = createHash("sha256");
      for (const file of used) digest.update(file.fileName).update(bytes(file));
      const worker = readFileSync(fileURLToPath(new URL("./service-worker.js", import.meta.url)), "utf8");
      const constants = `const VERSION = "${digest.digest("hex").slice(0, 12)}";\nconst FILES = ${JSON.stringify(names)};\n`;
      this.emitFile({ type: "asset", fileName: "service-worker.js", source: constants + worker });
    },
  };
}
