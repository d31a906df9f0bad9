// JSON from files that need not be trusted: its length and nesting are known before it is parsed, so that neither parsing
// nor any walk through the result takes more than the file deserves.

import type { Refuse } from "./refuse.ts";

/** What a text of JSON may be. */
export interface JsonLimits {
  /** Characters. */
  readonly length?: number;
  /** Arrays and objects inside each other. */
  readonly depth: number;
}

/** The value, or a refusal. */
export function parseJson(
  text: string,
  { length = Number.POSITIVE_INFINITY, depth }: JsonLimits,
  refuse: Refuse,
): unknown {
  if (text.length > length) refuse(`${text.length} characters of JSON exceed the limit of ${length}`);
  if (isNestedDeeper(text, depth)) refuse(`JSON nested more than ${depth} deep`);
  try {
    return JSON.parse(text);
  } catch (error) {
    refuse(`not JSON (${(error as Error).message})`);
  }
}

/** Whether brackets outside strings are open more than `depth` at a time. */
function isNestedDeeper(text: string, depth: number): boolean {
  let open = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === "{" || char === "[") {
      if (++open > depth) return true;
    } else if (char === "}" || char === "]") open--;
    else if (char === '"') for (at++; at < text.length && text[at] !== '"'; at++) if (text[at] === "\\") at++;
  }
  return false;
}
