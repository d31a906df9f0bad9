// `spherical-cnn experiment equivariance`: the equivariance error at general rotations, against bandwidth and depth. Its
// record, <name>.jsonl in the folder of --out, grows by a bandwidth at a time; --resume goes on with those that are left.

import { join } from "node:path";
import { ValueError } from "../errors.ts";
import {
  ACTIVATIONS,
  checkSettings,
  type EquivarianceSettings,
  INPUTS,
  PLACES,
  runEquivariance,
} from "../experiments/equivariance.ts";
import {
  compareWithReference,
  type ErrorRow,
  errorRow,
  type ReferenceRow,
} from "../experiments/equivariance-record.ts";
import { checkSameSettings, formatRecord, parseRecord, type RunHeader } from "../experiments/records.ts";
import { createEngine } from "../tensor/engine.ts";
import type { Build } from "../wasm/load.ts";
import type { Experiment } from "./experiment.ts";
import { checkOutput, readInput, writeOutput } from "./files.ts";
import { INTERRUPTED, onInterrupt, resumeCommand } from "./interrupt.ts";
import { provenance } from "./machine.ts";
import { choice, flag, type Options, positive, text, whole } from "./options.ts";
import { type Progress, progress } from "./progress.ts";
import { checkIntent, FOLDER, intentOf, resultsFolder, runName } from "./run-files.ts";

const DEFAULTS = { bandwidths: [4, 6, 8, 10, 12, 16, 20, 24, 30], layers: 8, rotations: 500, channels: 10, seed: 0 };

export const EQUIVARIANCE_EXPERIMENT: Experiment = {
  summary: "measure the equivariance error at general rotations",
  options: {
    "--bandwidths <list>": `Such as 4,8,16; ${DEFAULTS.bandwidths.join(",")} by default`,
    "--layers <n>": `Depths 1 to n, ${DEFAULTS.layers} by default`,
    "--rotations <n>": `Draws of filters, input and rotation for each bandwidth, ${DEFAULTS.rotations} by default`,
    "--channels <n>": `Of the input and every layer, ${DEFAULTS.channels} by default`,
    "--activation <name>": `Between the layers: ${ACTIVATIONS.join(", ")}; relu by default`,
    "--oversampling <k>": "ReLU on a grid k times as fine, truncated; without it the plain ReLU",
    "--input <spectrum>": "white, which is the default, or flat (all coefficients alike)",
    "--after <what>": "Measure a depth after its convolution, which is the default, or after its activation",
    "--dtype <dtype>": "f32, which is the default, or f64",
    "--reference <file>": "Compare with the means in this JSON, of the shape of test/reference/equivariance.json",
    "--seed <seed>": "Of filters, inputs and rotations, 0 by default",
    "--build <build>": "Kernels: plain, relaxed (SIMD), or the best there is, which is the default",
    "--out <dir>": `Folder of the record, made if need be; ${FOLDER} by default`,
    "--name <name>": "Of the file; equivariance-<activation>-<dtype>-s<seed> by default",
    "--resume": "Go on with the bandwidths that the record of that name lacks",
    "--overwrite": "Begin anew though there is a record of that name",
    "--json": "The record in JSON",
  },
  run,
};

async function run(options: Options): Promise<void> {
  const dtype = choice(options, "dtype", ["f32", "f64"]) ?? "f32";
  const engine = await createEngine({ dtype, build: choice<Build>(options, "build", ["plain", "relaxed"]) ?? "auto" });
  const settings: EquivarianceSettings = {
    bandwidths: bandwidths(options),
    layers: whole(options, "layers", 1) ?? DEFAULTS.layers,
    rotations: whole(options, "rotations", 2) ?? DEFAULTS.rotations,
    channels: whole(options, "channels", 1) ?? DEFAULTS.channels,
    activation: choice(options, "activation", ACTIVATIONS) ?? "relu",
    oversampling: positive(options, "oversampling") ?? null,
    input: choice(options, "input", INPUTS) ?? "white",
    after: choice(options, "after", PLACES) ?? "convolution",
    seed: whole(options, "seed", 0) ?? DEFAULTS.seed,
    dtype,
    build: engine.build,
  };
  checkSettings(settings);
  const name = runName(options, () => defaultName(settings));
  const referenceFile = text(options, "reference");
  const reference = referenceFile === undefined ? null : Buffer.from(await readInput(referenceFile)).toString();
  const { file, before } = await record(options, name, settings);
  const header = before?.header ?? {
    ...{ kind: "equivariance", name, command: commandOf(name, settings), ...provenance(engine) },
    settings: { ...settings },
  };

  const rows: ErrorRow[] = [...(before?.rows ?? [])];
  const write = (all: readonly (ErrorRow | ReferenceRow)[]) =>
    writeOutput(file, Buffer.from(formatRecord(header, all)));
  await write(rows);
  const json = flag(options, "json");
  const say = (line: string) => {
    if (!json) console.log(line);
  };
  const stop = new AbortController();
  const interrupted = onInterrupt(() => stop.abort());
  let bar: Progress | null = null;
  try {
    const outcome = await runEquivariance(engine, settings, {
      rows: [...rows],
      stop: stop.signal,
      onProgress: ({ bandwidth, done, secondsLeft }) => {
        bar ??= progress(`b = ${bandwidth}`, settings.rotations);
        bar.update(done, `${Math.ceil(secondsLeft)} s left in all;`);
      },
      onBandwidth: async (measured) => {
        bar?.stop();
        bar = null;
        rows.push(...measured);
        say(lineOf(measured));
        await write(rows);
      },
    });
    if (outcome === "stopped") {
      console.error(`stopped; what was measured is in ${file}; go on with: spherical-cnn ${resumeCommand()}`);
      process.exitCode = INTERRUPTED;
      return;
    }
  } finally {
    (bar as Progress | null)?.stop();
    interrupted.off();
  }
  const compared = reference === null ? [] : compareWithReference(rows, settings, reference, referenceFile!);
  for (const row of compared) say(comparison(row));
  if (compared.length > 0) await write([...rows, ...compared]);
  if (json) console.log(JSON.stringify({ ...header, rows: [...rows, ...compared], record: file }));
  else say(`written to ${file}`);
}

function bandwidths(options: Options): number[] {
  const asked = text(options, "bandwidths");
  if (asked === undefined) return DEFAULTS.bandwidths;
  if (/^\d+(,\d+)*$/.test(asked)) return asked.split(",").map(Number);
  throw new ValueError(`--bandwidths: expected a list such as 4,8,16, got ${asked}`);
}

function defaultName({ activation, oversampling, dtype, seed }: EquivarianceSettings): string {
  return `equivariance-${activation}${oversampling === null ? "" : `-x${oversampling}`}-${dtype}-s${seed}`;
}

/** The command that makes this run, with nothing left to defaults. */
function commandOf(name: string, { bandwidths, oversampling, ...plain }: EquivarianceSettings): string {
  const words = ["spherical-cnn experiment equivariance", `--bandwidths ${bandwidths.join(",")}`];
  for (const [option, value] of Object.entries(plain)) words.push(`--${option} ${value}`);
  if (oversampling !== null) words.push(`--oversampling ${oversampling}`);
  if (name !== defaultName({ bandwidths, oversampling, ...plain })) words.push(`--name ${name}`);
  return words.join(" ");
}

interface Before {
  readonly header: RunHeader;
  readonly rows: readonly ErrorRow[];
}

/** The record's file, and what is in it already if this run goes on with it. */
async function record(
  options: Options,
  name: string,
  settings: EquivarianceSettings,
): Promise<{ readonly file: string; readonly before: Before | null }> {
  const intent = intentOf(options);
  const file = join(await resultsFolder(options), `${name}.jsonl`);
  const there = await checkOutput(file);
  checkIntent(intent, there, file);
  if (!there || intent.overwrite) return { file, before: null };
  const { header, rows } = parseRecord(Buffer.from(await readInput(file)).toString(), file);
  checkSameSettings(settings, header, file);
  const errors = rows.filter(({ row }) => row === "error").map(({ fields }) => errorRow(fields));
  return { file, before: { header, rows: errors } };
}

function lineOf(rows: readonly ErrorRow[]): string {
  const { bandwidth, rotations, seconds } = rows[0]!;
  const errors = rows.map(({ error }) => error.mean.toPrecision(3)).join("  ");
  return `b = ${bandwidth}: ${errors}   (${rotations} rotations, ${seconds.toFixed(1)} s)`;
}

function comparison({ bandwidth, layers, mean, reference, standardErrors, agrees }: ReferenceRow): string {
  const values = `${mean.toPrecision(4)}, reference ${reference.toPrecision(4)}`;
  const verdict = agrees ? "agrees" : "DIFFERS";
  return `b = ${bandwidth}, ${layers} layers: ${values}, ${standardErrors.toFixed(1)} standard errors: ${verdict}`;
}
