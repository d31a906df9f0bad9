// The built command line, run as a user runs it: in a process of its own. `npm test` builds it before.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, expect } from "vitest";

const PROGRAM = resolve("dist/cli.mjs");

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts `spherical-cnn` with these arguments; `finished` resolves when it has ended. */
export function start(args: readonly string[]): { child: ChildProcess; finished: Promise<Finished> } {
  const { FORCE_COLOR: _, ...environment } = process.env;
  const child = spawn(process.execPath, [PROGRAM, ...args], { env: { ...environment, NO_COLOR: "1" } });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  const finished = new Promise<Finished>((done) => child.on("close", (code) => done({ code, stdout, stderr })));
  return { child, finished };
}

export const run = (...args: string[]): Promise<Finished> => start(args).finished;

/** Runs it, which must succeed, and returns what it printed. */
export async function succeed(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(...args);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  return stdout;
}

/** Runs it on bad input: nothing on stdout, one line on stderr that matches, an exit code that is not 0. */
export async function refused(message: RegExp, ...args: string[]): Promise<void> {
  const { code, stdout, stderr } = await run(...args);
  expect(stderr).toMatch(/^spherical-cnn: [^\n]+\n$/);
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/please report|node:internal|\bat .*:\d+:\d+/);
  expect(stdout).toBe("");
  expect(code).toBe(1);
}

/** A folder of the test's own, removed after its tests. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "spherical-cnn-cli-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Names in a folder, sorted: to see that nothing half-written was left. */
export const namesIn = (folder: string): string[] => readdirSync(folder).sort();

/** Writes pictures and labels as the files of half of MNIST. */
export function writeMnist(folder: string, half: "train" | "t10k", images: Uint8Array, labels: Uint8Array): void {
  const idx = (dimensions: readonly number[], data: Uint8Array) => {
    const header = new DataView(new ArrayBuffer(4 + 4 * dimensions.length));
    header.setUint32(0, 0x800 + dimensions.length);
    dimensions.forEach((size, i) => {
      header.setUint32(4 + 4 * i, size);
    });
    return Buffer.concat([new Uint8Array(header.buffer), data]);
  };
  writeFileSync(join(folder, `${half}-images-idx3-ubyte.gz`), gzipSync(idx([labels.length, 28, 28], images)));
  writeFileSync(join(folder, `${half}-labels-idx1-ubyte`), idx([labels.length], labels));
}
