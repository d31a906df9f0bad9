// Writes a compiled binary in the forms in which hosts take it. `#wasm/*` in package.json chooses by condition:
//
//   <name>.workerd.js  workerd, which compiles nothing from bytes: imports <name>.wasm as a compiled module, by a relative path,
//                      since Wrangler knows such an import by how it ends
//   <name>.edge.js     edge-light, the same with the suffix by which Next and its kin know it; null for relaxed SIMD, since
//                      there every .wasm of a route is compiled beforehand, whether the machine can or not
//   <name>.js          everywhere else: an ES module that holds the binary, packed with gzip unless it is small, in base64, so
//                      that no bundler needs a configuration and no page a path
//
// A binary says whose it is in a custom section, so that another one, or another version's, is told apart when it is loaded.

import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import zopfli from "@gfx/zopfli";

/** gzip that takes its time: a twentieth less to download. */
const zopfliGzip = promisify(zopfli.gzip);

/** Of the custom section, and of the package. */
const NAME = "spherical-cnn";
const root = resolve(import.meta.dirname, "..");

/** The section: 0, its size, the length of its name, the name, what it says; all lengths below 128, so a byte each. */
function identitySection(binary) {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const body = Buffer.concat([Buffer.from([NAME.length]), Buffer.from(`${NAME}${version} ${binary}`)]);
  return Buffer.concat([Buffer.from([0, body.length]), body]);
}

/** Whether a binary is there and says that it is this version's. */
export function isPacked(folder, name) {
  const file = join(folder, `${name}.wasm`);
  const section = identitySection(name);
  return existsSync(file) && readFileSync(file).subarray(-section.length).equals(section);
}

/**
 * Writes all forms of a binary into `folder`, the `.wasm` last: whoever finds it finds the others.
 * @param gzip whether to pack: what is packed can only be unpacked asynchronously
 */
export async function pack(folder, name, compiled, { gzip = true } = {}) {
  const bytes = Buffer.concat([compiled, identitySection(name)]);
  const write = (file, content) => writeFileSync(join(folder, file), content);
  const base64 = Buffer.from(gzip ? await zopfliGzip(bytes, { numiterations: 5 }) : bytes).toString("base64");
  write(`${name}.js`, `/* @ts-self-types="./${name}.d.ts" */\nexport default "${base64}";\n`);
  write(
    `${name}.d.ts`,
    `/** The binary${gzip ? ", packed with gzip," : ""} in base64. */\ndeclare const base64: string;\nexport default base64;\n`,
  );
  write(`${name}.workerd.js`, `export { default } from "./${name}.wasm";\n`);
  const edge = name.endsWith("-relaxed") ? "export default null;" : `export { default } from "./${name}.wasm?module";`;
  write(`${name}.edge.js`, `${edge}\n`);
  write(`${name}.wasm.partial`, bytes);
  renameSync(join(folder, `${name}.wasm.partial`), join(folder, `${name}.wasm`));
}
