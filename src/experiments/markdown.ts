// Markdown out of values that may come from files: nothing in them can end a cell, begin a tag or break a line.

/** Characters of a value that are worth showing. */
const LONGEST = 400;

/** Text within a line. */
export function inline(text: string): string {
  const line = text.slice(0, LONGEST).replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, " ");
  return line.replaceAll(/[\\`*_[\]<>|&#!]/g, (char) =>
    /[<>&]/.test(char) ? `&#${char.charCodeAt(0)};` : `\\${char}`,
  );
}

/** Text as it is typed. */
export function code(text: string): string {
  const line = text
    .slice(0, LONGEST)
    .replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, " ")
    .replaceAll("`", "'");
  return `\`${line.replaceAll("|", "\\|")}\``;
}

/** A link to a file beside. */
export const link = (text: string, file: string) =>
  `[${inline(text)}](${file.split("/").map(encodeURIComponent).join("/")})`;

/** A table; columns whose head ends in a colon are numbers, aligned to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rule = head.map((cell) => (cell.endsWith(":") ? "---:" : "---"));
  return [line(head.map((cell) => cell.replace(/:$/, ""))), line(rule), ...rows.map(line)].join("\n");
}
