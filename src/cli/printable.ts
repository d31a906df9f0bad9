// Text from files that need not be trusted, on a terminal: what a terminal would obey, or a reader could not see, is escaped.

/**
 * Control characters, invisible ones and those that change the direction of writing, line ends included, become \uXXXX,
 * which means the same in JSON.
 */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (char) =>
    Array.from({ length: char.length }, (_, i) => `\\u${char.charCodeAt(i).toString(16).padStart(4, "0")}`).join(""),
  );
}
