// `spherical-cnn experiment <kind>`: each kind of experiment has its options and leaves a record (docs/experiments.md).

import type { CAC } from "cac";
import { ValueError } from "../errors.ts";
import { EQUIVARIANCE_EXPERIMENT } from "./experiment-equivariance.ts";
import { MNIST_EXPERIMENT } from "./experiment-mnist.ts";
import type { Options } from "./options.ts";

/** An experiment as the command line knows it. */
export interface Experiment {
  readonly summary: string;
  /** As in a command's options: "--seed <seed>", or "--resume" for a switch; each with what it means. */
  readonly options: Readonly<Record<string, string>>;
  run(options: Options): Promise<void>;
}

const EXPERIMENTS: Readonly<Record<string, Experiment>> = {
  mnist: MNIST_EXPERIMENT,
  equivariance: EQUIVARIANCE_EXPERIMENT,
};

const kinds = Object.keys(EXPERIMENTS);

/** The names that an experiment's options have when they are parsed. */
const optionNames = ({ options }: Experiment) => Object.keys(options).map((option) => option.split(" ")[0]!.slice(2));

export function registerExperiment(cli: CAC): void {
  const command = cli.command(
    "experiment <kind>",
    `Run an experiment and record it: ${kinds.map((kind) => `${kind} (${EXPERIMENTS[kind]!.summary})`).join(", ")}`,
  );
  // An option that several kinds have is listed once, with what it means to each.
  const meanings = new Map<string, Map<string, string[]>>();
  for (const [kind, { options }] of Object.entries(EXPERIMENTS)) {
    for (const [option, meaning] of Object.entries(options)) {
      const kindsOf = meanings.get(option) ?? new Map<string, string[]>();
      kindsOf.set(meaning, [...(kindsOf.get(meaning) ?? []), kind]);
      meanings.set(option, kindsOf);
    }
  }
  for (const [option, kindsOf] of meanings) {
    const text = [...kindsOf].map(([meaning, of]) => (kinds.length > 1 ? `${of.join(", ")}: ${meaning}` : meaning));
    command.option(option, text.join("; "));
  }
  command.action(run);
}

async function run(kind: string, options: Options): Promise<void> {
  if (!Object.hasOwn(EXPERIMENTS, kind)) {
    throw new ValueError(`experiment: expected one of ${kinds.join(", ")}, got ${kind}`);
  }
  const experiment = EXPERIMENTS[kind]!;
  const known = optionNames(experiment);
  const strange = Object.keys(options).find((option) => !known.includes(option));
  if (strange !== undefined) {
    throw new ValueError(
      `experiment ${kind}: unknown option --${strange}; it has ${known.map((name) => `--${name}`).join(", ")}`,
    );
  }
  await experiment.run(options);
}
