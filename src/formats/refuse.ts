// How the readers say no: one error class, one way to name the file and to show what came instead.

import { FormatError } from "../errors.ts";

/** Throws a FormatError about the file at hand. Annotate variables with this type: TypeScript then knows it ends a path. */
export type Refuse = (message: string) => never;

/** The refusals of one reader: every message begins with `where`. */
export function refuser(where: string): Refuse {
  return (message) => {
    throw new FormatError(`${where}: ${message}`);
  };
}

/** A value from a file in a message: JSON of a readable length, and never a walk through what may be nested deeply. */
export function quote(value: unknown): string {
  const flat = (item: unknown): boolean => typeof item !== "object" || item === null;
  let text: string;
  if (typeof value === "bigint") text = `${value}`;
  else if (typeof value === "string") text = JSON.stringify(value.slice(0, 80));
  else if (flat(value)) text = JSON.stringify(value) ?? "nothing";
  else if (!Array.isArray(value)) text = "an object";
  else text = value.every(flat) ? `[${value.slice(0, 64).map(quote).join(",")}]` : "a nested list";
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
