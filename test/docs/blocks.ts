// The fenced blocks of README, CONTRIBUTING and docs/, and a folder in which their programs and commands find the files that
// they name.
//
// The word after a fence says how a block is tested:
//
//   ts, js            a program: its types are checked, it is run as it stands, and lines "// → text" say what it prints
//   html              its module script is such a program; the bundle is imported from wherever it is served
//   ts src/nn/x.ts    an excerpt: its lines are in that file, in this order; a line "…" stands for what is left out
//   sh                commands: npx spherical-cnn … is run, npm … names a script, node … a file
//   json              JSON
//
// What a program imports as npm:spherical-cnn, as Deno calls it, is imported as spherical-cnn; one whose default export has
// fetch, as a worker's has, is asked for one answer. That they run in those hosts as well is for test/runtimes.

import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { readDigits } from "../../src/data/digits.ts";
import { writeNpy } from "../../src/formats/npy.ts";
import { writeMnist } from "../support/cli.ts";
import { referenceTensors } from "../support/reference.ts";

export interface Block {
  readonly page: string;
  /** Of the fence. */
  readonly line: number;
  readonly language: string;
  /** What follows the language on the fence's line. */
  readonly about: string;
  readonly text: string;
}

export const PAGES = [
  "README.md",
  "CONTRIBUTING.md",
  "models/README.md",
  ...readdirSync("docs")
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

export const BLOCKS: readonly Block[] = PAGES.flatMap((page) => {
  const text = readFileSync(page, "utf8");
  return [...text.matchAll(/^```(\S*) ?(.*)\n([\s\S]*?)^```$/gm)].map((match) => ({
    page,
    line: text.slice(0, match.index).split("\n").length,
    language: match[1]!,
    about: match[2]!,
    text: match[3]!,
  }));
});

/** What a test of the block is called. */
export const nameOf = ({ page, line }: Pick<Block, "page" | "line">): string => `${page}:${line}`;

const DIGITS = 32;

/**
 * A folder with the files that the pages name: models, a small MNIST in data/, and in state_dict.pt, images.npy and logits.npy
 * a network of PyTorch's with what it makes of eight digits.
 */
export async function preparedFolder(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "spherical-cnn-docs-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  cpSync("models", join(folder, "models"), { recursive: true });
  cpSync("test/reference/pt/state_dict.pt", join(folder, "state_dict.pt"));
  const { images, labels } = await readDigits(
    readFileSync("models/mnist-test-500-images-idx3-ubyte.gz"),
    readFileSync("models/mnist-test-500-labels-idx1-ubyte.gz"),
    { limit: DIGITS },
  );
  mkdirSync(join(folder, "data"));
  writeMnist(join(folder, "data"), "train", images, labels);
  writeMnist(join(folder, "data"), "t10k", images, labels);
  const reference = referenceTensors("mnist_original");
  const digits = reference.get("images_u8")!;
  const logits = reference.get("logits_eval")!;
  const pictures = writeNpy({ shape: digits.shape, dtype: "u8", data: Uint8Array.from(digits.values) });
  writeFileSync(join(folder, "images.npy"), pictures);
  writeFileSync(join(folder, "logits.npy"), writeNpy({ shape: logits.shape, dtype: "f64", data: logits.values }));
  const signal = Float64Array.from({ length: 20 ** 3 }, (_, i) => Math.sin(i));
  writeFileSync(join(folder, "signal.npy"), writeNpy({ shape: [20, 20, 20], dtype: "f64", data: signal }));
  return folder;
}
