// The house's one rule of structure: a file imports only from its own floor or a lower one (docs/design.md, "Floors").

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, it } from "vitest";

/** From the ground up; a room belongs to the first entry that its path begins with. */
const FLOORS: readonly (readonly string[])[] = [
  ["errors.ts", "random.ts", "tensor-data.ts", "sphere/"],
  ["wasm/"],
  ["autodiff/"],
  ["tensor/"],
  ["tables/"],
  ["ops/"],
  ["nn/", "optim/"],
  ["models/", "formats/", "transforms"],
  ["data/", "train/"],
  ["index.ts", "cli/", "cli.ts"],
];

const source = resolve("src");

function floorOf(file: string): number {
  const floor = FLOORS.findIndex((rooms) => rooms.some((room) => file.startsWith(room)));
  if (floor < 0) throw new Error(`src/${file} stands on no floor of test/floors.test.ts`);
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
  expect(files.length).toBeGreaterThan(20);
  expect(upward).toEqual([]);
});
