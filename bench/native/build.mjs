// Builds the native contenders into bench/.cache/native: `nativeContenders()` gives those that this machine can have, and
// why the others are missing. A program is built again when a source is newer.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { Peer } from "../peers.mjs";
import { writeCodelets, writeRectifiers } from "./codelets.mjs";

const sources = import.meta.dirname;
const cache = join(sources, "../.cache/native");

/** WebAssembly SIMD on x86 is 128 bits with three-operand instructions and, in the plain build, without FMA. */
const WIDTHS = {
  128: ["-mtune=native", "-mavx", "-mno-avx2", "-mno-fma", "-DBITS=128"],
  256: ["-march=native", "-DBITS=256"],
  512: ["-march=native", "-DBITS=512", "-mprefer-vector-width=512"],
};

/** The vector extension that each width takes, as gcc names it. */
const EXTENSIONS = { 128: "__AVX__", 256: "__AVX2__", 512: "__AVX512F__" };

const newestSource = () =>
  Math.max(
    ...readdirSync(sources).map((name) => statSync(join(sources, name)).mtimeMs),
    ...["fourier.mjs", "graph.mjs", "schedule.mjs"].map((name) => statSync(join(sources, "../../build", name)).mtimeMs),
  );

/**
 * What the compiler does, in a folder of its own for what it makes. A program that cannot be built is a contender less, and
 * `missing` says why.
 */
class Build {
  missing = [];

  constructor(folder, compiler) {
    this.folder = folder;
    this.compiler = compiler;
    mkdirSync(folder, { recursive: true });
  }

  run(args, input = "") {
    return spawnSync(this.compiler, args, { encoding: "utf8", input });
  }

  /** Whether a program with this header can be compiled and linked. */
  hasLibrary(header, libraries) {
    const source = `#include <${header}>\nint main(void) { return 0; }\n`;
    return this.run(["-x", "c", "-", "-o", "/dev/null", ...libraries], source).status === 0;
  }

  /** The program, built if it is not there or older than a source; null if that failed. */
  program(name, source, options, libraries) {
    const output = join(this.folder, name);
    if (existsSync(output) && statSync(output).mtimeMs > newestSource()) return output;
    console.log(`bench: building ${name} out of bench/native/${source}`);
    // A compiler that is interrupted may leave half a program.
    const unfinished = `${output}.unfinished`;
    const flags = ["-O3", "-std=gnu11", "-ffp-contract=fast", "-fno-math-errno", `-I${this.folder}`, ...options];
    const files = [join(sources, source), "-o", unfinished, ...libraries, "-lm"];
    const { status, signal, error, stderr } = this.run([...flags, ...files]);
    if (status === 0) {
      renameSync(unfinished, output);
      return output;
    }
    rmSync(unfinished, { force: true });
    const end = error?.message ?? (signal ? `was ended by ${signal}` : `ended with ${status}`);
    const words = stderr?.trim();
    this.missing.push(`no contender ${name}: ${this.compiler} ${end} on ${source}${words ? `:\n${words}` : ""}`);
    return null;
  }
}

/** `{contenders: [{contender, build, dtypes, peer}], missing: [reason]}`. */
export function nativeContenders(folder = cache, compiler = "gcc") {
  const install = "bench/native/install.sh installs it on Debian";
  const build = new Build(folder, compiler);
  const { missing } = build;
  if (build.run(["--version"]).status !== 0) {
    return { contenders: [], missing: [`no native contenders: no ${compiler}; ${install}`] };
  }
  const contenders = [];
  const add = (contender, width, dtypes, program, args = []) => {
    if (program === null) return;
    contenders.push({ contender, build: width, dtypes, peer: new Peer(`${contender} ${width}`, program, args) });
  };

  if (build.hasLibrary("fftw3.h", ["-lfftw3f", "-lfftw3"])) {
    const program = build.program("fftw", "fftw.c", ["-march=native"], ["-lfftw3f", "-lfftw3"]);
    if (program && !existsSync(`${program}-f32.wisdom`)) {
      console.log("bench: FFTW will look for its best plan where it meets a size first, some seconds each");
    }
    add("fftw", "native", ["f32", "f64"], program, [join(folder, "fftw")]);
  } else missing.push(`no contender fftw: no FFTW 3; ${install}`);

  if (build.hasLibrary("cblas.h", ["-lopenblas"])) {
    const program = build.program("openblas", "openblas.c", ["-march=native"], ["-lopenblas"]);
    add("openblas", "native", ["f32", "f64"], program);
  } else missing.push(`no contender openblas: no OpenBLAS; ${install}`);

  writeCodelets(join(folder, "codelets.h"));
  writeRectifiers(join(folder, "rectifiers.h"));
  const extensions = build.run(["-march=native", "-dM", "-E", "-x", "c", "-"]).stdout ?? "";
  for (const [width, options] of Object.entries(WIDTHS)) {
    if (!extensions.includes(`${EXTENSIONS[width]} `)) {
      missing.push(`no contender c at ${width} bits: this processor has no such vectors`);
      continue;
    }
    for (const dtype of ["f32", "f64"]) {
      const name = `twin-${dtype}-${width}`;
      add("c", width, [dtype], build.program(name, "twin.c", [...options, `-D${dtype.toUpperCase()}`], []));
    }
  }
  return { contenders, missing };
}
