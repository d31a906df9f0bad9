// Compiles the AssemblyScript kernels: one source, four binaries (f32 | f64) × (plain | relaxed SIMD).
//
//   node build/compile.mjs                       every target of asconfig.json, from assembly/index.ts, into build/wasm
//   node build/compile.mjs --entry FILE --out D  another entry, another folder (for work on one kernel alone)
//
// And special.wasm, the module of `spherical-cnn/special` (special.mjs).
//
// Each target becomes <target>.wasm and the modules that carry it (pack.mjs). A target is compiled again only when a source
// is newer than its output, or that is of another version.

import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import asc from "assemblyscript/asc";
import { isPacked, pack } from "./pack.mjs";
import { compileSpecial } from "./special.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");

/** Newest modification time below a folder or of a file, in milliseconds. */
function newest(path) {
  const info = statSync(path);
  if (!info.isDirectory()) return info.mtimeMs;
  return Math.max(...readdirSync(path).map((name) => newest(join(path, name))));
}

/** The options of asconfig.json as asc's arguments, since asc reads that file only below its working folder. */
function targetArguments(config, target) {
  const options = { ...config.options, ...config.targets[target] };
  options.enable = [...(config.options.enable ?? []), ...(config.targets[target].enable ?? [])];
  return Object.entries(options).flatMap(([name, value]) => {
    if (value === true) return [`--${name}`];
    if (Array.isArray(value)) return value.flatMap((item) => [`--${name}`, String(item)]);
    return [`--${name}`, String(value)];
  });
}

async function compile(entry, target, folder) {
  const config = JSON.parse(readFileSync(join(root, "asconfig.json"), "utf8"));
  const partial = join(folder, `${target}.wasm.compiled`);
  const { error, stderr } = await asc.main(
    [entry, "--baseDir", root, "--outFile", relative(root, partial), ...targetArguments(config, target)],
    {},
  );
  if (error) throw new Error(`assembly, target ${target}: ${error.message}\n${stderr.toString()}`);
  const bytes = readFileSync(partial);
  await pack(folder, target, bytes);
  rmSync(partial);
  return bytes.length;
}

const { values } = parseArgs({
  options: { entry: { type: "string" }, out: { type: "string" }, force: { type: "boolean" } },
});
const entry = values.entry ?? "assembly/index.ts";
const folder = resolve(values.out ?? join(root, "build/wasm"));
mkdirSync(folder, { recursive: true });

await import("./generate.mjs");
const sources = Math.max(
  newest(join(root, "assembly")),
  newest(join(root, "asconfig.json")),
  newest(join(root, "build/compile.mjs")),
  newest(join(root, "build/pack.mjs")),
  newest(join(root, "asconfig.special.json")),
  newest(join(root, "build/special.mjs")),
  newest(join(root, "src/special/as-bind-shim.mjs")),
  newest(join(root, "node_modules/.package-lock.json")), // another compiler
);
const targets = Object.keys(JSON.parse(readFileSync(join(root, "asconfig.json"), "utf8")).targets);
if (!values.entry) targets.push("special");
for (const target of targets) {
  const output = join(folder, `${target}.wasm`);
  const fresh = (() => {
    try {
      return statSync(output).mtimeMs > sources && isPacked(folder, target);
    } catch {
      return false;
    }
  })();
  if (fresh && !values.force) continue;
  rmSync(output, { force: true });
  const began = performance.now();
  const size = target === "special" ? await compileSpecial(folder) : await compile(entry, target, folder);
  console.log(
    `compiled ${target}.wasm, ${(size / 1024).toFixed(1)} kB, ${((performance.now() - began) / 1000).toFixed(1)} s`,
  );
}
