// `spherical-cnn info`: what a file of weights holds.

import type { CAC } from "cac";
import { readWeights } from "../formats/weights.ts";
import type { ModuleDescription } from "../nn/module.ts";
import { createEngine } from "../tensor/engine.ts";
import { product } from "../tensor/layout.ts";
import { type CheckpointInfo, loadCheckpoint } from "../train/checkpoint.ts";
import { readInput } from "./files.ts";
import { flag, type Options, text } from "./options.ts";
import { printable } from "./printable.ts";

export function registerInfo(cli: CAC): void {
  cli
    .command("info <file>", "Architecture, parameters and tensors of a checkpoint or of PyTorch's weights")
    .option("--network <name>", "The network that the weights belong to, where the file does not say")
    .option("--json", "The same in JSON")
    .action(run);
}

/** A line, or JSON: what the file says is untrusted. */
const say = (text: string) => console.log(printable(text));

interface Summary {
  readonly info: Omit<CheckpointInfo, "resume"> & { readonly resumable: boolean };
  /** Numbers that are trained. */
  readonly parameters: number;
}

async function run(file: string, options: Options): Promise<void> {
  const bytes = await readInput(file);
  const weights = readWeights(bytes, file);
  const name = text(options, "network");
  const tensors = [...weights.tensors].map(([key, { dtype, shape }]) => ({ name: key, dtype, shape }));
  const known = name !== undefined || Object.hasOwn(weights.metadata, "spherical_cnn");
  const summary = known ? await summarise(bytes, file, name) : null;
  if (flag(options, "json")) {
    const { info, parameters } = summary ?? { info: { format: weights.format, architecture: null }, parameters: null };
    say(JSON.stringify({ file, bytes: bytes.length, ...info, parameters, tensors }));
    return;
  }
  say(`${file}: ${weights.format}, ${bytes.length} bytes`);
  if (summary) for (const line of summaryLines(summary)) say(line);
  else say("architecture  not in the file; --network NAME tells it");
  say("");
  say(`${tensors.length} tensors, ${tensors.reduce((sum, { shape }) => sum + product(shape), 0)} numbers`);
  const width = tensors.reduce((most, tensor) => Math.max(most, tensor.name.length), 0);
  for (const { name: key, dtype, shape } of tensors) say(`  ${key.padEnd(width)}  ${dtype}  [${shape.join(", ")}]`);
}

/** Builds the network, so that what is said of it is known to be so. */
async function summarise(bytes: Uint8Array, file: string, name: string | undefined): Promise<Summary> {
  const engine = await createEngine();
  const { network, info } = loadCheckpoint(engine, bytes, { network: name, where: file });
  const { resume, ...rest } = info;
  return { info: { ...rest, resumable: resume !== null }, parameters: network.parameterCount() };
}

function summaryLines({ info, parameters }: Summary): string[] {
  return [
    ...(info.network === null ? [] : [`network       ${info.network}`]),
    ...(info.version === null ? [] : [`written by    spherical-cnn ${info.version}`]),
    ...(info.seed === null ? [] : [`seed          ${info.seed}`]),
    `parameters    ${parameters}`,
    ...(info.resumable ? ["training      not finished: the same command with --resume goes on with it"] : []),
    ...trainingLines(info.training),
    "architecture",
    ...moduleLines(info.architecture, 1),
  ];
}

/** How the network was trained, as `train` records it: its settings, then an epoch a line. */
function trainingLines(training: unknown): string[] {
  if (typeof training !== "object" || training === null) return [];
  const { records, ...settings } = training as Record<string, unknown>;
  const words = Object.entries(settings).map(([key, value]) => `${key} ${JSON.stringify(value)}`);
  // Whoever wrote the file may have recorded something else.
  const epochs = (Array.isArray(records) ? records : []).filter(
    (record) => typeof record === "object" && record !== null,
  );
  return [
    `training      ${words.join(", ").replaceAll('"', "")}`,
    ...epochs.map(({ epoch, loss, accuracy }) => {
      return `  epoch ${String(Number(epoch) + 1).padStart(3)}   loss ${Number(loss).toFixed(4)}, accuracy ${Number(accuracy).toFixed(4)}`;
    }),
  ];
}

/** A module's description as an outline: its options, then the modules inside it. */
function moduleLines(description: ModuleDescription, depth: number): string[] {
  const { type, ...fields } = description;
  const inside = Object.entries(fields).flatMap(([key, value]) => modulesIn(value).map((module) => ({ key, module })));
  const plain = Object.entries(fields).filter(([, value]) => modulesIn(value).length === 0);
  const words = plain.map(([key, value]) => `${key} ${typeof value === "object" ? JSON.stringify(value) : value}`);
  const line = `${"  ".repeat(depth)}${type}${words.length > 0 ? `: ${words.join(", ")}` : ""}`;
  return [line, ...inside.flatMap(({ module }) => moduleLines(module, depth + 1))];
}

/** Descriptions of modules that a field holds, alone, in a list, or named in pairs or an object. */
function modulesIn(value: unknown): ModuleDescription[] {
  if (typeof value !== "object" || value === null) return [];
  if ("type" in value && typeof value.type === "string") return [value as ModuleDescription];
  return Object.values(value).flatMap(modulesIn);
}
