// The licences of the packages that a bundle carries, for the file THIRD-PARTY.txt beside it. Bundlers mark each module
// with the path that it came from, which says what the bundle holds.

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Writes THIRD-PARTY.txt for the bundle `folder/name`, from the packages below `root`/node_modules. */
export function writeLicences(root, folder, name) {
  const bundle = readFileSync(join(folder, name), "utf8");
  const packages = new Set([...bundle.matchAll(/node_modules\/((?:@[^/\s]+\/)?[^/\s]+)\//g)].map(([, found]) => found));
  const texts = [...packages].sort().map((found) => {
    const home = join(root, "node_modules", found);
    const { version, license } = JSON.parse(readFileSync(join(home, "package.json"), "utf8"));
    const file = readdirSync(home).find((entry) => /^licen[cs]e/i.test(entry));
    const text =
      file && existsSync(join(home, file)) ? readFileSync(join(home, file), "utf8").trim() : `Licence: ${license}`;
    return `${found} ${version}\n\n${text}\n`;
  });
  const heading = `${name} contains parts of the following packages.\n`;
  writeFileSync(join(folder, "THIRD-PARTY.txt"), [heading, ...texts].join(`\n${"-".repeat(80)}\n\n`));
}
