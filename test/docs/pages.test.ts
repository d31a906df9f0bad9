// What the pages say of files: links lead somewhere, excerpts are in the source, JSON is JSON, the index knows every page.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { BLOCKS, nameOf, PAGES } from "./blocks.ts";

/** A heading's anchor, as the places that show Markdown make it. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replaceAll(/\s/g, "-");

const anchorsOf = (file: string): string[] =>
  [...readFileSync(file, "utf8").matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchorOf(heading!));

it.each(PAGES)("links of %s lead somewhere", (page) => {
  const text = readFileSync(page, "utf8").replaceAll(/^```[\s\S]*?^```$/gm, "");
  const broken = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target!)
    .filter((target) => !/^[a-z]+:/.test(target))
    .filter((target) => {
      const [file, anchor] = target.split("#") as [string, string?];
      const path = file === "" ? page : join(dirname(page), file);
      return !existsSync(path) || (anchor !== undefined && !anchorsOf(path).includes(anchor));
    });
  expect(broken).toEqual([]);
});

it("the index of docs/ names every page and every picture is shown somewhere", () => {
  const index = readFileSync("docs/README.md", "utf8");
  const pages = readdirSync("docs").filter((name) => name.endsWith(".md") && name !== "README.md");
  expect(pages.filter((name) => !index.includes(`](${name})`))).toEqual([]);
  const everything = PAGES.map((page) => readFileSync(page, "utf8")).join("\n");
  expect(readdirSync("docs/pictures").filter((name) => !everything.includes(`pictures/${name})`))).toEqual([]);
});

const excerpts = BLOCKS.filter(({ about }) => /^(src|assembly)\//.test(about));

it.each(excerpts.map((block) => ({ name: nameOf(block), block })))("$name is in the source", ({ block }) => {
  const source = readFileSync(block.about, "utf8")
    .split("\n")
    .map((line) => line.trim());
  let at = 0;
  for (const line of block.text.split("\n").map((each) => each.trim())) {
    if (line === "" || line === "…") continue;
    const found = source.indexOf(line, at);
    expect({ line, found: found >= 0 }, block.about).toEqual({ line, found: true });
    at = found + 1;
  }
});

it.each(
  BLOCKS.filter(({ language }) => language === "json").map((block) => ({ name: nameOf(block), text: block.text })),
)("$name is JSON", ({ text }) => {
  expect(() => JSON.parse(text)).not.toThrow();
});

it("every block is of a kind that is tested, or is not code", () => {
  const untested = BLOCKS.filter(
    ({ language, about }) =>
      !/^(ts|js|html|sh|json|toml|)$/.test(language) || (about !== "" && !/^(src|assembly)\//.test(about)),
  );
  expect(untested.map(nameOf)).toEqual([]);
});
