// Our checkpoint: one safetensors file with the network's state dict under PyTorch's names, so that its tensors load
// there, and in the metadata all that it takes to rebuild the network, and to know where it came from:
//
//   format          "pt", as Python's libraries expect
//   spherical_cnn   version of this layout, "1"
//   version         of the package that wrote the file
//   architecture    JSON of `network.describe()`, grids included
//   network         the network's name in src/models, where it has one
//   seed            of the weights' initialisation
//   training        JSON, how the network was trained: the caller's record
//   resume          JSON, the state of a training run; its optimiser's moments are tensors "optimizer/<moment>/<name>"

import { FormatError, quote, StateDictError, ValueError } from "../errors.ts";
import { parseJson } from "../formats/json.ts";
import { writeSafetensors } from "../formats/safetensors.ts";
import { readWeights, type WeightsFile } from "../formats/weights.ts";
import { NETWORKS, networkDescription } from "../models/networks.ts";
import { moduleFromDescription } from "../nn/describe.ts";
import type { Module, ModuleDescription } from "../nn/module.ts";
import { Random } from "../random.ts";
import type { Engine } from "../tensor/engine.ts";
import { requireEngine } from "../tensor/same-engine.ts";
import { toFloat64 } from "../tensor-data.ts";
import { VERSION } from "../version.ts";
import type { TrainingState } from "./trainer.ts";

const LAYOUT = "1";
const OPTIMIZER = "optimizer/";

/** Characters of metadata: an architecture of 4096 modules, the records of 50,000 epochs; and how deep they may nest. */
const MAX_JSON: Readonly<Record<string, number>> = {
  architecture: 1 << 20,
  training: 1 << 23,
  resume: 1 << 23,
  seed: 64,
};
const JSON_DEPTH = 64;

/** What a checkpoint says beside its tensors. */
export interface CheckpointInfo {
  /** "pytorch" where the file is a .pt or .pth of PyTorch. */
  readonly format: "safetensors" | "pytorch";
  /** The version of this package that wrote the file; null where another program did. */
  readonly version: string | null;
  readonly architecture: ModuleDescription;
  /** The network's name in src/models, if it has one. */
  readonly network: string | null;
  /** Of the weights' initialisation. */
  readonly seed: number | null;
  /** How the network was trained: what `saveCheckpoint` was given. */
  readonly training: unknown;
  /** Where a training run stood; null in a file that is only for inference. */
  readonly resume: TrainingState | null;
}

/** What `saveCheckpoint` writes beside the weights and the architecture. */
export interface CheckpointContent {
  readonly network?: string | null;
  readonly seed?: number | null;
  /** Any JSON. */
  readonly training?: unknown;
  /** `trainer.state()`, if the run is to go on from this file. */
  readonly resume?: TrainingState | null;
}

/**
 * The bytes of a checkpoint from which `loadCheckpoint` rebuilds the network.
 * @throws ValueError if `content.network` names another architecture than this network's, the seed is not a whole number
 * or the training record is not JSON
 */
export function saveCheckpoint(network: Module, content: CheckpointContent = {}): Uint8Array {
  const { network: name = null, seed = null, training = null, resume = null } = content;
  const architecture = JSON.stringify(network.describe());
  if (name !== null && JSON.stringify(networkDescription(name)) !== architecture) {
    throw new ValueError(`saveCheckpoint: the network is not a ${name}: its description is ${architecture}`);
  }
  if (seed !== null && !Number.isSafeInteger(seed)) {
    throw new ValueError(`saveCheckpoint: expected the seed to be a whole number, got ${quote(seed)}`);
  }
  const metadata: Record<string, string> = { format: "pt", spherical_cnn: LAYOUT, version: VERSION, architecture };
  if (name !== null) metadata.network = name;
  if (seed !== null) metadata.seed = String(seed);
  if (training !== null) metadata.training = jsonOf(training);
  const tensors = network.stateDict();
  if (resume !== null) {
    const { slots, ...optimizer } = resume.optimizer;
    const steps: Record<string, number> = {};
    for (const [i, [key, parameter]] of network.namedParameters().entries()) {
      steps[key] = slots[i]!.steps;
      for (const [moment, data] of Object.entries(slots[i]!.moments)) {
        const dtype = data instanceof Float32Array ? "f32" : "f64";
        tensors.set(`${OPTIMIZER}${moment}/${key}`, { shape: parameter.shape, dtype, data });
      }
    }
    metadata.resume = JSON.stringify({ ...resume, optimizer: { ...optimizer, steps } });
  }
  return writeSafetensors(tensors, metadata);
}

/** @throws ValueError where JSON has no words for it */
function jsonOf(training: unknown): string {
  try {
    const text = JSON.stringify(training) as string | undefined;
    if (text !== undefined) return text;
  } catch (error) {
    throw new ValueError(`saveCheckpoint: training: expected plain JSON (${(error as Error).message.split("\n")[0]})`);
  }
  throw new ValueError(`saveCheckpoint: training: expected plain JSON, got ${quote(training)}`);
}

/** What a file may not say itself. */
export interface LoadOptions {
  /** The network's name, which a file without architecture needs. */
  readonly network?: string | undefined;
  /** Names the file in messages. */
  readonly where?: string;
}

/**
 * Rebuilds a network from a file: a checkpoint of ours, or PyTorch's weights for a network of src/models, in safetensors
 * or in the format of torch.save.
 * @throws FormatError, UnsafePickleError for a file that is damaged or not of these kinds; ValueError if its network is
 * not known from the file or is another than asked for; StateDictError if the tensors do not fit the network
 */
export function loadCheckpoint(
  engine: Engine,
  bytes: Uint8Array,
  options: LoadOptions = {},
): { network: Module; info: CheckpointInfo } {
  const { where = "checkpoint" } = options;
  requireEngine("loadCheckpoint", engine);
  if (!ArrayBuffer.isView(bytes) || bytes.BYTES_PER_ELEMENT !== 1) {
    throw new ValueError(
      `loadCheckpoint: expected the file's bytes as a Uint8Array, got ${Object.prototype.toString.call(bytes).slice(8, -1)}`,
    );
  }
  const file = readWeights(bytes, where);
  const info = checkpointInfo(file, options);
  const state = new Map([...file.tensors].filter(([name]) => !info.resume || !name.startsWith(OPTIMIZER)));
  const numbers = [...state.values()].reduce((count, { data }) => count + data.length, 0);
  const network = build(engine, info, numbers, where);
  try {
    network.loadStateDict(state);
  } catch (error) {
    network.dispose();
    const what = `${where}: the weights do not fit ${info.network ?? "the architecture in the file"}`;
    if (error instanceof StateDictError) {
      throw new StateDictError(`${what}: ${error.message}`, error.missing, error.unexpected, error.misshapen);
    }
    if (error instanceof ValueError) throw new ValueError(`${what}: ${error.message}`);
    throw error;
  }
  return { network, info };
}

/** The network, unless its description is hostile: it may ask for no more numbers than the file has. */
function build(engine: Engine, info: CheckpointInfo, numbers: number, where: string): Module {
  // A network that the file does not describe itself is one of ours; that the file lacks tensors is said by name later.
  const most = info.version === null ? Number.POSITIVE_INFINITY : numbers;
  try {
    return moduleFromDescription(engine, info.architecture, new Random(0), most);
  } catch (error) {
    if (error instanceof ValueError) throw new FormatError(`${where}: architecture: ${error.message}`);
    throw error;
  }
}

/** What a file says, with its architecture taken from the name where it carries none. */
export function checkpointInfo(
  file: WeightsFile,
  { network: asked, where = "checkpoint" }: LoadOptions = {},
): CheckpointInfo {
  const { format, metadata, tensors } = file;
  const text = (key: string): string | null => (Object.hasOwn(metadata, key) ? metadata[key]! : null);
  const ours = text("spherical_cnn");
  if (ours === null) {
    if (asked === undefined) {
      throw new ValueError(
        `${where}: the file carries no architecture; name the network that its weights belong to, one of ` +
          `${Object.keys(NETWORKS).join(", ")}`,
      );
    }
    const architecture = networkDescription(asked);
    return { format, version: null, architecture, network: asked, seed: null, training: null, resume: null };
  }
  if (ours !== LAYOUT) {
    throw new FormatError(
      `${where}: expected version ${LAYOUT} of our checkpoints, got ${JSON.stringify(ours.slice(0, 40))}; a newer ` +
        "version of this package may read it",
    );
  }
  const json = (key: string): unknown => {
    const value = text(key);
    if (value === null) return null;
    return parseJson(value, { length: MAX_JSON[key]!, depth: JSON_DEPTH }, (message) => {
      throw new FormatError(`${where}: metadata ${key}: ${message}`);
    });
  };
  const architecture = json("architecture");
  if (typeof architecture !== "object" || architecture === null || !("type" in architecture)) {
    throw new FormatError(`${where}: expected metadata architecture to describe a network`);
  }
  if (asked !== undefined && JSON.stringify(networkDescription(asked)) !== JSON.stringify(architecture)) {
    throw new ValueError(`${where}: holds ${text("network") ?? "a network of another architecture"}, not ${asked}`);
  }
  const named = text("network");
  if (
    named !== null &&
    Object.hasOwn(NETWORKS, named) &&
    JSON.stringify(networkDescription(named)) !== JSON.stringify(architecture)
  ) {
    throw new FormatError(`${where}: says that its network is ${named}, but carries another architecture`);
  }
  const seed = json("seed");
  if (seed !== null && !Number.isSafeInteger(seed)) {
    throw new FormatError(`${where}: expected metadata seed to be a whole number, got ${text("seed")!.slice(0, 40)}`);
  }
  return {
    format,
    version: text("version"),
    architecture: architecture as ModuleDescription,
    network: asked ?? text("network"),
    seed: seed as number | null,
    training: json("training"),
    resume: trainingState(json("resume"), tensors, where),
  };
}

const RECORD = ["epoch", "loss", "accuracy", "learningRate", "seconds", "signalsPerSecond"] as const;

/** A training run's state with its moments put back; whether it fits the run at hand, `Trainer.loadState` checks. */
function trainingState(json: unknown, tensors: WeightsFile["tensors"], where: string): TrainingState | null {
  if (json === null) return null;
  const refuse = (what: string): never => {
    throw new FormatError(`${where}: metadata resume: expected ${what}`);
  };
  const fields = (value: unknown, what: string): Record<string, unknown> =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : refuse(`${what} to be an object`);
  const numbers = (value: unknown, names: readonly string[], what: string): Record<string, number> => {
    const record = fields(value, what) as Record<string, number>;
    for (const name of names) if (!Number.isFinite(record[name])) refuse(`${what} to have the number ${name}`);
    return record;
  };
  const { options, sums, records, optimizer } = fields(json, "it");
  const { count, epoch } = numbers(json, ["count", "epoch"], "it");
  const { kind, settings, steps } = fields(optimizer, "optimizer");
  if (!Array.isArray(records)) refuse("records to be a list");
  for (const record of records as unknown[]) numbers(record, RECORD, "every record");
  const moments = new Map<string, [moment: string, Float64Array][]>();
  for (const [name, tensor] of tensors) {
    const [, moment, parameter] = name.startsWith(OPTIMIZER) ? name.split("/") : [];
    if (moment === undefined || parameter === undefined) continue;
    moments.set(parameter, [...(moments.get(parameter) ?? []), [moment, toFloat64(tensor)]]);
  }
  const slots = Object.entries(fields(steps, "optimizer.steps")).map(([parameter, taken]) => ({
    steps: taken as number,
    moments: Object.fromEntries(moments.get(parameter) ?? []),
  }));
  return {
    options: fields(options, "options") as unknown as TrainingState["options"],
    count: count!,
    epoch: epoch!,
    sums: numbers(sums, ["loss", "correct", "done", "seconds"], "sums") as unknown as TrainingState["sums"],
    records: records as TrainingState["records"],
    optimizer: { kind: String(kind), settings: fields(settings, "settings") as Record<string, number>, slots },
  };
}
