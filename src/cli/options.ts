// Options of a command line, checked: what a person typed becomes a value or one clear line.

import { parseArgs } from "node:util";
import { ValueError } from "../errors.ts";

/** By name: what was typed, word for word; true where no value was; a list of what was given twice. */
export type Options = Readonly<Record<string, string | true | readonly (string | true)[]>>;

/** An option that a command knows. */
export interface KnownOption {
  readonly name: string;
  /** Whether it is a switch, without a value. */
  readonly isBoolean?: boolean | undefined;
}

/**
 * Takes the words of a command line apart. Values stay text: 007 is a file's name, and -1 is a value where one is due.
 * @throws ValueError for a switch with a value
 */
export function parseWords(
  words: readonly string[],
  known: readonly KnownOption[],
): { readonly args: string[]; readonly options: Options } {
  const types = known.map(({ name, isBoolean }) => [name, { type: isBoolean ? "boolean" : "string" }] as const);
  const { tokens } = parseArgs({
    args: [...words],
    options: {
      ...Object.fromEntries(types),
      help: { type: "boolean", short: "h" },
      version: { type: "boolean", short: "v" },
    },
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const args: string[] = [];
  const options = new Map<string, string | true | (string | true)[]>();
  for (const token of tokens) {
    if (token.kind === "positional") args.push(token.value);
    if (token.kind !== "option") continue;
    const { name, inlineValue } = token;
    if (inlineValue && known.some((option) => option.name === name && option.isBoolean)) {
      throw new ValueError(`--${name} is a switch and takes no value, got ${token.value}`);
    }
    // What looks like the next option is not this one's value, unless an equals sign says so.
    if (!inlineValue && token.value?.startsWith("--")) throw new ValueError(`--${name} needs a value`);
    const value = token.value ?? true;
    const before = options.get(name);
    options.set(name, before === undefined ? value : ([before, value].flat() as (string | true)[]));
  }
  return { args, options: Object.fromEntries(options) };
}

/** The option's text, undefined where it was left out. @throws ValueError if it was given twice, or without a value */
export function text(options: Options, name: string): string | undefined {
  const value = Object.hasOwn(options, name) ? options[name] : undefined;
  if (value === undefined) return undefined;
  if (typeof value === "object") throw new ValueError(`--${name} was given ${value.length} times, expected once`);
  if (value === true || value === "") throw new ValueError(`--${name} needs a value`);
  return value;
}

/** The same for an option that must be given. @throws ValueError if it was not */
export function required(options: Options, name: string): string {
  const value = text(options, name);
  if (value === undefined) throw new ValueError(`--${name} is missing; --help shows the command's options`);
  return value;
}

/** @throws ValueError unless it is a whole number of at least `least` */
export function whole(options: Options, name: string, least: number): number | undefined {
  const value = text(options, name);
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!/^\d+$/.test(value) || !Number.isSafeInteger(number) || number < least) {
    throw new ValueError(`--${name}: expected a whole number of at least ${least}, got ${value}`);
  }
  return number;
}

/** @throws ValueError unless it is a positive number */
export function positive(options: Options, name: string): number | undefined {
  const value = text(options, name);
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!(number > 0 && Number.isFinite(number)) || !/^[\d.e+-]+$/i.test(value))
    throw new ValueError(`--${name}: expected a positive number, got ${value}`);
  return number;
}

/** @throws ValueError unless it is one of the choices */
export function choice<T extends string>(options: Options, name: string, choices: readonly T[]): T | undefined {
  const value = text(options, name);
  if (value === undefined || choices.includes(value as T)) return value as T | undefined;
  throw new ValueError(`--${name}: expected ${choices.join(", ")}, got ${value}`);
}

/** Whether a switch is on. */
export function flag(options: Options, name: string): boolean {
  return Boolean(options[name]);
}

/** The options that are given; for functions that tell "left out" from "undefined". */
export function given<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}
