#!/usr/bin/env node
// The command line `spherical-cnn`. Results go to stdout, progress and notes to stderr. Whatever goes wrong ends in one
// line and an exit code that is not 0.

import cac from "cac";
import { SphericalCnnError, ValueError } from "../errors.ts";
import { VERSION } from "../version.ts";
import { registerData } from "./data.ts";
import { registerDemo } from "./demo.ts";
import { registerEvaluate } from "./evaluate.ts";
import { registerExperiment } from "./experiment.ts";
import { registerInfo } from "./info.ts";
import { parseWords } from "./options.ts";
import { registerPredict } from "./predict.ts";
import { printable } from "./printable.ts";
import { registerReport } from "./report.ts";
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
    registerExperiment,
    registerReport,
  ];
  for (const register of registrations) register(cli);
  cli.help();
  cli.version(VERSION);
  const known = cli.commands.flatMap((command) =>
    command.options.map((option) => ({ ...option, name: typed(option) })),
  );
  const { args, options } = parseWords(process.argv.slice(2), known);
  const [name, ...rest] = args;
  const command = cli.commands.find((each) => each.name === name);
  if (options.help) return command ? command.outputHelp() : cli.outputHelp();
  if (options.version && name === undefined) return cli.outputVersion();
  if (!command) {
    const names = cli.commands.map((each) => each.name).join(", ");
    const what = name === undefined ? "expected a command" : `unknown command ${name}, expected one`;
    throw new ValueError(`${what} of ${names}; --help says more`);
  }
  for (const option of Object.keys(options)) {
    if (command.options.some((each) => typed(each) === option)) continue;
    throw new ValueError(
      `${name}: unknown option ${option.length > 1 ? "--" : "-"}${option}; --help shows those there are`,
    );
  }
  if (rest.length < command.args.length) {
    throw new ValueError(`${name}: expected ${command.rawName}, but ${command.args[rest.length]!.value} is missing`);
  }
  if (rest.length > command.args.length) {
    throw new ValueError(`${name}: unexpected argument ${rest[command.args.length]}`);
  }
  await command.commandAction!(...rest, options);
}

/** An option's name as it is typed; cac keeps test-limit as testLimit. */
function typed({ name }: { readonly name: string }): string {
  return name.replaceAll(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`);
}

/** One line for people, whatever the error. */
function describe(error: unknown): string {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const line = message.replaceAll(/:\s*\n\s*/g, ": ").replaceAll(/\s*\n\s*/g, "; ");
  const safe = printable(line);
  return error instanceof SphericalCnnError ? safe : `unexpected ${name}: ${safe}; please report this`;
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
