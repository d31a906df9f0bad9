// How the readers say no: one error class, one way to name the file and to show what came instead.

import { FormatError } from "../errors.ts";

export { quote } from "../errors.ts";

/** Throws a FormatError about the file at hand. Annotate variables with this type: TypeScript then knows it ends a path. */
export type Refuse = (message: string) => never;

/** The refusals of one reader: every message begins with `where`. */
export function refuser(where: string): Refuse {
  return (message) => {
    throw new FormatError(`${where}: ${message}`);
  };
}
