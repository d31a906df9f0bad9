// The picture of the README: a digit on the sphere, turned, and what two networks take it for. Both are shipped, both were
// trained on the same 60,000 upright digits (models/README.md).

import { readFileSync } from "node:fs";
import {
  composeRotations,
  createEngine,
  inverseRotation,
  loadCheckpoint,
  Projector,
  predict,
  readDigits,
} from "spherical-cnn";
import { line, picture, rectangle, sampler, shade, sphere, text } from "./svg.mjs";

const file = (name) => readFileSync(new URL(`../models/${name}`, import.meta.url));

/** The first digit of MNIST's test set, a 7. */
const DIGIT = 0;

/** How the sphere is turned, in degrees: about the line of sight, then backwards about the horizontal. */
const TURNS = [
  [0, 0],
  [40, 0],
  [100, 35],
  [180, 0],
  [250, 50],
];

/** A direction on the screen (right, up, towards the viewer) in the library's axes, as docs/page.md has them. */
const fromScreen = ([right, up, toward]) => [-up, right, -toward];

/** The rotation by `degrees` about a direction on the screen. */
function about(axis, degrees) {
  const half = (-degrees * Math.PI) / 360;
  return [Math.cos(half), ...fromScreen(axis).map((x) => x * Math.sin(half))];
}

const [SIZE, GAP, LEFT, BAR] = [128, 24, 116, 40];

export async function turning() {
  const { images } = await readDigits(
    file("mnist-test-500-images-idx3-ubyte.gz"),
    file("mnist-test-500-labels-idx1-ubyte.gz"),
    { limit: DIGIT + 1 },
  );
  const projector = new Projector();
  const engine = await createEngine({ dtype: "f64", build: "plain" });
  const networks = [
    ["Spherical CNN", "mnist-original-72-upright.safetensors"],
    ["planar CNN", "planar.safetensors"],
  ].map(([name, weights]) => ({ name, network: loadCheckpoint(engine, file(weights)).network }));
  const columns = [];
  for (const [i, [spin, tilt]] of TURNS.entries()) {
    const turned = composeRotations(about([1, 0, 0], tilt), about([0, 0, 1], spin));
    const signal = projector.project(images.subarray(DIGIT * 784, (DIGIT + 1) * 784), inverseRotation(turned));
    const at = sampler(signal, 30);
    const x = LEFT + i * (SIZE + GAP);
    columns.push(
      sphere(x, 10, SIZE, (direction) => {
        const light = 0.8 + 0.2 * (Math.ceil(direction[2] * 5) / 5);
        const ground = [236, 232, 222].map((channel) => channel * light);
        return shade(ground, [20, 30, 60], at(fromScreen(direction)) / 255, 4);
      }),
    );
    for (const [row, { network }] of networks.entries()) {
      columns.push(bars(x, SIZE + 62 + row * 84, softmax(await predict(network, signal, [1, 1, 60, 60]))));
    }
  }
  engine.dispose();
  const names = networks.map(({ name }, row) =>
    text(LEFT - 14, SIZE + 46 + row * 84, name, { anchor: "end", weight: "bold" }),
  );
  const said =
    "A handwritten 7 on a sphere in five orientations: a Spherical CNN reads it as 7 in all, a planar CNN only upright";
  return picture(LEFT + TURNS.length * (SIZE + GAP), SIZE + 170, said, [
    text(LEFT - 14, 10 + SIZE / 2, "one digit,", { anchor: "end", weight: "bold" }),
    text(LEFT - 14, 26 + SIZE / 2, "turned", { anchor: "end", weight: "bold" }),
    columns,
    names,
  ]);
}

function softmax(logits) {
  const most = Math.max(...logits);
  const powers = Array.from(logits, (logit) => Math.exp(logit - most));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}

/** Probabilities of the ten classes as bars on a line at y. */
function bars(x, y, probabilities) {
  const width = SIZE / 10;
  const best = probabilities.indexOf(Math.max(...probabilities));
  return [
    line(x, y, x + SIZE, y, "#999"),
    probabilities.map((p, digit) => {
      const fill = digit !== best ? "#bbb" : digit === 7 ? "#009e73" : "#d55e00";
      const mark = { size: 10, fill: digit === best ? fill : "#777", weight: digit === best ? "bold" : "normal" };
      return [
        rectangle(x + digit * width + 1.5, y - BAR * p, width - 3, BAR * p, fill),
        text(x + (digit + 0.5) * width, y + 12, String(digit), mark),
      ];
    }),
  ];
}
