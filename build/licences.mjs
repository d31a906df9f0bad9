// The licences of the packages that bundles carry, for the file THIRD-PARTY.txt beside them. Bundlers mark each module
// with the path that it came from, which says what the bundle holds.

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Writes THIRD-PARTY.txt into `folder`, from the packages below `root`/node_modules.
 * @param bundles by name, each with the packages of which more than its modules tell are in what belongs to it
 */
export function writeLicences(root, folder, bundles) {
  const sections = Object.entries(bundles).map(([name, more]) => {
    const bundle = readFileSync(join(folder, name), "utf8");
    const marked = [...bundle.matchAll(/node_modules\/((?:@[^/\s]+\/)?[^/\s]+)\//g)].map(([, found]) => found);
    const texts = [...new Set([...marked, ...more])].sort().map((found) => licence(join(root, "node_modules", found)));
    return [`${name} contains parts of the following packages.\n`, ...texts].join(`\n${"-".repeat(80)}\n\n`);
  });
  writeFileSync(join(folder, "THIRD-PARTY.txt"), sections.join(`\n${"=".repeat(80)}\n\n`));
}

/** Name, version and licence of the package in a folder. */
function licence(home) {
  const { name, version, license } = JSON.parse(readFileSync(join(home, "package.json"), "utf8"));
  const file = readdirSync(home).find((entry) => /^licen[cs]e/i.test(entry));
  const text =
    file && existsSync(join(home, file)) ? readFileSync(join(home, file), "utf8").trim() : `Licence: ${license}`;
  return `${name} ${version}\n\n${text}\n`;
}
