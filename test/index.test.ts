// The built library as a user's program imports it: by the package's name, in a process of its own, without a bundler.

import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";

test("a program that builds, trains, saves, loads and rotates", () => {
  const program = `
    import * as cnn from "spherical-cnn";
    const engine = await cnn.createEngine();
    const rng = new cnn.Random(1);
    const model = new cnn.Sequential(engine, [
      new cnn.S2Convolution(engine, { featuresIn: 1, featuresOut: 4, bandwidthIn: 4, bandwidthOut: 3, grid: cnn.s2NearIdentityGrid(), rng }),
      new cnn.ReLU(engine),
      new cnn.SO3Integrate(engine),
      new cnn.Linear(engine, { featuresIn: 4, featuresOut: 2, bias: true, rng }),
    ]);
    const optimizer = new cnn.Adam(model.parameters(), { learningRate: 0.1 });
    const numbers = Float64Array.from({ length: 8 * 64 }, () => rng.uniform(-1, 1));
    const losses = Array.from({ length: 100 }, () => engine.scope(() => {
      const loss = cnn.crossEntropy(model.forward(engine.signal(numbers, [8, 1, 8, 8])), [0, 1, 0, 1, 0, 1, 0, 1]);
      loss.backward();
      optimizer.step();
      optimizer.zeroGrad();
      return loss.item();
    }));
    const { network } = cnn.loadCheckpoint(engine, cnn.saveCheckpoint(model));
    const x = engine.signal(numbers.subarray(0, 64), [1, 1, 8, 8]);
    const same = [model, network].map((each) => [...engine.scope(() => each.eval().forward(x).toArray())]);
    const turned = cnn.s2Rotation(x, cnn.randomRotation(rng)).shape;
    const spectrum = cnn.transform(engine, "s2-fft", { re: numbers, shape: [8, 8, 8] }).shape;
    console.log(JSON.stringify({ losses, same, turned, spectrum }));
  `;
  const out = execFileSync(process.execPath, ["--input-type=module", "--eval", program], { encoding: "utf8" });
  const { losses, same, turned, spectrum } = JSON.parse(out);
  expect(losses.at(-1)).toBeLessThan(0.8 * losses[0]);
  expect(same[0]).toEqual(same[1]);
  expect({ turned, spectrum }).toEqual({ turned: [1, 1, 8, 8], spectrum: [8, 16] });
});

test("needs no module of Node's and no package, and carries its types", () => {
  const imports = [...readFileSync("dist/index.mjs", "utf8").matchAll(/(?:from|import)\s*\(?"([^"]+)"/g)].map(
    ([, name]) => name,
  );
  expect([...new Set(imports)].sort()).toEqual([
    "#wasm/f32-plain",
    "#wasm/f32-relaxed",
    "#wasm/f64-plain",
    "#wasm/f64-relaxed",
    "./errors.mjs",
  ]);
  expect(readFileSync("dist/index.d.mts", "utf8")).toContain("declare function createEngine(");
});

test("spherical-cnn/node reads MNIST from a folder, and its errors are the library's", () => {
  const program = `
    import * as cnn from "spherical-cnn";
    import { downloadMnist, loadMnist, MNIST_FILES } from "spherical-cnn/node";
    const folder = process.argv[1];
    const { images, labels } = await loadMnist(folder, "test", { limit: 2 });
    const { count } = new cnn.SphericalMnist({ images, labels });
    const missing = await loadMnist(folder, "train").catch((error) => error instanceof cnn.ValueError);
    const wrong = await downloadMnist(folder, { mirrors: [] }).catch((error) => error instanceof cnn.SphericalCnnError);
    console.log(JSON.stringify({ count, labels: [...labels], missing, wrong, files: MNIST_FILES.length }));
  `;
  const folder = mkdtempSync(join(tmpdir(), "mnist-"));
  try {
    for (const [part, name] of [
      ["images-idx3", "t10k-images-idx3-ubyte.gz"],
      ["labels-idx1", "t10k-labels-idx1-ubyte.gz"],
    ]) {
      copyFileSync(`models/mnist-test-500-${part}-ubyte.gz`, join(folder, name!));
    }
    const out = execFileSync(process.execPath, ["--input-type=module", "--eval", program, folder], {
      encoding: "utf8",
    });
    expect(JSON.parse(out)).toEqual({ count: 2, labels: [7, 2], missing: true, wrong: true, files: 4 });
    const types = readFileSync("dist/node.d.mts", "utf8");
    expect(types).toContain("declare function loadMnist(");
    expect(types).toContain("declare function downloadMnist(");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("its types need neither those of the DOM nor those of Node", () => {
  const folder = mkdtempSync(join(tmpdir(), "types-"));
  try {
    const options = {
      noEmit: true,
      strict: true,
      target: "es2022",
      lib: ["es2022", "esnext.disposable"],
      types: [],
      module: "nodenext",
      moduleResolution: "nodenext",
    };
    const files = [resolve("dist/index.d.mts"), resolve("dist/special.d.mts")];
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: options, files }));
    const compiler = resolve("node_modules/typescript/bin/tsc");
    const { stdout } = spawnSync(process.execPath, [compiler, "-p", folder], { encoding: "utf8" });
    expect(stdout).toBe("");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
