// A pointer means something in one memory only, so what computes with several tensors first asks whose they are.

import { quote, ValueError } from "../errors.ts";
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

/**
 * Asks whether it is one: a promise comes where `await` was forgotten.
 * @param where names who was given it in the message
 */
export function requireEngine(where: string, engine: Engine): void {
  if (typeof (engine as Engine | null)?.lanes === "number") return;
  throw new ValueError(`${where}: expected an engine, which is what await createEngine() gives, got ${quote(engine)}`);
}
