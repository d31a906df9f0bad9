import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type DownloadOptions,
  type DownloadProgress,
  downloadMnist,
  MNIST_FILES,
  MNIST_MIRRORS,
  type RemoteFile,
} from "../../src/data/download.ts";
import { DownloadError, ValueError } from "../../src/errors.ts";
import { Random } from "../../src/random.ts";

const random = new Random(8);
const bytes = (count: number) => Uint8Array.from({ length: count }, () => random.integer(256));
const entry = (name: string, content: Uint8Array): RemoteFile => ({
  name,
  bytes: content.length,
  sha256: createHash("sha256").update(content).digest("hex"),
});
const contents: Record<string, Uint8Array> = { "large.gz": bytes(300_000), "small.gz": bytes(1000) };
const large = entry("large.gz", contents["large.gz"]!);
const small = entry("small.gz", contents["small.gz"]!);

type Handler = (request: IncomingMessage, response: ServerResponse, content: Uint8Array, start: number) => void;

/** An honest server: 206 with what was asked for, or 200. */
const honest: Handler = (request, response, content, start) => {
  const headers: Record<string, string | number> = { "content-length": content.length - start };
  if (request.headers.range) headers["content-range"] = `bytes ${start}-${content.length - 1}/${content.length}`;
  response.writeHead(request.headers.range ? 206 : 200, headers);
  response.end(content.subarray(start));
};
const status =
  (code: number): Handler =>
  (_, response) =>
    response.writeHead(code).end("no");

interface Mirror {
  readonly url: string;
  /** "NAME START" of each request. */
  readonly requests: string[];
  handler: Handler;
}

let directory: string;
let closing: (() => void)[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "download-"));
  closing = [];
});
afterEach(() => {
  for (const close of closing) close();
  rmSync(directory, { recursive: true, force: true });
});

async function serve(handler: Handler): Promise<Mirror> {
  const mirror: { url: string; requests: string[]; handler: Handler } = { url: "", requests: [], handler };
  const server = createServer((request, response) => {
    const name = request.url!.split("/").pop()!;
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "bytes=0-")![1]);
    mirror.requests.push(`${name} ${start}`);
    mirror.handler(request, response, contents[name]!, start);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  mirror.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mnist/`;
  return mirror;
}

const at = (name: string) => join(directory, name);
const read = (name: string) => new Uint8Array(readFileSync(at(name)));
async function download(mirrors: Mirror[], options: DownloadOptions = {}): Promise<[string[], DownloadProgress[]]> {
  const events: DownloadProgress[] = [];
  const urls = mirrors.map((mirror) => mirror.url);
  const progress = (event: DownloadProgress) => events.push(event);
  const results = await downloadMnist(directory, { mirrors: urls, files: [large], delay: 1, progress, ...options });
  for (const { name, path } of results) expect(path).toBe(at(name));
  return [results.map(({ name, action }) => `${name} ${action}`), events];
}

it("gives up at once on an address that fetch will not have, and goes on with the others", async () => {
  const events: DownloadProgress[] = [];
  const options = { mirrors: ["http://127.0.0.1:9/"], files: [small], delay: 10_000 };
  await expect(downloadMnist(directory, options)).rejects.toThrow(
    /small\.gz: not to be had after 1 attempts \(http:\/\/127\.0\.0\.1:9\/: fetch failed \(bad port\)\)/,
  );
  const fetch = ((url: URL, init: RequestInit) =>
    url.port === "9"
      ? globalThis.fetch(url, init)
      : Promise.resolve(new Response(contents["small.gz"]!.slice()))) as never;
  const mirrors = ["http://127.0.0.1:9/", "http://mirror.test/"];
  const progress = (event: DownloadProgress) => events.push(event);
  await downloadMnist(directory, { ...options, mirrors, fetch, progress });
  expect(events.map(({ kind }) => kind)).toEqual(["retry", "bytes", "done"]);
});

describe("downloadMnist", () => {
  it("fetches every file, says how far it is, and leaves nothing else", async () => {
    const mirror = await serve(honest);
    directory = join(directory, "new", "folder");
    const [results, events] = await download([mirror], { files: [large, small] });
    expect(results).toEqual(["large.gz downloaded", "small.gz downloaded"]);
    expect(Buffer.compare(read("large.gz"), contents["large.gz"]!)).toBe(0);
    expect(Buffer.compare(read("small.gz"), contents["small.gz"]!)).toBe(0);
    expect(readdirSync(directory).sort()).toEqual(["large.gz", "small.gz"]);
    const received = events.flatMap((event) =>
      event.kind === "bytes" && event.file === "large.gz" ? [event.received] : [],
    );
    expect(received).toEqual([...received].sort((a, b) => a - b));
    expect(received.at(-1)).toBe(300_000);
    expect(events.at(-1)).toEqual({ kind: "done", file: "small.gz" });
  });

  it("is content with files that are there and right, without a request", async () => {
    const mirror = await serve(status(500));
    writeFileSync(at("large.gz"), contents["large.gz"]!);
    const [results, events] = await download([mirror]);
    expect(results).toEqual(["large.gz kept"]);
    expect(events).toEqual([{ kind: "kept", file: "large.gz" }]);
    expect(mirror.requests).toEqual([]);
  });

  it("replaces a wrong file, says so, and keeps it until the right one is here", async () => {
    const wrong = contents["large.gz"]!.slice();
    wrong[5]! ^= 1;
    writeFileSync(at("large.gz"), wrong);
    const mirror = await serve(status(404));
    await expect(download([mirror], { retries: 0 })).rejects.toThrow(DownloadError);
    expect(Buffer.compare(read("large.gz"), wrong)).toBe(0);
    mirror.handler = honest;
    const [results, events] = await download([mirror]);
    expect(results).toEqual(["large.gz replaced"]);
    expect(events[0]).toMatchObject({
      kind: "wrong",
      file: "large.gz",
      reason: expect.stringMatching(/expected SHA-256 .*, got/),
    });
    expect(Buffer.compare(read("large.gz"), contents["large.gz"]!)).toBe(0);
    writeFileSync(at("large.gz"), wrong.subarray(1));
    expect((await download([mirror]))[1][0]).toMatchObject({
      kind: "wrong",
      reason: "expected 300000 bytes, got 299999",
    });
  });

  it("goes on where a dropped connection ended", async () => {
    const drop: Handler = (request, response, content, start) => {
      const end = Math.min(content.length, start + 100_000);
      const headers: Record<string, string | number> = { "content-length": content.length - start };
      if (start > 0) headers["content-range"] = `bytes ${start}-${content.length - 1}/${content.length}`;
      response.writeHead(request.headers.range ? 206 : 200, headers);
      response.write(content.subarray(start, end), () => setTimeout(() => response.destroy(), 20));
      if (end === content.length) response.end();
    };
    const mirror = await serve(drop);
    // Attempts that got on do not count as failures.
    const [results, events] = await download([mirror], { retries: 0 });
    expect(results).toEqual(["large.gz downloaded"]);
    expect(mirror.requests).toEqual(["large.gz 0", "large.gz 100000", "large.gz 200000"]);
    expect(events.filter((event) => event.kind === "retry")).toHaveLength(2);
    expect(Buffer.compare(read("large.gz"), contents["large.gz"]!)).toBe(0);
  });

  it("goes on where an earlier run ended", async () => {
    const mirror = await serve(honest);
    writeFileSync(at("large.gz.partial"), contents["large.gz"]!.subarray(0, 123_456));
    expect((await download([mirror]))[0]).toEqual(["large.gz downloaded"]);
    expect(mirror.requests).toEqual(["large.gz 123456"]);
    expect(Buffer.compare(read("large.gz"), contents["large.gz"]!)).toBe(0);
    expect(existsSync(at("large.gz.partial"))).toBe(false);
  });

  it("takes a complete partial file without a request", async () => {
    const mirror = await serve(honest);
    writeFileSync(at("large.gz.partial"), contents["large.gz"]!);
    expect((await download([mirror]))[0]).toEqual(["large.gz downloaded"]);
    expect(mirror.requests).toEqual([]);
  });

  it("starts anew when the partial file turns out wrong, or too long", async () => {
    for (const partial of [bytes(123_456), bytes(300_000), bytes(300_001)]) {
      const mirror = await serve(honest);
      rmSync(at("large.gz"), { force: true });
      writeFileSync(at("large.gz.partial"), partial);
      expect((await download([mirror]))[0]).toEqual(["large.gz downloaded"]);
      expect(mirror.requests.at(-1)).toBe("large.gz 0");
      expect(Buffer.compare(read("large.gz"), contents["large.gz"]!)).toBe(0);
    }
  });

  it("copes with a server that ignores Range", async () => {
    const mirror = await serve((_, response, content) => response.writeHead(200).end(content));
    writeFileSync(at("large.gz.partial"), contents["large.gz"]!.subarray(0, 200_000));
    expect((await download([mirror]))[0]).toEqual(["large.gz downloaded"]);
    expect(mirror.requests).toEqual(["large.gz 200000"]);
    expect(Buffer.compare(read("large.gz"), contents["large.gz"]!)).toBe(0);
  });

  it("does not trust a server that answers with another range, or with 416", async () => {
    const honestMirror = await serve(honest);
    for (const [handler, last] of [
      [
        ((_, r, content) =>
          r.writeHead(206, { "content-range": `bytes 0-${content.length - 1}/*` }).end(content)) as Handler,
        1000,
      ],
      [status(416), 0],
    ] as const) {
      const mirror = await serve(handler);
      rmSync(at("large.gz"), { force: true });
      writeFileSync(at("large.gz.partial"), contents["large.gz"]!.subarray(0, 1000));
      expect((await download([mirror, honestMirror]))[0]).toEqual(["large.gz downloaded"]);
      expect(honestMirror.requests.at(-1)).toBe(`large.gz ${last}`);
      expect(Buffer.compare(read("large.gz"), contents["large.gz"]!)).toBe(0);
    }
  });

  it("turns to the next mirror when one serves wrong, too few or too many bytes, or nothing", async () => {
    const wrong = bytes(300_000);
    const bad: [Handler, RegExp][] = [
      [(_, response) => response.writeHead(200).end(wrong), /wrong bytes: expected SHA-256/],
      [
        (_, response, content) => response.writeHead(200).end(content.subarray(0, 1000)),
        /connection ended after 1000 of 300000 bytes/,
      ],
      [
        (_, response, content) => response.writeHead(200).end(Buffer.concat([content, wrong])),
        /more bytes than the 300000 expected/,
      ],
      [status(404), /HTTP 404 Not Found/],
      [status(503), /HTTP 503/],
      [(_, response) => response.destroy(), /fetch failed \(.+\)/],
      [() => undefined, /no answer for 200 ms/],
    ];
    for (const [handler, reason] of bad) {
      const [first, second] = [await serve(handler), await serve(honest)];
      rmSync(at("large.gz"), { force: true });
      const [results, events] = await download([first, second], { timeout: 200 });
      expect(results).toEqual(["large.gz downloaded"]);
      expect(events.find((event) => event.kind === "retry")).toMatchObject({
        mirror: first.url,
        reason: expect.stringMatching(reason),
      });
      expect(Buffer.compare(read("large.gz"), contents["large.gz"]!)).toBe(0);
      expect(readdirSync(directory)).toEqual(["large.gz"]);
    }
  });

  it("gives up with one error that names every mirror's reason, and nothing half-written under the name", async () => {
    const mirrors = [
      await serve(status(404)),
      await serve((_, response) => response.writeHead(200).end(bytes(300_000))),
    ];
    const failed = download(mirrors, { retries: 3 });
    await expect(failed).rejects.toThrow(DownloadError);
    await expect(failed).rejects.toThrow(
      /large\.gz: not to be had after 4 attempts \(http.*: HTTP 404 Not Found; http.*: wrong bytes/,
    );
    expect(mirrors.map((mirror) => mirror.requests.length)).toEqual([2, 2]);
    expect(readdirSync(directory)).toEqual([]);
  });

  it("stops on a signal and goes on the next time", async () => {
    const stop = new AbortController();
    const mirror = await serve((_, response, content) => {
      response.writeHead(200, { "content-length": content.length });
      response.write(content.subarray(0, 100_000));
    });
    const progress = (event: DownloadProgress) => {
      if (event.kind === "bytes" && event.received === 100_000) stop.abort();
    };
    const stopped = download([mirror], { signal: stop.signal, progress });
    await expect(stopped).rejects.toThrow(
      "large.gz: stopped after 100000 of 300000 bytes; run the same again to go on",
    );
    mirror.handler = honest;
    expect((await download([mirror]))[0]).toEqual(["large.gz downloaded"]);
    expect(mirror.requests).toEqual(["large.gz 0", "large.gz 100000"]);
  });

  it("refuses impossible options and folders", async () => {
    const mirror = await serve(honest);
    await expect(downloadMnist(directory, { mirrors: [] })).rejects.toThrow(/at least one mirror/);
    await expect(downloadMnist(directory, { mirrors: ["ftp://host/"] })).rejects.toThrow(/got "ftp:\/\/host\/"/);
    await expect(download([mirror], { retries: -1 })).rejects.toThrow(/retries must not be negative, got -1/);
    writeFileSync(at("file"), "");
    directory = at("file");
    await expect(download([mirror])).rejects.toThrow(ValueError);
    directory = join(directory, "..");
    mkdirSync(at("large.gz.partial"));
    await expect(download([mirror])).rejects.toThrow(/cannot write in/);
  });
});

describe("the table of MNIST's files", () => {
  it("has the original files' sizes and hashes", () => {
    expect(MNIST_FILES.map(({ name, bytes, sha256 }) => `${sha256.slice(0, 8)} ${bytes} ${name}`)).toEqual([
      "440fcabf 9912422 train-images-idx3-ubyte.gz",
      "3552534a 28881 train-labels-idx1-ubyte.gz",
      "8d422c7b 1648877 t10k-images-idx3-ubyte.gz",
      "f7ae60f9 4542 t10k-labels-idx1-ubyte.gz",
    ]);
    for (const { sha256 } of MNIST_FILES) expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    // The four hashes together, so that no digit of them changes unnoticed.
    const all = MNIST_FILES.map(({ sha256 }) => sha256).join("\n");
    expect(createHash("sha256").update(all).digest("hex")).toBe(
      "4f0b1b7e031471a2e6b7ff1eb267f86acbf9a397723b387b0000df8c8fcc9f59",
    );
    for (const mirror of MNIST_MIRRORS) expect(mirror).toMatch(/^https:\/\/.*\/mnist\/$/);
  });
});
