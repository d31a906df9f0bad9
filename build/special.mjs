// Compiles the module behind `spherical-cnn/special` (assembly/special.ts, options in asconfig.special.json), with
// as-bind's transform. compile.mjs calls it.

import { readFileSync, rmSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import asc from "assemblyscript/asc";
import { asBindTransform } from "../src/special/as-bind-shim.mjs";
import { pack } from "./pack.mjs";

const root = resolve(import.meta.dirname, "..");

/** Returns the number of bytes. */
export async function compileSpecial(folder) {
  const partial = join(folder, "special.wasm.compiled");
  const { error, stderr } = await asc.main(
    ["--config", "asconfig.special.json", "--baseDir", root, "--outFile", relative(root, partial)],
    { transforms: [await asBindTransform()] },
  );
  if (error) throw new Error(`assembly/special.ts: ${error.message}\n${stderr.toString()}`);
  const bytes = readFileSync(partial);
  await pack(folder, "special", bytes, { gzip: false });
  rmSync(partial);
  return bytes.length;
}
