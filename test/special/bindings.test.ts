// The module behind the functions: the two bindings, the engine's bits, its memory, and `init`.

import { readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { bind as bindWithAsBind } from "../../src/special/as-bind.ts";
import type { SpecialKernels } from "../../src/special/kernels.ts";
import { bind as bindByPointers } from "../../src/special/pointers.ts";
import { kernelBench } from "../support/kernels.ts";
import { signals } from "../support/signals.ts";

const bytes = new Uint8Array(readFileSync("build/wasm/special.wasm"));
const module = new WebAssembly.Module(bytes);

const points = Float64Array.from(signals(77, 5));
/** Of each function: results that are odd, long, empty, zero. */
const CALLS: ((kernels: SpecialKernels) => Float64Array)[] = [
  (k) => k.wignerSmallD(0, 0),
  (k) => k.wignerSmallD(33, 1.234),
  (k) => k.wignerD(12, 0.3, 2.5, -99_999),
  (k) => k.sphericalHarmonics(11, points, points.slice().reverse()),
  (k) => k.sphericalHarmonics(4, new Float64Array(0), new Float64Array(0)),
  (k) => k.legendre(30, -4, points),
  (k) => k.quadratureWeights(17),
  (k) => k.clebschGordan(9, 7, 5),
  (k) => k.clebschGordan(2, 2, 7),
];

describe("the bindings", () => {
  it("with as-bind and by pointers give the same bits", () => {
    const [a, b] = [bindWithAsBind(module, bytes), bindByPointers(module)];
    for (const call of CALLS) {
      const first = call(a).slice();
      expect(call(b).slice()).toEqual(first);
      // What earlier calls have left in memory does not matter.
      expect(call(a).slice()).toEqual(first);
    }
  });

  it("as-bind knows each function by its types, written by its transform", () => {
    const [section] = WebAssembly.Module.customSections(module, "as-bind_bindings");
    const { exportedFunctions } = JSON.parse(new TextDecoder().decode(section));
    const array = "~lib/typedarray/Float64Array";
    expect(exportedFunctions.sphericalHarmonics).toEqual({ returnType: array, parameters: ["i32", array, array] });
    expect(exportedFunctions.wignerD.parameters).toEqual(["i32", "f64", "f64", "f64"]);
  });

  it("give the bits of the engine's kernels", () => {
    const q = kernelBench("f64", "plain");
    const kernels = bindWithAsBind(module, bytes);
    const d = q.alloc(41 * 41 * 8);
    q.k.wignerSmallD!(20, 0.9, d, q.alloc(q.k.wignerSmallDScratchBytes!(20)));
    expect(kernels.wignerSmallD(20, 0.9).slice()).toEqual(q.getF64(d, 41 * 41));
    const w = q.alloc(2 * 30 * 8);
    q.k.quadratureWeights!(30, w);
    expect(kernels.quadratureWeights(30).slice()).toEqual(q.getF64(w, 60));
    const [re, im] = [q.alloc(15 * 15 * 8), q.alloc(15 * 15 * 8)];
    q.k.wignerDMatrix!(7, 0.4, 1.2, -3, re, im, q.alloc(q.k.wignerDMatrixScratchBytes!(7)));
    const D = kernels.wignerD(7, 0.4, 1.2, -3).slice();
    expect(D.slice(0, 225)).toEqual(q.getF64(re, 225));
    expect(D.slice(225)).toEqual(q.getF64(im, 225));
  });

  it.each([
    ["as-bind", () => bindWithAsBind(module, bytes)],
    ["pointers", () => bindByPointers(module)],
  ])("%s: a thousand calls need no more memory than the first few", (_, bind) => {
    const kernels = bind();
    const round = () => {
      kernels.wignerD(30, 1, 2, 3);
      kernels.sphericalHarmonics(20, points, points);
      kernels.legendre(9, 2, points);
      kernels.clebschGordan(12, 12, 12);
    };
    for (let i = 0; i < 3; i++) round();
    const before = kernels.memory.buffer.byteLength;
    for (let i = 0; i < 250; i++) round();
    expect(kernels.memory.buffer.byteLength).toBe(before);
    expect(before).toBeLessThan(2 ** 20);
  });
});

describe("the entry", () => {
  let special: typeof import("../../src/special/index.ts");
  beforeEach(async () => {
    vi.resetModules();
    special = await import("../../src/special/index.ts");
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  const exact = [(1 + Math.cos(0.5)) / 2, Math.sin(0.5) / Math.SQRT2, (1 - Math.cos(0.5)) / 2];
  const works = () => {
    const d = special.wignerSmallD(1, 0.5);
    exact.forEach((value, i) => {
      expect(Math.abs(d[i]! - value)).toBeLessThan(1e-15);
    });
  };

  it("needs no init", works);

  it("compiles nothing before it is asked for a number", () => {
    const compiled = vi.spyOn(WebAssembly, "Module");
    expect(() => special.wignerSmallD(-1, 0)).toThrow(special.ValueError);
    expect(compiled).not.toHaveBeenCalled();
  });

  it("init may come twice, late, and at the same time", async () => {
    await Promise.all([special.init(), special.init(bytes)]);
    works();
    await special.init();
    await special.init(module);
    works();
  });

  it.each<[string, () => unknown]>([
    ["bytes", () => bytes],
    ["a buffer", () => bytes.buffer],
    ["a module, bound by pointers", () => module],
    ["a Response", () => new Response(bytes)],
    ["a promise", () => Promise.resolve(bytes)],
    ["a URL", () => new URL(`data:application/wasm;base64,${Buffer.from(bytes).toString("base64")}`)],
  ])("init takes %s", async (_, source) => {
    const carried = vi.spyOn(globalThis, "atob");
    await special.init(source() as never);
    works();
    expect(carried).not.toHaveBeenCalled();
  });

  it("init keeps what it was given, whatever becomes of the caller's bytes", async () => {
    const given = bytes.slice();
    await special.init(given);
    given.fill(0);
    works();
  });

  it("refuses a file that is not the one, and works without it", async () => {
    const foreign = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);
    const older = Uint8Array.from(bytes);
    older[older.length - "0.1.0 special".length] = "7".charCodeAt(0);
    for (const [source, message] of [
      [foreign, /not one of spherical-cnn's kernels/],
      [new WebAssembly.Module(foreign), /not one of spherical-cnn's kernels/],
      [new Uint8Array(readFileSync("build/wasm/f32-plain.wasm")), /\(special\), got "f32-plain" of version/],
      [older, /got "special" of version "7\.1\.0"/],
      [bytes.subarray(0, 1000), /expected a WebAssembly module that this runtime can compile/],
      [new Uint8Array(0), /expected a WebAssembly module that this runtime can compile/],
    ] as const) {
      await expect(special.init(source)).rejects.toThrow(special.FormatError);
      await expect(special.init(source)).rejects.toThrow(message);
    }
    await expect(special.init(7 as never)).rejects.toThrow(special.ValueError);
    works();
  });

  it("names the directive where a page's policy blocks WebAssembly, and the condition where a host does", () => {
    vi.spyOn(WebAssembly, "Module").mockImplementation(function blocked() {
      throw new WebAssembly.CompileError("blocked");
    });
    expect(() => special.quadratureWeights(2)).toThrow(special.UnsupportedRuntimeError);
    expect(() => special.quadratureWeights(2)).toThrow(/condition \("workerd"/);
    vi.stubGlobal("SecurityPolicyViolationEvent", class {});
    expect(() => special.quadratureWeights(2)).toThrow(special.ContentSecurityPolicyError);
    expect(() => special.quadratureWeights(2)).toThrow(/'wasm-unsafe-eval'/);
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
    works();
  });

  it("says what is missing where there is no SIMD", () => {
    vi.spyOn(WebAssembly, "validate").mockReturnValue(false);
    expect(() => special.legendre(2, 0, 0)).toThrow(special.UnsupportedRuntimeError);
    expect(() => special.legendre(2, 0, 0)).toThrow(/no WebAssembly SIMD/);
  });

  it("a memory that cannot grow: an error with a name, and the next call works", () => {
    setFlagsFromString("--wasm-max-mem-pages=40");
    try {
      works();
      for (let i = 0; i < 3; i++) {
        let error: unknown;
        try {
          special.wignerSmallD(300, 0.5);
        } catch (caught) {
          error = caught;
        }
        expect(error).toBeInstanceOf(special.MemoryExhaustedError);
        const { requested, limit } = error as InstanceType<typeof special.MemoryExhaustedError>;
        expect(requested).toBe(601 * 601 * 8);
        expect(limit).toBeLessThanOrEqual(40 * 65536);
        works();
      }
    } finally {
      setFlagsFromString("--wasm-max-mem-pages=65536");
    }
  });

  it("a result that JavaScript cannot hold, too", () => {
    const { Float64Array: Original } = globalThis;
    vi.stubGlobal("Float64Array", function failing(this: unknown, ...args: [number]) {
      if (args.length === 1 && args[0] === 3 * 5 * 7) throw new RangeError("Array buffer allocation failed");
      return Reflect.construct(Original, args);
    });
    expect(() => special.clebschGordan(1, 2, 3)).toThrow(special.MemoryExhaustedError);
    vi.unstubAllGlobals();
    works();
  });

  it("hands out copies that belong to the caller", () => {
    const first = special.wignerD(3, 0.1, 0.2, 0.3);
    const kept = [first.re.slice(), first.im.slice()];
    special.wignerD(3, 1, 2, 3);
    special.clebschGordan(3, 3, 3);
    expect([first.re, first.im]).toEqual(kept);
    first.re.fill(9);
    expect(special.wignerD(3, 0.1, 0.2, 0.3).re).toEqual(kept[0]);
    for (const array of [first.re, first.im, special.legendre(2, 1, points), special.sphericalHarmonics(2, 1, 1).im]) {
      expect(array.byteOffset).toBe(0);
      expect(array.buffer.byteLength).toBe(array.byteLength);
    }
    expect(first.re.buffer).not.toBe(first.im.buffer);
  });

  it("leaves its arguments as they are", () => {
    const x = Float64Array.of(0.1, 0.2);
    special.legendre(5, 2, x);
    special.sphericalHarmonics(5, x, x);
    expect(x).toEqual(Float64Array.of(0.1, 0.2));
  });
});
