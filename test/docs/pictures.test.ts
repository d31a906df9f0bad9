// The pictures of docs/pictures are those that the library draws today. The host's sine and cosine may differ in the last
// place, and with them a pixel: paths of pixels are compared by their areas, all else by its numbers, to a fifth of a pixel.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "spherical-cnn-pictures-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A text without its numbers, and the numbers; a path of runs counts as one number, its pixels. */
function taken(svg: string): { text: string; numbers: number[] } {
  const areas = svg.replaceAll(/d="((?:M\d+ \d+h\d+)+)"/g, (_, runs: string) => {
    const pixels = [...runs.matchAll(/h(\d+)/g)].reduce((sum, [, length]) => sum + Number(length), 0);
    return `pixels="${pixels}"`;
  });
  const number = /(?<![#\w])-?\d+(?:\.\d+)?/g;
  return { text: areas.replaceAll(number, "0"), numbers: [...areas.matchAll(number)].map(([each]) => Number(each)) };
}

it("are drawn again", { timeout: 120_000 }, () => {
  execFileSync(process.execPath, ["build/pictures.mjs", folder]);
  expect(readdirSync(folder).sort()).toEqual(readdirSync("docs/pictures").sort());
  for (const name of readdirSync(folder)) {
    const [now, then] = [join(folder, name), join("docs/pictures", name)].map((file) =>
      taken(readFileSync(file, "utf8")),
    );
    expect(now!.text, name).toBe(then!.text);
    const off = now!.numbers.filter((value, i) => Math.abs(value - then!.numbers[i]!) > 0.2 + Math.abs(value) / 100);
    expect(off, name).toEqual([]);
  }
});
