// A pointer means something in one memory only, so what computes with several tensors first asks whose they are.

import { ValueError } from "../errors.ts";
import type { Engine } from "./engine.ts";
import type { Tensor } from "./tensor.ts";

/**
 * The engine of the tensors; those that are left out do not count.
 * @param where names the operation in the message
 * @throws ValueError if they belong to several
 */
export function sameEngine(where: string, first: Tensor, ...others: readonly (Tensor | undefined)[]): Engine {
  const { engine } = first;
  for (const other of others) {
    if (other === undefined || other.engine === engine) continue;
    throw new ValueError(
      `${where}: expected tensors of one engine, got ${first.describe()} of one and ${other.describe()} of another; ` +
        "make both with the same engine, copying by toArray() and engine.tensor() or engine.signal()",
    );
  }
  return engine;
}
