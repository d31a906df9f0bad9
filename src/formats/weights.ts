// Files of weights, whichever of the formats they are in: safetensors or PyTorch's, told apart by their content.

import type { TensorData } from "../tensor-data.ts";
import { readPyTorch } from "./pytorch.ts";
import { refuser } from "./refuse.ts";
import { readSafetensors } from "./safetensors.ts";

/** The tensors of a file of weights, whichever of the formats it has. */
export interface WeightsFile {
  readonly format: "safetensors" | "pytorch";
  /** By name, in the order of the file. */
  readonly tensors: Map<string, TensorData>;
  /** What a safetensors file says about itself; PyTorch's files say nothing. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** "PK": a zip archive, PyTorch's format since 1.6. 0x80: a bare pickle, the one before. */
function isPyTorch(bytes: Uint8Array): boolean {
  // A safetensors file has its header's opening brace here, and may have any length, so any first bytes, before it.
  if (bytes[8] === 0x7b) return false;
  return (bytes[0] === 0x50 && bytes[1] === 0x4b) || bytes[0] === 0x80;
}

/**
 * Reads the tensors of a safetensors file or of a PyTorch file (.pt, .pth).
 * @param where names the file in messages
 * @throws FormatError where the bytes are neither, or damaged; UnsafePickleError where a pickle asks for more than tensors
 */
export function readWeights(bytes: Uint8Array, where = "weights"): WeightsFile {
  if (isPyTorch(bytes)) return { format: "pytorch", tensors: readPyTorch(bytes, where).tensors, metadata: {} };
  if (bytes[8] !== 0x7b) {
    const first = Array.from(bytes.subarray(0, 9), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
    refuser(where)(
      "expected a file of weights: safetensors (a length of 8 bytes, then a JSON header beginning with {) or PyTorch's " +
        `(.pt, .pth); ${first === "" ? "the file is empty" : `got the bytes ${first} …`}`,
    );
  }
  return { format: "safetensors", ...readSafetensors(bytes, where) };
}
