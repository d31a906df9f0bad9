// `spherical-cnn report`: a page with tables and plots from the records of experiments in a folder.

import { readdir, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import type { CAC } from "cac";
import { ValueError } from "../errors.ts";
import { MARK, report } from "../experiments/report.ts";
import { readInput, writeOutput } from "./files.ts";
import { flag, type Options, required, text } from "./options.ts";

const PAGE = "README.md";

/** Bytes of a record: an epoch takes 400. */
const LARGEST = 1 << 26;

export function registerReport(cli: CAC): void {
  cli
    .command("report", "Tables and plots from the records of experiments")
    .option("--results <dir>", "Folder with the records, *.jsonl, in it or in folders below")
    .option("--out <dir>", `Where ${PAGE} and the plots go; the folder of the records by default`)
    .option("--overwrite", `Replace a ${PAGE} that someone else has written`)
    .option("--json", "Say what was made in JSON")
    .action(run);
}

async function run(options: Options): Promise<void> {
  const folder = required(options, "results");
  const out = text(options, "out") ?? folder;
  const paths = await recordsIn(folder);
  if (paths.length === 0) {
    throw new ValueError(`--results: there is no record, *.jsonl, in ${folder}; spherical-cnn experiment makes them`);
  }
  const files = new Map<string, string>();
  for (const path of paths) {
    const { size } = await stat(path);
    if (size > LARGEST) throw new ValueError(`${path}: expected a record of at most ${LARGEST} bytes, got ${size}`);
    const name = relative(out, path).split(sep).join("/");
    files.set(name, new TextDecoder().decode(await readInput(path)));
  }
  const { markdown, plots } = report(files);
  const page = join(out, PAGE);
  await checkPage(page, flag(options, "overwrite"));
  for (const { name, svg } of plots) await writeOutput(join(out, `${name}.svg`), new TextEncoder().encode(svg));
  await writeOutput(page, new TextEncoder().encode(markdown));
  if (flag(options, "json")) {
    console.log(JSON.stringify({ page, plots: plots.map(({ name }) => join(out, `${name}.svg`)), records: paths }));
  } else console.log(`${paths.length} records, ${plots.length} plots, written to ${page}`);
}

/** Sorted, so that the page depends on the records alone. */
async function recordsIn(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw new ValueError(`--results: cannot read the folder ${folder} (${error.code})`);
  });
  const paths: string[] = [];
  for (const name of names.filter((each) => each.endsWith(".jsonl")).sort()) {
    if ((await stat(join(folder, name)).catch(() => undefined))?.isFile()) paths.push(join(folder, name));
  }
  return paths;
}

/** @throws ValueError if a page is there that this command did not make */
async function checkPage(page: string, overwrite: boolean): Promise<void> {
  const there = await stat(page).catch(() => undefined);
  if (!there || overwrite) return;
  const begin = new TextDecoder().decode((await readInput(page)).subarray(0, MARK.length));
  if (begin !== MARK) throw new ValueError(`there is a ${page} that is no report; --overwrite replaces it`);
}
