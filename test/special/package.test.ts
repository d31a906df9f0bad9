// The built entry `spherical-cnn/special` as a user's program imports it, and its other half, for hosts where as-bind
// cannot run.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { wignerD } from "../../src/special/index.ts";

/** As the program prints it: JSON has no −0. */
const printed = (numbers: Float64Array) => JSON.parse(JSON.stringify([...numbers]));

const run = (program: string, ...flags: string[]) =>
  JSON.parse(execFileSync(process.execPath, [...flags, "--eval", program], { encoding: "utf8" }));

it("a program that imports it by name, its errors being the library's", () => {
  const program = `
    import { ValueError } from "spherical-cnn";
    import * as special from "spherical-cnn/special";
    const refused = (() => { try { special.legendre(1, 2, 0); } catch (error) { return error instanceof ValueError; } })();
    const same = special.ValueError === ValueError;
    console.log(JSON.stringify({ refused, same, names: Object.keys(special), im: [...special.wignerD(2, 1, 2, 3).im] }));
  `;
  const { refused, same, names, im } = run(program, "--input-type=module");
  expect({ refused, same }).toEqual({ refused: true, same: true });
  expect(names.filter((name: string) => !name.endsWith("Error")).sort()).toEqual([
    "clebschGordan",
    "init",
    "legendre",
    "quadratureWeights",
    "sphericalHarmonics",
    "wignerD",
    "wignerSmallD",
  ]);
  expect(im).toEqual(printed(wignerD(2, 1, 2, 3).im));
});

it("the bundle that has no as-bind computes the same bits, from a module alone", () => {
  const program = `
    import { readFileSync } from "node:fs";
    const special = await import(${JSON.stringify(pathToFileURL("dist/special-pointers.mjs").href)});
    await special.init(new WebAssembly.Module(readFileSync("build/wasm/special.wasm")));
    console.log(JSON.stringify([...special.wignerD(9, 1, 2, 3).re]));
  `;
  expect(run(program, "--input-type=module")).toEqual(printed(wignerD(9, 1, 2, 3).re));
});

it("carries what it needs: no package, no engine, and the licence of as-bind", () => {
  const imports = (file: string) =>
    [...readFileSync(file, "utf8").matchAll(/(?:from|import)\s*\(?"([^"]+)"/g)].map(([, name]) => name).sort();
  expect(imports("dist/special.mjs")).toEqual(["#wasm/special", "./errors.mjs"]);
  expect(imports("dist/special-pointers.mjs")).toEqual(["#wasm/special", "./errors.mjs"]);
  expect(imports("dist/errors.mjs")).toEqual([]);
  expect(readFileSync("dist/special.mjs", "utf8")).toContain("as-bind_bindings");
  expect(readFileSync("dist/special-pointers.mjs", "utf8")).not.toContain("as-bind");
  expect(readFileSync("dist/THIRD-PARTY.txt", "utf8")).toMatch(/special\.mjs contains[^=]*as-bind 0\.8\.2\n\nMIT/);
});
