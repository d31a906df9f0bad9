// The command line as a whole: help, version, commands and options that are not there.

import { describe, expect, test } from "vitest";
import { refused, start, succeed } from "../support/cli.ts";

const COMMANDS = ["demo", "predict", "evaluate", "transform", "info", "data", "train"];

describe("spherical-cnn", () => {
  test("--help lists the commands, --version the version", async () => {
    const help = await succeed("--help");
    for (const command of COMMANDS) expect(help).toMatch(new RegExp(`^ {2}${command} `, "m"));
    expect(await succeed("--version")).toMatch(/^spherical-cnn\/\d+\.\d+\.\d+/);
  });

  test.each(COMMANDS)("%s --help shows its options", async (command) => {
    const help = await succeed(command, "--help");
    expect(help).toContain(`spherical-cnn ${command}`);
    expect(help).toContain("--json");
  });

  test("no command, unknown commands and options, arguments too many or too few", async () => {
    await Promise.all([
      refused(/expected a command of demo, predict/),
      refused(/unknown command constelate, expected one of demo/, "constelate"),
      refused(/Unknown option `--colour`/, "demo", "--colour", "red"),
      refused(/demo: unexpected argument now/, "demo", "now"),
      refused(/missing required args for command `info <file>`/, "info"),
      refused(/option `--seed <seed>` value is missing/, "demo", "--seed"),
      refused(/--seed was given 2 times/, "demo", "--seed", "1", "--seed", "2"),
      refused(/demo: unexpected argument yes/, "demo", "--json=yes"),
    ]);
  });

  test("a reader that stops reading is no error", async () => {
    const { child, finished } = start(["info", "test/reference/pt/state_dict.pt"]);
    child.stdout?.destroy();
    expect(await finished).toMatchObject({ code: 0, stderr: "" });
  });
});
