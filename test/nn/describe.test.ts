// Descriptions: every type of module there and back, and what untrusted JSON is refused for.

import { expect, test } from "vitest";
import { ValueError } from "../../src/errors.ts";
import { LogSoftmax, ReLU, SO3ReLU, Softplus } from "../../src/nn/activations.ts";
import { BatchNorm1d, BatchNorm2d, BatchNorm3d, SO3BatchNorm } from "../../src/nn/batch-norm.ts";
import { Conv2d } from "../../src/nn/conv2d.ts";
import { S2Convolution, SO3Convolution, SO3Shortcut } from "../../src/nn/convolution.ts";
import { moduleFromDescription } from "../../src/nn/describe.ts";
import { Flatten } from "../../src/nn/flatten.ts";
import { Linear } from "../../src/nn/linear.ts";
import type { Module } from "../../src/nn/module.ts";
import { SO3Integrate, SO3Max } from "../../src/nn/pooling.ts";
import { Sequential } from "../../src/nn/sequential.ts";
import { Random } from "../../src/random.ts";
import { s2SoftGrid, so3NearIdentityGrid } from "../../src/sphere/grids.ts";
import { createEngine } from "../../src/tensor/engine.ts";

const engine = await createEngine({ dtype: "f32", build: "plain", memoryLimit: 2 ** 26 });
const rng = new Random(5);
const sizes = { featuresIn: 2, featuresOut: 3, bandwidthIn: 4, bandwidthOut: 3 };

const all: Module[] = [
  new S2Convolution(engine, { ...sizes, grid: s2SoftGrid(2), rng }),
  new SO3Convolution(engine, { ...sizes, grid: so3NearIdentityGrid({ nAlpha: 3, nBeta: 1 }), rng }),
  new SO3Shortcut(engine, { ...sizes, rng }),
  new SO3Shortcut(engine, { featuresIn: 2, featuresOut: 2, bandwidthIn: 4, bandwidthOut: 4, rng }),
  new SO3Integrate(engine),
  new SO3Max(engine),
  new ReLU(engine),
  new Softplus(engine),
  new LogSoftmax(engine),
  new Linear(engine, { featuresIn: 3, featuresOut: 2, bias: false, rng }),
  new BatchNorm1d(engine, { features: 2 }),
  new Conv2d(engine, { featuresIn: 2, featuresOut: 3, kernelSize: 2, stride: 2, padding: 1, rng }),
  new Conv2d(engine, { featuresIn: 2, featuresOut: 3, kernelSize: 3, bias: false, rng }),
  new Flatten(engine),
  new BatchNorm2d(engine, { features: 3, affine: false }),
  new BatchNorm3d(engine, { features: 4, momentum: 0.2, epsilon: 1e-3 }),
  new SO3BatchNorm(engine, { features: 4, momentum: 0.2, epsilon: 1e-3 }),
  new SO3Convolution(engine, { ...sizes, grid: so3NearIdentityGrid({ nAlpha: 3, nBeta: 1 }), rng, orders: 2 }),
  new SO3ReLU(engine, { oversampling: 2 }),
  new SO3ReLU(engine, { oversampling: 1, orders: 2, gammaOversampling: 3 }),
];

/** So many modules with names, each a Sequential of `inside`. */
function many(count: number, inside: unknown[] = []): unknown[] {
  const type = inside.length > 0 ? { type: "Sequential", modules: inside } : { type: "ReLU" };
  return Array.from({ length: count }, (_, i) => [String(i), type]);
}

test("every module survives JSON, and a state dict makes it the same", () => {
  const model = new Sequential(engine, [...all, ["last", new Sequential(engine, [new ReLU(engine)])]]);
  const json = JSON.stringify(model.describe());
  const rebuilt = moduleFromDescription(engine, JSON.parse(json), new Random(6));
  expect(JSON.stringify(rebuilt.describe())).toBe(json);
  expect(rebuilt.modules().map((module) => module.constructor)).toEqual(
    model.modules().map((module) => module.constructor),
  );
  expect(rebuilt.stateDict()).not.toEqual(model.stateDict());
  rebuilt.loadStateDict(model.stateDict());
  expect(rebuilt.stateDict()).toEqual(model.stateDict());
  rebuilt.dispose();
});

test("a description says all there is to say of a convolution", () => {
  expect(all[0]!.describe()).toEqual({
    type: "S2Convolution",
    ...sizes,
    grid: { kind: "s2-soft", parameters: { bandwidth: 2 } },
  });
});

test("no module takes a tensor of another engine", async () => {
  const other = await createEngine({ dtype: "f32", build: "plain" });
  for (const module of all) {
    if (module instanceof SO3Shortcut && !module.conv) continue; // hands on what it gets
    for (const shape of [
      [1, 2, 8, 8],
      [1, 2, 8, 8, 8],
      [1, 3],
    ]) {
      const data = new Float32Array(shape.reduce((a, b) => a * b));
      const foreign = shape.length > 2 ? other.signal(data, shape) : other.tensor(data, shape);
      expect(() => module.forward(foreign)).toThrow(ValueError);
      expect(() => module.forward(foreign)).toThrow(/belongs to another engine than the module/);
      foreign.dispose();
    }
  }
});

test("the same generator draws the same parameters", () => {
  const [a, b] = [1, 1].map((seed) => moduleFromDescription(engine, all[1]!.describe(), new Random(seed)));
  expect(a!.stateDict()).toEqual(b!.stateDict());
});

const convolution = all[0]!.describe();
const nested = (depth: number): unknown => {
  let description: unknown = { type: "ReLU" };
  for (let i = 0; i < depth; i++) description = { type: "Sequential", modules: [["0", description]] };
  return description;
};

test.each<[string, unknown, RegExp]>([
  ["nothing", undefined, /expected an object with a type, got undefined/],
  ["null", null, /expected an object with a type/],
  ["an array", [], /expected an object with a type, got \[\]/],
  ["no type", {}, /unknown type undefined, expected one of S2Convolution/],
  ["a type that every object has", { type: "constructor" }, /unknown type "constructor"/],
  ["__proto__ as type", JSON.parse('{"type":"__proto__"}'), /unknown type "__proto__"/],
  ["an option too many", { type: "ReLU", size: 1 }, /ReLU has the options none; got "size"/],
  ["an option too few", { type: "Linear", featuresIn: 1, featuresOut: 1 }, /Linear has the options featuresIn/],
  ["text for a number", { ...convolution, featuresIn: "2" }, /featuresIn: expected a number, got "2"/],
  ["NaN", { ...convolution, featuresIn: Number.NaN }, /expected a number, got NaN/],
  ["features without measure", { ...convolution, featuresIn: 1e9 }, /featuresIn must be an integer from 1 to 1048576/],
  ["a product without measure", { ...convolution, featuresIn: 1e6, featuresOut: 1e6 }, /at most 67108864 are allowed/],
  [
    "a bandwidth without measure",
    { ...convolution, bandwidthIn: 1e6 },
    /bandwidthIn must be an integer from 1 to 4096/,
  ],
  ["a grid of the other domain", { ...convolution, grid: all[1]!.describe().grid }, /expected a grid on S²/],
  ["a grid that is none", { ...convolution, grid: { kind: "cube", parameters: {} } }, /unknown kind "cube"/],
  ["a flag that is none", { ...all[10]!.describe(), affine: 1 }, /affine: expected true or false, got 1/],
  ["modules that are no pairs", { type: "Sequential", modules: [{ type: "ReLU" }] }, /expected pairs \[name, desc/],
  ["too many modules", { type: "Sequential", modules: new Array(5000).fill(["a", {}]) }, /at most 1024 pairs/],
  ["a name with a dot", { type: "Sequential", modules: [["a.b", { type: "ReLU" }]] }, /without dots/],
  ["nesting without end", nested(5000), /^moduleFromDescription: modules are nested more than 16 deep$/],
  [
    "too many modules in all",
    { type: "Sequential", modules: many(100, many(100)) },
    /there are more than 4096 modules/,
  ],
])("refuses %s", (_, description, message) => {
  expect(() => moduleFromDescription(engine, description)).toThrow(ValueError);
  expect(() => moduleFromDescription(engine, description)).toThrow(message);
});

test("a refusal in the middle leaves no memory taken", () => {
  const before = engine.memoryStatistics.used;
  const modules = [
    ["a", convolution],
    ["b", all[10]!.describe()],
    [
      "c",
      {
        type: "Sequential",
        modules: [
          ["d", convolution],
          ["e", { type: "nonsense" }],
        ],
      },
    ],
  ];
  expect(() => moduleFromDescription(engine, { type: "Sequential", modules })).toThrow(
    /"c": .*unknown type "nonsense"/,
  );
  // Each fits, together they exceed the engine's 64 MB.
  const large = { type: "Linear", featuresIn: 2048, featuresOut: 2048, bias: false };
  const many = Array.from({ length: 8 }, (_, i) => [String(i), large]);
  expect(() => moduleFromDescription(engine, { type: "Sequential", modules: many })).toThrow(/Memory/);
  expect(engine.memoryStatistics.used).toBe(before);
});
