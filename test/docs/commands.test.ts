// Every command of the pages: those in blocks `sh` are run, in a folder with the files that they name; in all blocks, options
// exist, scripts are those of package.json, and files are there.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { BLOCKS, type Block, nameOf, PAGES, preparedFolder } from "./blocks.ts";

const PROGRAM = resolve("dist/cli.mjs");
/** It fetches from the network; test/cli/data.test.ts runs it against a server of its own. */
const DOWNLOADS = /^npx spherical-cnn data /;
/** Commands that are npm's own. */
const NPM = ["ci", "i", "install"];

/** The commands in a text: lines that begin with a program's name, those that go on on the next joined. */
const commandsIn = (text: string): string[] =>
  text
    .replaceAll(/\\\n\s*/g, "")
    .split("\n")
    .map((line) => line.replace(/\s+#.*$/, "").trim())
    .filter((line) => /^(npx|npm|node|spherical-cnn) /.test(line));

function run(command: string, cwd: string) {
  const args = command.replace(/^(npx )?spherical-cnn /, "").match(/'[^']*'|\S+/g)!;
  const plain = args.map((arg) => arg.replace(/^'(.*)'$/, "$1"));
  return spawnSync(process.execPath, [PROGRAM, ...plain], {
    cwd,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  });
}

const help = new Map<string, string>();
/** What `spherical-cnn <name> --help` prints. */
function helpOf(name: string): string {
  if (!help.has(name)) help.set(name, run(`spherical-cnn ${name} --help`, ".").stdout);
  return help.get(name)!;
}

/** Fenced and indented blocks alike, a command of a text only where a line begins with it. */
const all = PAGES.flatMap((page) =>
  commandsIn(readFileSync(page, "utf8")).map((command) => ({ command, name: `${page}: ${command}` })),
);

describe("are possible", () => {
  const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> };

  it.each(all)("$name", ({ command }) => {
    const words = command.split(/\s+/);
    if (words[0] === "npm") {
      const script = words[1] === "run" ? words[2]! : words[1]!;
      expect([...NPM, ...Object.keys(scripts)]).toContain(script);
    } else if (words[0] === "node") {
      if (words[1]!.startsWith("dist/")) return;
      expect(existsSync(words[1]!)).toBe(true);
    } else {
      const [name, ...rest] = words.slice(words[0] === "npx" ? 1 : 0);
      if (name !== "spherical-cnn") return;
      const text = helpOf(rest[0]!);
      for (const option of rest.filter((word) => word.startsWith("--"))) expect(text).toContain(option);
    }
  });
});

describe("do what they are for", async () => {
  const shells = BLOCKS.filter(({ language, text }: Block) => language === "sh" && /spherical-cnn /.test(text));
  for (const block of shells) {
    const folder = await preparedFolder();
    for (const command of commandsIn(block.text)) {
      if (!/^npx spherical-cnn /.test(command) || DOWNLOADS.test(command)) continue;
      it(`${nameOf(block)} ${command}`, { timeout: 120_000 }, () => {
        const { status, stderr } = run(command, folder);
        expect(stderr).toBe("");
        expect(status).toBe(0);
      });
    }
  }
});
