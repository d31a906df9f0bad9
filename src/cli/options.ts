// Options of a command line, checked: what a person typed becomes a value or one clear line.

import { ValueError } from "../errors.ts";

/** What cac parsed: names in camelCase, values as text, numbers, booleans, or arrays of what was given twice. */
export type Options = Readonly<Record<string, unknown>>;

/** The option's text, undefined where it was left out. @throws ValueError if it was given twice */
export function text(options: Options, name: string): string | undefined {
  const value = options[name];
  if (value === undefined) return undefined;
  if (Array.isArray(value)) throw new ValueError(`--${name} was given ${value.length} times, expected once`);
  if (typeof value === "boolean" || value === "") throw new ValueError(`--${name} needs a value`);
  return String(value);
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
  if (!Number.isSafeInteger(number) || number < least) {
    throw new ValueError(`--${name}: expected a whole number of at least ${least}, got ${value}`);
  }
  return number;
}

/** @throws ValueError unless it is a positive number */
export function positive(options: Options, name: string): number | undefined {
  const value = text(options, name);
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!(number > 0 && Number.isFinite(number)))
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
