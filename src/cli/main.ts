#!/usr/bin/env node
// The command line `spherical-cnn`. Results go to stdout, progress and notes to stderr. Whatever goes wrong ends in one
// line and an exit code that is not 0.

import cac from "cac";
import { SphericalCnnError, ValueError } from "../errors.ts";
import { VERSION } from "../train/checkpoint.ts";
import { registerData } from "./data.ts";
import { registerDemo } from "./demo.ts";
import { registerEvaluate } from "./evaluate.ts";
import { registerInfo } from "./info.ts";
import { registerPredict } from "./predict.ts";
import { registerTrain } from "./train.ts";
import { registerTransform } from "./transform.ts";

async function main(): Promise<void> {
  const cli = cac("spherical-cnn");
  const registrations = [
    registerDemo,
    registerPredict,
    registerEvaluate,
    registerTransform,
    registerInfo,
    registerData,
    registerTrain,
  ];
  for (const register of registrations) register(cli);
  cli.help();
  cli.version(VERSION);
  cli.parse(process.argv, { run: false });
  if (cli.options.help || cli.options.version) return;
  const { matchedCommand, args } = cli;
  if (!matchedCommand) {
    const names = cli.commands.map(({ name }) => name).join(", ");
    const what = args[0] === undefined ? "expected a command" : `unknown command ${args[0]}, expected one`;
    throw new ValueError(`${what} of ${names}; --help says more`);
  }
  const extra = args[matchedCommand.args.length];
  if (extra !== undefined) throw new ValueError(`${matchedCommand.name}: unexpected argument ${extra}`);
  await cli.runMatchedCommand();
}

/** One line for people, whatever the error. */
function describe(error: unknown): string {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const line = message.replaceAll(/:\s*\n\s*/g, ": ").replaceAll(/\s*\n\s*/g, "; ");
  const known = error instanceof SphericalCnnError || name === "CACError";
  return known ? line : `unexpected ${name}: ${line}; please report this`;
}

// A reader that has seen enough, such as `head`, is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? 0 : 1);
});

try {
  await main();
} catch (error) {
  console.error(`spherical-cnn: ${describe(error)}`);
  process.exitCode ||= 1;
}
