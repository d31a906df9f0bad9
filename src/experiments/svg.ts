// Pieces of SVG: no DOM, no fonts but the reader's.

/** A pixel's coordinate: tenths are enough. */
export const n = (value: number) => String(Math.round(value * 10) / 10);

export const path = (corners: readonly (readonly [number, number])[], attributes = "") =>
  `<path d="M${corners.map(([x, y]) => `${n(x)} ${n(y)}`).join("L")}"${attributes && ` ${attributes}`}/>`;

/** From one point to another. */
export const line = (x1: number, y1: number, x2: number, y2: number, attributes = "") =>
  path(
    [
      [x1, y1],
      [x2, y2],
    ],
    attributes,
  );

/** Text on a point, whatever it holds. */
export function text(
  x: number,
  y: number,
  content: string,
  anchor: "start" | "middle" | "end",
  attributes = "",
): string {
  const safe = content
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(/\p{Cc}/gu, "");
  return `<text x="${n(x)}" y="${n(y)}" text-anchor="${anchor}"${attributes && ` ${attributes}`}>${safe}</text>`;
}

export const document = (
  width: number,
  height: number,
  parts: readonly string[],
) => `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${n(width)} ${n(height)}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="#fff"/>
${parts.join("\n")}
</svg>
`;
