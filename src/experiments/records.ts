// The record of an experiment: a file of JSON lines. The first line, the header, says what was run, by which command, with
// which commit and on which machine; every line after it is a row, whose field `row` names its sort:
//
//   {"kind":"mnist","name":…,"command":…,"version":…,"commit":…,"machine":{…},"started":…,"settings":{…}}
//   {"row":"epoch","epoch":1,"loss":…}
//   {"row":"result",…}
//
// Settings and rows belong to the kind. Whoever reads a record need not trust it: `Fields` looks at it field by field and
// names file and line of what it refuses.

import { FormatError, quote, ValueError } from "../errors.ts";
import { parseJson } from "../formats/json.ts";

/** Any JSON. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** The first line of a record. */
export interface RunHeader {
  /** Which experiment it is: "mnist", "equivariance". */
  readonly kind: string;
  /** Of this run among all of its kind; the name of its file. */
  readonly name: string;
  /** The command that runs it again, without what has no influence on the result. */
  readonly command: string;
  /** Of this package. */
  readonly version: string;
  /** Of the checkout that the package was run from; null outside of one. */
  readonly commit: string | null;
  /** Processor, cores, system, runtime, build of the kernels. */
  readonly machine: Readonly<Record<string, Json>>;
  /** When it began, in ISO 8601. */
  readonly started: string;
  /** All that the result depends on. */
  readonly settings: Readonly<Record<string, Json>>;
}

/** Any line but the first. */
export interface RunRow {
  /** The sort of row. */
  readonly row: string;
}

/** A record that was read: of its settings and rows no more is known than that they are objects. */
export interface RunRecord {
  readonly header: RunHeader;
  readonly settings: Fields;
  /** In the file's order, each with its sort. */
  readonly rows: readonly { readonly row: string; readonly fields: Fields }[];
  /** The file, for messages. */
  readonly where: string;
}

/** Characters of a line: a confusion matrix takes a thousand; lines of a file; objects inside each other. */
const LIMITS = { line: 1 << 17, lines: 20_000, depth: 16 } as const;

/** Nothing that is measured is larger, and its square is still a number. */
const LARGEST = 1e30;

/** The text of a record's file. */
export function formatRecord(header: RunHeader, rows: readonly RunRow[]): string {
  return [header, ...rows].map((line) => `${JSON.stringify(line)}\n`).join("");
}

/**
 * Reads a record's file.
 * @param where the file's name, for messages
 * @throws FormatError, with file and line, for what is no record
 */
export function parseRecord(text: string, where: string): RunRecord {
  const lines = text.split("\n", LIMITS.lines + 1);
  while (lines.at(-1) === "") lines.pop();
  if (lines.length > LIMITS.lines) throw new FormatError(`${where}: expected at most ${LIMITS.lines} lines`);
  if (lines.length === 0) throw new FormatError(`${where}: expected a record of an experiment, got an empty file`);
  const [first, ...rest] = lines.map((line, i) => fieldsOfLine(line, `${where}:${i + 1}`));
  return {
    header: runHeader(first!),
    settings: first!.object("settings"),
    rows: rest.map((fields) => ({ row: fields.text("row"), fields })),
    where,
  };
}

/** @throws FormatError if it is no header */
export function runHeader(fields: Fields): RunHeader {
  return {
    kind: fields.text("kind"),
    name: fields.text("name"),
    command: fields.text("command"),
    version: fields.text("version"),
    commit: fields.value("commit") === null ? null : fields.text("commit"),
    machine: fields.object("machine").all() as Record<string, Json>,
    started: fields.text("started"),
    settings: fields.object("settings").all() as Record<string, Json>,
  };
}

/** @throws ValueError, naming the setting, if the run of `where` had others than `mine` and cannot go on with them */
export function checkSameSettings(mine: object, { settings: then }: RunHeader, where: string): void {
  const now = mine as Readonly<Record<string, unknown>>;
  for (const name of new Set([...Object.keys(now), ...Object.keys(then)])) {
    const [there, here] = [JSON.stringify(then[name]), JSON.stringify(now[name])];
    if (here !== there)
      throw new ValueError(`--resume: the run of ${where} had ${name} ${there}, this one has ${here}`);
  }
}

function fieldsOfLine(line: string, where: string): Fields {
  const value = parseJson(line, { length: LIMITS.line, depth: LIMITS.depth }, (message) => {
    throw new FormatError(`${where}: ${message}`);
  });
  return fieldsOf(value, where);
}

/** The fields of what should be an object. @throws FormatError if it is none */
export function fieldsOf(value: unknown, where: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new FormatError(`${where}: expected an object, got ${quote(value)}`);
  }
  return new Fields(value as Record<string, unknown>, where);
}

/** An object of which nothing is known: each field is asked for as what it should be, and is it or is refused by name. */
export class Fields {
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(
    values: Readonly<Record<string, unknown>>,
    /** Begins every message. */
    readonly where: string,
  ) {
    this.#values = values;
  }

  /** The field as it is, undefined if there is none. */
  value(name: string): unknown {
    return Object.hasOwn(this.#values, name) ? this.#values[name] : undefined;
  }

  all(): Readonly<Record<string, unknown>> {
    return this.#values;
  }

  text(name: string): string {
    return this.#check(name, "text", (value) => typeof value === "string") as string;
  }

  /** A number from `low` to `high`. */
  number(name: string, low = -LARGEST, high = LARGEST): number {
    const inside = (value: unknown) => typeof value === "number" && value >= low && value <= high;
    return this.#check(name, `a number from ${low} to ${high}`, inside) as number;
  }

  /** A whole number of at least `low`. */
  whole(name: string, low = 0): number {
    const inside = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= low;
    return this.#check(name, `a whole number of at least ${low}`, inside) as number;
  }

  /** One of some words. */
  choice<T extends string>(name: string, words: readonly T[]): T {
    return this.#check(name, `one of ${words.join(", ")}`, (value) => words.includes(value as T)) as T;
  }

  /** A list of some words. */
  choices<T extends string>(name: string, words: readonly T[]): T[] {
    return this.list(name).map((word, i) =>
      new Fields({ [`${name}[${i}]`]: word }, this.where).choice(`${name}[${i}]`, words),
    );
  }

  object(name: string): Fields {
    return fieldsOf(this.value(name), `${this.where}: ${name}`);
  }

  list(name: string): readonly unknown[] {
    return this.#check(name, "a list", Array.isArray) as readonly unknown[];
  }

  /** A list of objects. */
  objects(name: string): readonly Fields[] {
    return this.list(name).map((value, i) => fieldsOf(value, `${this.where}: ${name}[${i}]`));
  }

  #check(name: string, what: string, is: (value: unknown) => boolean): unknown {
    const value = this.value(name);
    if (is(value)) return value;
    throw new FormatError(`${this.where}: expected ${name} to be ${what}, got ${quote(value)}`);
  }
}
