// A static page: paths are relative, so the folder works wherever it is put. The library resolves by the package's own name.

import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";
import { offline } from "./offline.ts";

/** What is drawn stays on the visitor's machine: the browser sees to it. Threads are made from blobs (src/threads). */
const POLICY =
  "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; img-src 'self' data:";

const contentPolicy: Plugin = {
  name: "content-policy",
  apply: "build",
  transformIndexHtml: () => [
    { tag: "meta", attrs: { "http-equiv": "Content-Security-Policy", content: POLICY }, injectTo: "head-prepend" },
  ],
};

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "./",
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    emptyOutDir: true,
    license: { fileName: "licenses.md" },
    // three.js, which comes after everything that the first answer needs.
    chunkSizeWarningLimit: 700,
  },
  worker: { format: "es" },
  server: { fs: { allow: [".."] } },
  plugins: [contentPolicy, offline()],
});
