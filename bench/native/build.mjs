// Builds the native contenders into bench/.cache/native: `nativeContenders()` gives those that this machine can have, and
// why the others are missing. A program is built again when a source is newer.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { Peer } from "../peers.mjs";
import { writeCodelets, writeRectifiers } from "./codelets.mjs";

const sources = import.meta.dirname;
const folder = join(sources, "../.cache/native");

/** WebAssembly SIMD on x86 is 128 bits with three-operand instructions and, in the plain build, without FMA. */
const WIDTHS = {
  128: ["-mtune=native", "-mavx", "-mno-avx2", "-mno-fma", "-DBITS=128"],
  256: ["-march=native", "-DBITS=256"],
  512: ["-march=native", "-DBITS=512", "-mprefer-vector-width=512"],
};

/** The vector extension that each width takes, as gcc names it. */
const EXTENSIONS = { 128: "__AVX__", 256: "__AVX2__", 512: "__AVX512F__" };

function gcc(args) {
  return spawnSync("gcc", args, { encoding: "utf8" });
}

/** Whether a program with this header can be compiled and linked. */
function hasLibrary(header, libraries) {
  const source = `#include <${header}>\nint main(void) { return 0; }\n`;
  const args = ["-x", "c", "-", "-o", "/dev/null", ...libraries];
  return spawnSync("gcc", args, { input: source, encoding: "utf8" }).status === 0;
}

const newestSource = () =>
  Math.max(
    ...readdirSync(sources).map((name) => statSync(join(sources, name)).mtimeMs),
    ...["fourier.mjs", "graph.mjs", "schedule.mjs"].map((name) => statSync(join(sources, "../../build", name)).mtimeMs),
  );

function compile(program, source, options, libraries) {
  const output = join(folder, program);
  if (existsSync(output) && statSync(output).mtimeMs > newestSource()) return output;
  const flags = ["-O3", "-std=gnu11", "-ffp-contract=fast", "-fno-math-errno", `-I${folder}`];
  const { status, stderr } = gcc([...flags, ...options, join(sources, source), "-o", output, ...libraries, "-lm"]);
  if (status !== 0) throw new Error(`bench: gcc could not compile ${source}:\n${stderr}`);
  return output;
}

/** `{contenders: [{contender, build, dtypes, peer}], missing: [reason]}`. */
export function nativeContenders() {
  const install = "bench/native/install.sh installs it on Debian";
  if (gcc(["--version"]).status !== 0) return { contenders: [], missing: [`no native contenders: no gcc; ${install}`] };
  mkdirSync(folder, { recursive: true });
  const contenders = [];
  const missing = [];
  const add = (contender, build, dtypes, program, args = []) =>
    contenders.push({ contender, build, dtypes, peer: new Peer(`${contender} ${build}`, program, args) });

  if (hasLibrary("fftw3.h", ["-lfftw3f", "-lfftw3"])) {
    const program = compile("fftw", "fftw.c", ["-march=native"], ["-lfftw3f", "-lfftw3"]);
    add("fftw", "native", ["f32", "f64"], program, [join(folder, "fftw")]);
  } else missing.push(`no contender fftw: no FFTW 3; ${install}`);

  if (hasLibrary("cblas.h", ["-lopenblas"])) {
    add("openblas", "native", ["f32", "f64"], compile("openblas", "openblas.c", ["-march=native"], ["-lopenblas"]));
  } else missing.push(`no contender openblas: no OpenBLAS; ${install}`);

  writeCodelets(join(folder, "codelets.h"));
  writeRectifiers(join(folder, "rectifiers.h"));
  const extensions = gcc(["-march=native", "-dM", "-E", "-x", "c", "/dev/null"]).stdout;
  for (const [width, options] of Object.entries(WIDTHS)) {
    if (!extensions.includes(`${EXTENSIONS[width]} `)) {
      missing.push(`no contender c at ${width} bits: this processor has no such vectors`);
      continue;
    }
    for (const dtype of ["f32", "f64"]) {
      add(
        "c",
        width,
        [dtype],
        compile(`twin-${dtype}-${width}`, "twin.c", [...options, `-D${dtype.toUpperCase()}`], []),
      );
    }
  }
  return { contenders, missing };
}
