// PyTorch's .pt and .pth files, read without Python: only tensors and plain values, everything else refused by name.
//
// The state dict is found so: while the dict at hand has a dict with tensors under one of the keys below, go there;
// stop otherwise. Dicts inside it are joined by dots. Numbers, lists and whatever else is no tensor are left out. If
// every name begins with "module." (DataParallel), that prefix goes.

import type { TensorData } from "../tensor-data.ts";
import { readArchive } from "./pytorch-archive.ts";
import { Tensor, TensorBuilder } from "./pytorch-tensors.ts";
import { quote, type Refuse, refuser } from "./refuse.ts";

/** Where training scripts keep the weights beside the epoch and the optimizer, the more specific name first. */
const STATE_DICT_KEYS = ["state_dict", "model_state_dict", "model", "net", "network"];
const DATA_PARALLEL = "module.";

/** Dicts within dicts, characters of a name: beyond any network, within any stack. */
const MAX_DEPTH = 32;
const MAX_NAME = 1000;

/** What one file may grow to: repeated views are legal, but a kilobyte that claims a terabyte is no set of weights. */
const MAX_GROWTH = 4;
const GROWTH_FLOOR = 1 << 20;

/** The tensors of a PyTorch file. */
export interface PyTorchFile {
  /** By name, in the order of the file; row-major copies, whatever their strides were. */
  readonly tensors: Map<string, TensorData>;
  /** The keys that led to the state dict: [] for a plain one, ["model"] for a checkpoint {epoch, model, …}. */
  readonly path: readonly string[];
}

/**
 * Reads a file of torch.save that holds tensors in a dict: a state dict, or a checkpoint with one inside.
 * Nothing in it is executed, and nothing is built before the whole pickle has proved harmless.
 * @param where names the file in messages
 * @throws UnsafePickleError naming what the pickle asks for, where that is more than tensors and plain values
 * @throws FormatError where the file is damaged, holds no tensors, or describes tensors that it does not contain
 */
export function readPyTorch(bytes: Uint8Array, where = "PyTorch file"): PyTorchFile {
  const refuse: Refuse = refuser(where);
  const { root, storages, bigEndian } = readArchive(bytes, where);
  if (!(root instanceof Map)) {
    refuse(`expected a dict of tensors, got ${root instanceof Tensor ? "a single tensor" : quote(root)}`);
  }
  const path: string[] = [];
  let dict: Map<unknown, unknown> = root;
  for (let key: string | undefined; path.length < MAX_DEPTH; path.push(key)) {
    key = STATE_DICT_KEYS.find((candidate) => hasTensors(dict.get(candidate)));
    if (key === undefined) break;
    dict = dict.get(key) as Map<unknown, unknown>;
  }
  const found = new Map<string, Tensor>();
  collect(dict, "", 0, new Set(), found, refuse);
  if (!found.size) refuse(`expected a dict of tensors, got the keys ${quote([...dict.keys()])}`);

  const prefix = [...found.keys()].every((name) => name.startsWith(DATA_PARALLEL)) ? DATA_PARALLEL.length : 0;
  const builder = new TensorBuilder(storages, bigEndian, MAX_GROWTH * bytes.length + GROWTH_FLOOR, refuse);
  const tensors = new Map<string, TensorData>();
  for (const [name, tensor] of found) tensors.set(name.slice(prefix), builder.build(name, tensor));
  return { tensors, path };
}

/** Whether a dict, or some dict within it, has a tensor. A dict may contain itself: each is entered once. */
function hasTensors(value: unknown): boolean {
  const seen = new Set([value]);
  for (const dict of seen) {
    if (!(dict instanceof Map)) continue;
    for (const entry of dict.values()) {
      if (entry instanceof Tensor) return true;
      if (entry instanceof Map) seen.add(entry);
    }
  }
  return false;
}

function collect(
  dict: Map<unknown, unknown>,
  prefix: string,
  depth: number,
  seen: Set<unknown>,
  found: Map<string, Tensor>,
  refuse: Refuse,
): void {
  if (seen.has(dict)) refuse(`the dict ${quote(prefix)} is there twice, or contains itself`);
  if (depth > MAX_DEPTH) refuse(`expected at most ${MAX_DEPTH} dicts within each other`);
  seen.add(dict);
  for (const [key, value] of dict) {
    if (!(value instanceof Tensor || value instanceof Map)) continue;
    if (typeof key !== "string" && typeof key !== "number") refuse(`expected names in the dict ${quote(prefix)}`);
    const name = `${prefix}${key}`;
    if (name.length > MAX_NAME)
      refuse(`the name ${quote(name)} has ${name.length} characters, expected ${MAX_NAME} at most`);
    if (value instanceof Map) collect(value, `${name}.`, depth + 1, seen, found, refuse);
    else if (found.has(name)) refuse(`the name ${quote(name)} is there twice`);
    else found.set(name, value);
  }
}
