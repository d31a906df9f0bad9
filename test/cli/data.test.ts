// `data mnist` against a server of our own; the download itself is tested in test/data/download.test.ts.

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { namesIn, refused, start, temporaryFolder } from "../support/cli.ts";

const folder = temporaryFolder();
let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

test("interrupted it keeps what has come, and says so in one line", async () => {
  const asked = new Promise<string>((resolve) => {
    server = createServer((request, response) => {
      response.writeHead(200, { "content-length": 9912422 });
      response.write(Buffer.alloc(1000));
      setTimeout(() => resolve(request.url!), 100);
    }).listen(0, "127.0.0.1");
  });
  await new Promise((ready) => server!.once("listening", ready));
  const mirror = `http://127.0.0.1:${(server!.address() as AddressInfo).port}/`;
  const { child, finished } = start(["data", "mnist", "--dir", join(folder, "mnist"), "--mirror", mirror]);
  expect(await asked).toBe("/train-images-idx3-ubyte.gz");
  child.kill("SIGINT");
  const { code, stdout, stderr } = await finished;
  expect(stderr).toMatch(/^spherical-cnn: train-images-idx3-ubyte\.gz: stopped after 1000 of 9912422 bytes; [^\n]+\n$/);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(namesIn(join(folder, "mnist"))).toEqual(["train-images-idx3-ubyte.gz.partial"]);
});

test("refused: another set, a mirror that is no address, a folder that cannot be", async () => {
  await Promise.all([
    refused(/data: expected mnist, got cifar/, "data", "cifar"),
    refused(
      /expected a mirror's address beginning with http:\/\/ or https:\/\//,
      "data",
      "mnist",
      "--dir",
      folder,
      "--mirror",
      "ftp",
    ),
    refused(/cannot write in package\.json/, "data", "mnist", "--dir", "package.json"),
    refused(/--dir needs a value|value is missing/, "data", "mnist", "--dir"),
  ]);
});
