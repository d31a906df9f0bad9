// Clean projects: a folder with the packed package installed in it, and nothing else but what is put there. Tools are found
// above it, in .cache/node_modules.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { inject } from "vitest";
import { CACHE } from "./installed.mjs";

/** What program.js reports of one engine. */
export interface Numbers {
  readonly build: string;
  readonly logits: string;
  readonly loss: number;
  readonly gradients: string;
  readonly weights: string;
  readonly megabytes: number;
}

export interface Report {
  readonly f32: Numbers;
  readonly f64: Numbers;
  readonly auto: Numbers;
  readonly special: string;
  readonly refusals: Readonly<Record<string, string>>;
  readonly withThreads?: { readonly f32: Numbers; readonly threads: readonly number[]; readonly warnings: string[] };
}

declare module "vitest" {
  interface ProvidedContext {
    /** A folder with the package as npm installed it from its tarball, in node_modules. */
    installed: string;
    /** The files of the tarball. */
    contents: string[];
    /** What the Node that runs the tests reports. */
    reference: Report;
  }
}

const WITH_THREADS = `{ ...(await report(cnn, special, modules)), withThreads: await reportWithThreads(cnn, threads) }`;

/** Programs around program.js. The text of the report is what `tell` gets. */
const IMPORTS = `import * as cnn from "spherical-cnn";
import * as special from "spherical-cnn/special";
import * as threads from "spherical-cnn/threads";
import { refusalOf, report, reportWithThreads } from "./program.js";
`;
export const PRINTS = `${IMPORTS}const modules = undefined;
console.log(JSON.stringify(${WITH_THREADS}));
`;
export const PRINTS_REQUIRED = `const cnn = require("spherical-cnn");
const special = require("spherical-cnn/special");
const threads = require("spherical-cnn/threads");
const { report, reportWithThreads } = require("./program.js");
const modules = undefined;
(async () => console.log(JSON.stringify(${WITH_THREADS})))();
`;
export const PRINTS_REFUSAL = `import * as cnn from "spherical-cnn";
import { refusalOf } from "./program.js";
console.log(JSON.stringify(await refusalOf(cnn)));
`;
/** In a page: a promise, which who drives the browser waits for. The report may take a turn of the event loop first. */
export const SHOWS = `${IMPORTS}const modules = undefined;
const work = async () => (location.hash === "#refusal" ? refusalOf(cnn) : ${WITH_THREADS});
globalThis.result = work().catch((error) => ({ failed: String(error.stack ?? error) }));
`;
export const PAGE = (script: string) => `<!doctype html>
<meta charset="utf-8">
<title>spherical-cnn</title>
<script type="module" src="${script}"></script>
`;

/** Writes files by name into a folder. */
export function write(folder: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(join(folder, file, ".."), { recursive: true });
    writeFileSync(join(folder, file), content);
  }
}

/** A clean project with these files by name, the package and program.js. */
export function project(name: string, files: Readonly<Record<string, string | Uint8Array>>): string {
  const projects = join(CACHE, "projects");
  mkdirSync(projects, { recursive: true });
  const folder = mkdtempSync(join(projects, `${name}-`));
  const manifest = { name, private: true, type: "module", dependencies: { "spherical-cnn": "*" } };
  cpSync(join(inject("installed"), "node_modules"), join(folder, "node_modules"), { recursive: true });
  copyFileSync(join(import.meta.dirname, "program.js"), join(folder, "program.js"));
  write(folder, { "package.json": JSON.stringify(manifest), ...files });
  return folder;
}

/** A program from npm, in .cache. */
export const tool = (path: string) => join(CACHE, "node_modules", path);

/** That of a user: nothing of the tests' own, and nobody is told of it. */
const ENVIRONMENT: NodeJS.ProcessEnv = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(NODE_|VITEST|VITE_|npm_)/.test(name))),
  CI: "1",
  NEXT_TELEMETRY_DISABLED: "1",
  WRANGLER_SEND_METRICS: "false",
};

/** Runs a program in a folder and gives what it prints. @throws Error with all of it if the program fails */
export function run(folder: string, command: readonly string[], env: Readonly<Record<string, string>> = {}): string {
  const [program, ...args] = command;
  const result = spawnSync(program!, args, { cwd: folder, encoding: "utf8", env: { ...ENVIRONMENT, ...env } });
  if (result.status === 0) return result.stdout;
  throw new Error(
    `${command.join(" ")}: ${result.error ?? `status ${result.status}`}\n${result.stdout}\n${result.stderr}`,
  );
}

/** The last line that a program prints, which is JSON. */
export function runJson<T>(folder: string, command: readonly string[], env?: Readonly<Record<string, string>>): T {
  return JSON.parse(run(folder, command, env).trimEnd().split("\n").at(-1)!);
}

/** A server that is ready, and what it has printed until then, without colours. */
export interface Server {
  readonly child: ChildProcess;
  readonly printed: string;
}

/** Starts a server and waits until it prints `ready`. */
export async function start(folder: string, command: readonly string[], ready: RegExp): Promise<Server> {
  const [program, ...args] = command;
  const child = spawn(program!, args, { cwd: folder, env: ENVIRONMENT, stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (data) => {
        printed += stripVTControlCharacters(String(data));
        if (ready.test(printed)) resolve();
      });
    }
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`${command.join(" ")} ended with ${code}\n${printed}`)));
  });
  return { child, printed };
}
