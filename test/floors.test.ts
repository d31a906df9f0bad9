// The house's one rule of structure: a file imports only from its own floor or a lower one (docs/design.md, "Floors").

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, it } from "vitest";

/** The rooms of each floor, from the ground up: the table in the design, whose lowest row is assembly/. */
const FLOORS = readFileSync("docs/design.md", "utf8")
  .split("\n")
  .filter((line) => line.startsWith("|") && line.includes("`src/"))
  .map((line) => [...line.split("|")[2]!.matchAll(/`src\/([^`]*)`/g)].map(([, room]) => room!))
  .reverse();

const source = resolve("src");

function floorOf(file: string): number {
  const floor = FLOORS.findIndex((rooms) => rooms.some((room) => file === room || file.startsWith(`${room}/`)));
  if (floor < 0) throw new Error(`src/${file} stands on no floor of docs/design.md`);
  return floor;
}

it("imports go down", () => {
  const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  const upward: string[] = [];
  for (const file of files) {
    // Types may point anywhere below the doors: they leave no trace at run time.
    const text = readFileSync(join(source, file), "utf8").replace(/import type [^;]*;/g, "");
    for (const [, target] of text.matchAll(/from "(\.[^"]*)"/g)) {
      const imported = relative(source, resolve(source, dirname(file), target!));
      if (floorOf(imported) > floorOf(file)) upward.push(`${file} imports ${imported}`);
    }
  }
  expect(FLOORS).toHaveLength(10);
  expect(files.length).toBeGreaterThan(20);
  expect(upward).toEqual([]);
});
