// How messages show a value from outside. A file of its own since each bundle has its own, whereas the classes of errors.ts
// are the same in all.

const LONGEST = 80;

/** A value in a message: of a readable length, and never a walk through what may be nested deeply. */
export function quote(value: unknown): string {
  const text = show(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}

function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, LONGEST));
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return value.name ? `function ${value.name}` : "a function";
  if (isFlat(value)) return String(value);
  if (Array.isArray(value)) {
    const items = value.slice(0, LONGEST);
    return items.every(isFlat) ? `[${items.map(quote).join(",")}]` : "a nested list";
  }
  const name: unknown = Object.getPrototypeOf(value)?.constructor?.name;
  const kind = typeof name === "string" && name !== "Object" ? `${name} ` : "";
  if (ArrayBuffer.isView(value)) return `${kind}of ${value.byteLength} bytes`;
  const entries = Object.entries(value as object).slice(0, 16);
  return `${kind}{${entries.map(([key, item]) => `${key}: ${typeof item === "number" ? item : typeof item}`).join(", ")}}`;
}

const isFlat = (value: unknown) => typeof value !== "object" || value === null;
