// The pictures of docs/grids.md: where the points of kernels lie, what an output of a layer sees of the sphere, and what is
// left of a digit at low bandwidths.

import { readFileSync } from "node:fs";
import {
  createEngine,
  multiply,
  Projector,
  pointFromAngles,
  quadratureWeights,
  Random,
  readDigits,
  rotatePoint,
  S2Convolution,
  SO3Convolution,
  s2DiscGrid,
  s2EquatorialGrid,
  s2Fft,
  s2Ifft,
  s2NearIdentityGrid,
  s2SoftGrid,
  so3DiscGrid,
  so3EquatorialGrid,
  so3IdentityGrid,
  so3NearIdentityGrid,
  softBeta,
  sum,
} from "spherical-cnn";
import { diverging, dot, line, n, picture, sampler, shade, sphere, text } from "./svg.mjs";

const { PI } = Math;
const [BLUE, ORANGE] = ["#0072b2", "#d55e00"];

/** A view of the sphere from the direction (beta, 0): from the library's axes to the screen, and back. */
function viewFrom(beta) {
  const [s, c] = [Math.sin(beta), Math.cos(beta)];
  return {
    toScreen: ([x, y, z]) => [y, s * z - c * x, s * x + c * z],
    fromScreen: ([right, up, toward]) => [s * toward - c * up, right, s * up + c * toward],
  };
}

/** A curve on the sphere, faint where it is behind. */
function curve(cx, cy, radius, view, points) {
  const places = points.map(view.toScreen);
  const paths = { "#e8e8e8": "", "#bbb": "" };
  for (let i = 1; i < places.length; i++) {
    const [from, to] = [places[i - 1], places[i]].map(([x, y]) => `${n(cx + radius * x)} ${n(cy - radius * y)}`);
    paths[places[i][2] < 0 ? "#e8e8e8" : "#bbb"] += `M${from}L${to}`;
  }
  return Object.entries(paths).map(([stroke, d]) => `<path d="${d}" stroke="${stroke}" stroke-width="0.8"/>`);
}

/** An empty sphere with its equator, two circles of longitude and the north pole. */
function globe(cx, cy, radius, view) {
  const round = Array.from({ length: 49 }, (_, i) => (2 * PI * i) / 48);
  const circle = (of) => curve(cx, cy, radius, view, round.map(of));
  return [
    `<circle cx="${cx}" cy="${cy}" r="${radius}" fill="#f7f7f4" stroke="#999"/>`,
    circle((t) => [Math.cos(t), Math.sin(t), 0]),
    circle((t) => [Math.sin(t), 0, Math.cos(t)]),
    circle((t) => [0, Math.sin(t), Math.cos(t)]),
  ];
}

/** The points of a grid; on SO(3) each has a tick in the direction in which its rotation lays the kernel's x axis. */
function points(cx, cy, radius, view, grid) {
  const { dimensions } = grid;
  return Array.from({ length: grid.count }, (_, i) => {
    const [beta, alpha, gamma = 0] = grid.points.subarray(i * dimensions, (i + 1) * dimensions);
    const [x, y, z] = view.toScreen(pointFromAngles(beta, alpha));
    if (z < 0) return [];
    const at = [cx + radius * x, cy - radius * y];
    if (dimensions === 2) return dot(...at, 2.4, BLUE);
    const tick = view.toScreen(rotatePoint({ alpha, beta, gamma }, [0.1, 0, 0]));
    return [line(...at, at[0] + radius * tick[0], at[1] - radius * tick[1], ORANGE), dot(...at, 1.6, BLUE)];
  });
}

export function kernelPoints() {
  const shown = [
    ["s2NearIdentityGrid()", s2NearIdentityGrid()],
    ["s2NearIdentityGrid({ maxBeta: π/4 })", s2NearIdentityGrid({ maxBeta: PI / 4 })],
    ["s2DiscGrid()", s2DiscGrid()],
    ["s2EquatorialGrid()", s2EquatorialGrid()],
    ["s2SoftGrid(4)", s2SoftGrid(4)],
    ["so3NearIdentityGrid()", so3NearIdentityGrid()],
    ["… ({ maxGamma: π/8, nGamma: 3 })", so3NearIdentityGrid({ maxGamma: PI / 8, nGamma: 3 })],
    ["so3DiscGrid()", so3DiscGrid()],
    ["so3EquatorialGrid()", so3EquatorialGrid()],
    ["so3IdentityGrid()", so3IdentityGrid()],
  ];
  const view = viewFrom(PI / 5);
  const cells = shown.map(([name, grid], i) => {
    const [cx, cy] = [116 + 222 * (i % 5), 96 + 232 * Math.floor(i / 5)];
    return [
      globe(cx, cy, 84, view),
      points(cx, cy, 84, view, grid),
      text(cx, cy + 106, name),
      text(cx, cy + 122, `${grid.count} point${grid.count > 1 ? "s" : ""}`, { fill: "#555" }),
    ];
  });
  const said = "The points of ten kernel grids on the sphere, seen from above the north pole; on SO(3) with ticks";
  return picture(1122, 466, said, cells);
}

/** A weight for each point of a near-identity grid that compares one side with the other. */
const sides = (grid) => Array.from({ length: grid.count }, (_, i) => Math.cos(grid.points[i * grid.dimensions + 1]));

/** Layers one after the other: S², then SO(3), from bandwidth 30, with the weights of `sides`, then of ones. */
function stack(engine, layers) {
  const rng = new Random(0);
  return layers.map(({ bandwidth, maxBeta }, i) => {
    const sizes = { featuresIn: 1, featuresOut: 1, bandwidthIn: i > 0 ? layers[i - 1].bandwidth : 30, rng };
    if (i > 0) {
      const grid = so3NearIdentityGrid({ maxBeta });
      const layer = new SO3Convolution(engine, { ...sizes, bandwidthOut: bandwidth, grid });
      layer.kernel.assign(new Float64Array(grid.count).fill(1));
      return layer;
    }
    const grid = s2NearIdentityGrid({ maxBeta });
    const layer = new S2Convolution(engine, { ...sizes, bandwidthOut: bandwidth, grid });
    layer.kernel.assign(sides(grid));
    return layer;
  });
}

/**
 * What one output of the last layer sees: its derivative by every sample of the input, per area, on the grid of bandwidth 30;
 * and the colatitude of the output, whose other angles are 0.
 */
function seen(engine, layers) {
  return engine.scope(() => {
    const x = engine.signal(new Float64Array(60 * 60), [1, 1, 60, 60]);
    x.requiresGrad = true;
    const y = layers.reduce((signal, layer) => layer.forward(signal), x);
    const side = y.shape[2];
    const j = side / 2 - 1;
    const chosen = new Float64Array(side ** 3);
    chosen[j * side * side] = 1;
    sum(multiply(y, engine.signal(chosen, y.shape))).backward();
    const weights = quadratureWeights(engine, 30);
    const density = Float64Array.from(x.grad.toArray(), (slope, i) => slope / weights[Math.floor(i / 60)]);
    const most = density.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    return { samples: density.map((value) => value / most), beta: softBeta(side / 2)[j] };
  });
}

export async function kernelsSeen() {
  const engine = await createEngine({ dtype: "f64", build: "plain" });
  const rows = [
    [
      "maxBeta, at bandwidth 10",
      ...[16, 8, 4].map((part) => ({ title: `π/${part}`, layers: [{ bandwidth: 10, maxBeta: PI / part }] })),
    ],
    [
      "bandwidthOut, maxBeta π/8",
      ...[20, 10, 5].map((bandwidth) => ({ title: `${bandwidth}`, layers: [{ bandwidth, maxBeta: PI / 8 }] })),
    ],
    [
      "layers of maxBeta π/8 at bandwidth 15",
      ...[1, 2, 3].map((count) => ({
        title: `${count} layer${count > 1 ? "s" : ""}`,
        layers: Array.from({ length: count }, () => ({ bandwidth: 15, maxBeta: PI / 8 })),
      })),
    ],
  ];
  const size = 140;
  const cells = rows.map(([head, ...cases], row) => [
    text(12, 20 + row * 190, head, { anchor: "start", weight: "bold" }),
    cases.map(({ title, layers }, column) => {
      const [x, y] = [20 + column * 220, 30 + row * 190];
      const modules = stack(engine, layers);
      const { samples, beta } = seen(engine, modules);
      const [view, at] = [viewFrom(beta), sampler(samples, 30)];
      const centre = [x + size / 2, y + size / 2];
      const [{ grid }] = modules;
      const dots = Array.from({ length: grid.count }, (_, i) => {
        const local = pointFromAngles(grid.points[2 * i], grid.points[2 * i + 1]);
        const [right, up, toward] = view.toScreen(rotatePoint({ alpha: 0, beta, gamma: 0 }, local));
        return toward < 0 ? [] : dot(centre[0] + (size / 2) * right, centre[1] - (size / 2) * up, 1.3, "#000");
      });
      return [
        sphere(x, y, size, (direction) => diverging(at(view.fromScreen(direction)))),
        `<circle cx="${centre[0]}" cy="${centre[1]}" r="${size / 2}" fill="none" stroke="#999"/>`,
        layers.length === 1 ? dots : [],
        text(centre[0], y + size + 14, title, { fill: "#555" }),
      ];
    }),
  ]);
  engine.dispose();
  const said =
    "What one output sees of the sphere: spots, orange where the weights are positive and blue where negative";
  return picture(660, 570, said, cells);
}

export async function bandwidths() {
  const file = (name) => readFileSync(new URL(`../models/${name}`, import.meta.url));
  const { images } = await readDigits(
    file("mnist-test-500-images-idx3-ubyte.gz"),
    file("mnist-test-500-labels-idx1-ubyte.gz"),
    { limit: 1 },
  );
  const engine = await createEngine({ dtype: "f64", build: "plain" });
  const signal = engine.signal(new Projector().project(images), [1, 1, 60, 60]);
  const size = 120;
  const cells = [30, 15, 10, 6, 4, 2].map((bandwidth, column) => {
    const samples = engine.scope(() => s2Ifft(s2Fft(signal, bandwidth), 30).toArray());
    const [at, view] = [sampler(samples, 30), viewFrom(PI)];
    const x = 12 + column * (size + 16);
    return [
      sphere(x, 10, size, (direction) => {
        const [right, up, toward] = direction;
        return shade([240, 237, 229], [20, 30, 60], at(view.fromScreen([right, -up, toward])) / 255, 6);
      }),
      text(x + size / 2, size + 28, `b = ${bandwidth}`),
      text(x + size / 2, size + 44, `${bandwidth ** 2} coefficients`, { fill: "#555" }),
    ];
  });
  engine.dispose();
  const said = "The digit 7 on the sphere at bandwidths 30, 15, 10, 6, 4 and 2: sharp, then blurred, then a blot";
  return picture(828, 184, said, cells);
}
