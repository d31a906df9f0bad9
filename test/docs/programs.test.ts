// Every program of the pages, as it stands, against the built package: its types, and what it does.

import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { BLOCKS, nameOf, preparedFolder } from "./blocks.ts";

const programs = BLOCKS.filter(({ language, about }) => /^(ts|js)$/.test(language) && about === "");

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
    const { status, stdout, stderr } = spawnSync(process.execPath, [file], { cwd: folder, encoding: "utf8" });
    rmSync(file);
    expect(stderr).toBe("");
    expect(status).toBe(0);
    const said = [...text.matchAll(/^\s*\/\/ → (.*)$/gm)].map(([, line]) => line!);
    if (said.length > 0) expect(stdout.trimEnd().split("\n")).toEqual(said);
  });
});
