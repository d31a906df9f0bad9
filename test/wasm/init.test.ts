// Kernels given by the caller: what `init` takes, what it refuses, and that calling it often does no more than once.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { runInNewContext } from "node:vm";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type * as Library from "../../src/index.ts";
import { BUILDS } from "../support/kernels.ts";

const file = (name: string) => new Uint8Array(readFileSync(`build/wasm/${name}.wasm`));
/** An empty module. */
const FOREIGN = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);

/** Our binary, saying that it is of another version: a digit of "0.1.0" is replaced. */
function otherVersion(): Uint8Array {
  const bytes = Buffer.from(file("f32-plain"));
  bytes[bytes.lastIndexOf("0.1.0 f32-plain") + 2] = 0x37;
  return new Uint8Array(bytes);
}

let cnn: typeof Library;

/** Anew, since what was given once stays. */
beforeEach(async () => {
  vi.resetModules();
  cnn = await import("../../src/index.ts");
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe("without a source", () => {
  it("compiles what the first engine uses, once", async () => {
    const compile = vi.spyOn(WebAssembly, "compile");
    await Promise.all([cnn.init(), cnn.init()]);
    await cnn.init(undefined);
    const { build } = await cnn.createEngine();
    expect(build).toBe("relaxed");
    expect(compile).toHaveBeenCalledTimes(1);
  });
});

describe("with a source", () => {
  it("takes bytes, buffers and compiled modules, also those of another realm, and promises of them", async () => {
    const bytes = file("f32-plain");
    const within = new Uint8Array(bytes.length + 5);
    within.set(bytes, 5);
    const module = new WebAssembly.Module(bytes);
    const foreign = runInNewContext("new WebAssembly.Module(bytes)", { bytes });
    expect(foreign instanceof WebAssembly.Module).toBe(false);
    for (const source of [bytes, bytes.buffer, within.subarray(5), module, foreign, Promise.resolve(bytes)]) {
      vi.resetModules();
      cnn = await import("../../src/index.ts");
      await cnn.init(source);
      const engine = await cnn.createEngine();
      expect(engine.build).toBe("plain");
      expect([...engine.tensor([1, 2]).toArray()]).toEqual([1, 2]);
    }
  });

  it("takes a URL and the answer of a fetch", async () => {
    const server = createServer((request, response) => {
      if (request.url === "/missing") response.statusCode = 404;
      response.end(file("f32-plain"));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
    try {
      for (const source of [url, new URL(url), fetch(url)]) {
        vi.resetModules();
        cnn = await import("../../src/index.ts");
        await cnn.init(source);
        expect((await cnn.createEngine()).build).toBe("plain");
      }
      await expect(cnn.init(`${url}/missing`)).rejects.toThrow(/HTTP status 404/);
    } finally {
      server.close();
    }
    await expect(cnn.init(url)).rejects.toThrow(cnn.DownloadError);
    await expect(cnn.init("file:///f32-plain.wasm")).rejects.toThrow(
      /could not be fetched .* read the file and give its bytes/,
    );
    await expect(cnn.init(new Response("", { status: 404 }))).rejects.toThrow("init: kernels: expected the file");
  });

  it("is idempotent: the first of a kind stays, whichever way it came", async () => {
    await cnn.init(file("f32-plain"));
    await cnn.init(file("f32-plain"));
    await cnn.init(new WebAssembly.Module(file("f32-plain")));
    const engine = await cnn.createEngine();
    await cnn.init(file("f32-relaxed"));
    expect([engine.build, (await cnn.createEngine()).build]).toEqual(["plain", "relaxed"]);
    expect((await cnn.createEngine({ dtype: "f64" })).build).toBe("relaxed");
  });

  it.each(BUILDS)("$dtype $build serves the engines that it fits, and no others", async ({ dtype, build }) => {
    await cnn.init(file(`${dtype}-${build}`));
    const compile = vi.spyOn(WebAssembly, "compile");
    expect(await cnn.createEngine({ dtype })).toMatchObject({ dtype, build });
    expect(compile).not.toHaveBeenCalled();
    const other = dtype === "f32" ? "f64" : "f32";
    expect(await cnn.createEngine({ dtype: other })).toMatchObject({ dtype: other, build: "relaxed" });
  });

  it("a compiled module serves threads too: their binary comes from the package", async () => {
    await cnn.init(new WebAssembly.Module(file("f32-plain")));
    const start = vi.fn(async ({ kernels }) => ({ kernels, together: (work: () => void) => work(), dispose() {} }));
    const engine = await cnn.createEngine({ threads: { start } });
    expect(engine.memory.shared).toBe(true);
    expect([...engine.tensor([1, 2]).toArray()]).toEqual([1, 2]);
  });
});

describe("refuses by name", () => {
  it("a module that is not ours, and one of another version", async () => {
    for (const source of [FOREIGN, new WebAssembly.Module(FOREIGN)]) {
      await expect(cnn.init(source)).rejects.toThrow(cnn.FormatError);
      await expect(cnn.init(source)).rejects.toThrow(/not one of spherical-cnn's kernels/);
    }
    await expect(cnn.init(otherVersion())).rejects.toThrow(cnn.FormatError);
    await expect(cnn.init(otherVersion())).rejects.toThrow(
      /expected kernels of spherical-cnn 0\.1\.0 .* got "f32-plain" of version "0\.7\.0"/,
    );
    expect((await cnn.createEngine()).build).toBe("relaxed");
  });

  it("what is no module", async () => {
    for (const source of [new Uint8Array(0), file("f32-plain").subarray(0, 1000), new TextEncoder().encode("<html>")]) {
      await expect(cnn.init(source)).rejects.toThrow(cnn.FormatError);
      await expect(cnn.init(source)).rejects.toThrow(/expected a WebAssembly module that this runtime can compile/);
    }
  });

  it("what is no source", async () => {
    for (const source of [null, 1, true, {}, [], () => 1]) {
      await expect(cnn.init(source as never)).rejects.toThrow(cnn.ValueError);
    }
  });

  it("a page whose policy blocks WebAssembly: the directive is named", async () => {
    vi.stubGlobal("SecurityPolicyViolationEvent", class {});
    vi.spyOn(WebAssembly, "compile").mockRejectedValue(new WebAssembly.CompileError("blocked"));
    await expect(cnn.createEngine()).rejects.toThrow(cnn.ContentSecurityPolicyError);
    await expect(cnn.init()).rejects.toThrow(/directive script-src .* 'wasm-unsafe-eval'/);
  });

  it("a host that compiles nothing from bytes", async () => {
    vi.spyOn(WebAssembly, "compile").mockRejectedValue(new WebAssembly.CompileError("blocked"));
    const refused = cnn.init();
    await expect(refused).rejects.toThrow(cnn.UnsupportedRuntimeError);
    await expect(refused).rejects.toThrow(/condition \("workerd", "edge-light"\)/);
    vi.restoreAllMocks();
    await cnn.init();
  });

  it("the relaxed build where the package has none for the host, which takes the plain one for auto", async () => {
    vi.doMock("#wasm/f32-relaxed", () => ({ default: null }));
    await cnn.init();
    expect((await cnn.createEngine()).build).toBe("plain");
    await expect(cnn.createEngine({ build: "relaxed" })).rejects.toThrow(/has none for this host/);
    await cnn.init(file("f32-relaxed"));
    expect((await cnn.createEngine({ build: "relaxed" })).build).toBe("relaxed");
    vi.doUnmock("#wasm/f32-relaxed");
  });

  it("a runtime that cannot unpack the binary, which init helps", async () => {
    vi.stubGlobal("DecompressionStream", undefined);
    await expect(cnn.createEngine()).rejects.toThrow(cnn.UnsupportedRuntimeError);
    await cnn.init(file("f32-plain"));
    expect((await cnn.createEngine()).build).toBe("plain");
  });
});
