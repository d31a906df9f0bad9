// Counts as tiles: a confusion matrix.

import { extent } from "./statistics.ts";
import { document, text } from "./svg.ts";

/**
 * Counts as tiles, the darker the more, each with its number: a confusion matrix.
 * @param counts rows from top to bottom
 */
export function tilesSvg(options: {
  readonly title: string;
  readonly rows: string;
  readonly columns: string;
  readonly counts: readonly (readonly number[])[];
}): string {
  const { title, rows, columns, counts } = options;
  const [side, left, top] = [42, 70, 78];
  const [, most] = extent([1, ...counts.flat()]);
  const [, across] = extent([0, ...counts.map((row) => row.length)]);
  const tiles = counts.flatMap((row, i) =>
    row.map((count, k) => {
      // The square root lets the few mistakes be seen beside the many that are right.
      const share = Math.sqrt(count / most);
      const fill = `rgb(${[0, 114, 178].map((channel) => Math.round(255 + (channel - 255) * share)).join(" ")})`;
      const [x, y] = [left + side * k, top + side * i];
      const number =
        count > 0
          ? text(x + side / 2, y + side / 2 + 4, String(count), "middle", `fill="${share > 0.55 ? "#fff" : "#000"}"`)
          : "";
      return `<rect x="${x}" y="${y}" width="${side}" height="${side}" fill="${fill}" stroke="#ccc"/>${number}`;
    }),
  );
  const heads = [
    ...Array.from({ length: across }, (_, k) => text(left + side * (k + 0.5), top - 8, String(k), "middle")),
    ...counts.map((_, i) => text(left - 10, top + side * (i + 0.5) + 4, String(i), "end")),
    text(left + (side * across) / 2, top - 26, columns, "middle"),
    text(0, 0, rows, "middle", `transform="translate(24 ${top + (side * counts.length) / 2}) rotate(-90)"`),
    text(16, 24, title, "start", 'font-size="15" font-weight="bold"'),
  ];
  const width = Math.max(left + side * across + 24, 32 + 9 * title.length);
  return document(width, top + side * counts.length + 20, [...tiles, ...heads]);
}
