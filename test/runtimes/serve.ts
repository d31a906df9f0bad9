// A static server for built pages, on this machine alone, which browsers count as a secure context.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};

/** The policy that the package must do with: WebAssembly, and workers from blobs if there are to be threads. */
export const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src blob:";

/** Headers by the first part of a path, which is not a part of the file's: `/isolated/index.html` is `index.html`. */
const HEADERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  /** As much as any site has. */
  plain: { "content-security-policy": POLICY },
  isolated: {
    "content-security-policy": POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
  },
  /** No 'wasm-unsafe-eval'. */
  blocked: { "content-security-policy": "default-src 'none'; script-src 'self'" },
};

export interface Site {
  readonly url: string;
  close(): void;
}

/** Serves a folder under `plain/`, `isolated/` and `blocked/`. */
export async function serve(folder: string): Promise<Site> {
  const server = createServer(async ({ url }, response) => {
    const [, policy, ...path] = new URL(url!, "http://site").pathname.split("/");
    const file = normalize(path.join("/") || "index.html");
    try {
      const body = await readFile(join(folder, file));
      response.writeHead(200, {
        "content-type": TYPES[extname(file)] ?? "application/octet-stream",
        ...HEADERS[policy!],
      });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => server.close().closeAllConnections(),
  };
}
