// A static page: paths are relative, so the folder works wherever it is put. The library resolves by the package's own name.

import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { offline } from "./offline.ts";

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "./",
  build: { target: "es2022", assetsInlineLimit: 0, emptyOutDir: true },
  worker: { format: "es" },
  server: { fs: { allow: [".."] } },
  plugins: [offline()],
});
