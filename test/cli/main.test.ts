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
      refused(/demo: unknown option --colour/, "demo", "--colour", "red"),
      refused(/demo: unknown option -x/, "demo", "-x"),
      refused(/demo: unknown option --__proto__/, "demo", "--__proto__", "x"),
      refused(/demo: unexpected argument now/, "demo", "now"),
      refused(/info: expected info <file>, but file is missing/, "info"),
      refused(/--seed needs a value/, "demo", "--seed"),
      refused(/--seed needs a value/, "demo", "--seed", "--json"),
      refused(/--seed was given 2 times/, "demo", "--seed", "1", "--seed", "2"),
      refused(/--json is a switch and takes no value, got yes/, "demo", "--json=yes"),
    ]);
  });

  test("values are taken as they were typed", async () => {
    const transform = (...rest: string[]) => ["transform", "s2-fft", ...rest];
    await Promise.all([
      refused(/cannot read 1e3: /, ...transform("--input", "1e3", "--output", "x.npy")),
      refused(/cannot read 0123: /, ...transform("--input=0123", "--output", "x.npy")),
      refused(/--output needs a value/, ...transform("--input", "x", "--output", "")),
      refused(/--seed needs a value/, "demo", "--seed="),
      refused(/--seed: expected a whole number of at least 0, got -3/, "demo", "--seed", "-3"),
      refused(/--seed: expected a whole number of at least 0, got {3}$/m, "demo", "--seed", "  "),
      refused(/got -1\n/, ...transform("--input", "x", "--output", "y", "--bandwidth", "-1")),
      refused(/info: expected info <file>/, "info", "--network", "mnist-deep"),
      refused(/cannot read --json: /, "info", "--", "--json"),
    ]);
  });

  test("a reader that stops reading is no error", async () => {
    const { child, finished } = start(["info", "test/reference/pt/state_dict.pt"]);
    child.stdout?.destroy();
    expect(await finished).toMatchObject({ code: 0, stderr: "" });
  });
});
