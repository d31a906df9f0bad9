// Every program of the pages, as it stands, against the built package: its types, and what it does.

import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { BLOCKS, nameOf, preparedFolder } from "./blocks.ts";

/** The module script of a page, below as many empty lines as there were. */
function scriptOf(page: string): string {
  const [before, script] = /^([\s\S]*<script type="module">)([\s\S]*)<\/script>/.exec(page)!.slice(1);
  return before!.replaceAll(/[^\n]/g, "") + script;
}

const forNode = (text: string): string =>
  text.replaceAll(/"npm:(spherical-cnn[^"]*)"/g, '"$1"').replaceAll(/"[^"]*\/bundle\.mjs"/g, '"spherical-cnn/bundle"');

const programs = BLOCKS.filter(
  ({ language, about }) => (/^(ts|js)$/.test(language) && about === "") || language === "html",
).map(({ language, text, ...block }) => ({ ...block, text: forNode(language === "html" ? scriptOf(text) : text) }));

/** A program that asks the worker in `file` for an answer to a picture. */
const asking = (file: string): string => `
  const { default: worker } = await import(${JSON.stringify(file)});
  const request = new Request("http://localhost/", { method: "POST", body: new Uint8Array(60 * 60) });
  const response = await worker.fetch(request);
  console.log(response.status, await response.text());
  process.exitCode = response.ok ? 0 : 1;`;

/** Inside the package, its own name leads to its exports. */
const place = (i: number, ending: string) => resolve(`dist/docs-${process.pid}-${i}.${ending}`);

it("has programs", () => {
  expect(programs.length).toBeGreaterThanOrEqual(10);
});

it("have no type errors", () => {
  const texts = new Map(programs.map(({ text }, i) => [place(i, "mts"), text]));
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    lib: ["lib.es2023.d.ts", "lib.dom.d.ts", "lib.esnext.disposable.d.ts"],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    types: ["node"],
    strict: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: true,
    noEmit: true,
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (name) => texts.has(name) || fileExists(name);
  host.readFile = (name) => texts.get(name) ?? readFile(name);
  host.getSourceFile = (name, version, ...rest) => {
    const text = texts.get(name);
    return text === undefined ? getSourceFile(name, version, ...rest) : ts.createSourceFile(name, text, version);
  };
  const program = ts.createProgram([...texts.keys()], options, host);
  const found = ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const number = [...texts.keys()].indexOf(file?.fileName ?? "");
    const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
    const { page = "the compiler", line: fence = 0 } = programs[number] ?? {};
    return `${page}:${fence + line}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
  });
  expect(found).toEqual([]);
});

describe("run", async () => {
  const folder = await preparedFolder();
  it.each(programs.map((block, i) => ({ name: nameOf(block), text: block.text, i })))("$name", ({ text, i }) => {
    const { outputText } = ts.transpileModule(text, {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
    });
    const file = place(i, "mjs");
    writeFileSync(file, outputText);
    const args = /^export default/m.test(text) ? ["--input-type=module", "--eval", asking(file)] : [file];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
    rmSync(file);
    expect(stderr).toBe("");
    expect(status).toBe(0);
    const said = [...text.matchAll(/^\s*\/\/ → (.*)$/gm)].map(([, line]) => line!);
    if (said.length > 0) expect(stdout.trimEnd().split("\n")).toEqual(said);
  });
});
