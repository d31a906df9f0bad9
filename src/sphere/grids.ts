// Kernel grids: the points at which a localised filter has its weights. Conventions, "Kernel grids"; s2cnn's s2_grid.py
// and so3_grid.py. Points are rows (β, α) or (β, α, γ) in radians, β slowest and the last angle fastest.

import { quote, ValueError } from "../errors.ts";
import { softAlpha, softBeta } from "./indices.ts";

/** Every kind of grid and what describes it, defaults filled in; plain JSON. */
export interface GridParameters {
  "s2-near-identity": { readonly maxBeta: number; readonly nAlpha: number; readonly nBeta: number };
  "s2-equatorial": { readonly maxBeta: number; readonly nAlpha: number; readonly nBeta: number };
  "so3-near-identity": {
    readonly maxBeta: number;
    readonly maxGamma: number;
    readonly nAlpha: number;
    readonly nBeta: number;
    readonly nGamma: number;
  };
  "so3-equatorial": GridParameters["so3-near-identity"];
  "s2-disc": GridParameters["s2-near-identity"];
  "so3-disc": GridParameters["s2-near-identity"] & { readonly nGamma: number };
  "s2-soft": { readonly bandwidth: number };
  "so3-soft": { readonly bandwidth: number };
  "so3-identity": Readonly<Record<never, number>>;
}

/** What a description calls a grid. */
export type GridKind = keyof GridParameters;

/** What rebuilds a grid: its kind and parameters. `JSON.stringify` of a grid's description is what a checkpoint stores. */
export interface GridDescription<K extends GridKind = GridKind> {
  readonly kind: K;
  readonly parameters: GridParameters[K];
}

/** The points of a localised filter. */
export interface KernelGrid<D extends 2 | 3 = 2 | 3, K extends GridKind = GridKind> extends GridDescription<K> {
  /** 2 on the sphere, 3 on SO(3): the numbers in a row of `points`. */
  readonly dimensions: D;
  /** `count` rows (β, α) or (β, α, γ), in radians. */
  readonly points: Float64Array;
  readonly count: number;
}

/** A grid on the sphere. */
export type S2Grid = KernelGrid<2, "s2-near-identity" | "s2-equatorial" | "s2-disc" | "s2-soft">;

/** A grid on SO(3). */
export type SO3Grid = KernelGrid<3, "so3-near-identity" | "so3-equatorial" | "so3-disc" | "so3-soft" | "so3-identity">;

/** No filter has more weights per pair of features; above this a description is taken for damaged. */
export const MAX_GRID_POINTS = 1 << 20;

/** numpy.linspace(low, high, n): both ends included, the lower one alone for n = 1. */
function linspace(low: number, high: number, n: number): number[] {
  const step = n > 1 ? (high - low) / (n - 1) : 0;
  return Array.from({ length: n }, (_, i) => (i > 0 && i === n - 1 ? high : low + i * step));
}

const alphas = (n: number) => Array.from({ length: n }, (_, k) => (2 * Math.PI * k) / n);
const nearIdentityBetas = (max: number, n: number) => Array.from({ length: n }, (_, j) => ((j + 1) * max) / n);
const equatorialBetas = (max: number, n: number) => linspace(Math.PI / 2 - max, Math.PI / 2 + max, n);

function checkCounts(kind: GridKind, counts: Record<string, number>): void {
  let product = 1;
  for (const [name, value] of Object.entries(counts)) {
    if (!Number.isInteger(value) || value < 1) {
      throw new ValueError(`${kind} grid: ${name} must be a positive integer, got ${value}`);
    }
    product *= value;
  }
  if (product > MAX_GRID_POINTS) {
    const sizes = Object.entries(counts).map(([name, value]) => `${name} ${value}`);
    throw new ValueError(`${kind} grid: at most ${MAX_GRID_POINTS} points, got ${product} (${sizes.join(", ")})`);
  }
}

function checkAngle(kind: GridKind, name: string, value: number, max: number): void {
  if (!(value >= 0 && value <= max)) {
    throw new ValueError(`${kind} grid: ${name} must be from 0 to ${max} radians, got ${value}`);
  }
}

function product2(betas: ArrayLike<number>, alpha: ArrayLike<number>): Float64Array {
  const points = new Float64Array(2 * betas.length * alpha.length);
  let at = 0;
  for (let j = 0; j < betas.length; j++) {
    for (let k = 0; k < alpha.length; k++) {
      points[at++] = betas[j]!;
      points[at++] = alpha[k]!;
    }
  }
  return points;
}

function product3(
  betas: ArrayLike<number>,
  alpha: ArrayLike<number>,
  gammas: ArrayLike<number>,
  gammaMinusAlpha: boolean,
): Float64Array {
  const points = new Float64Array(3 * betas.length * alpha.length * gammas.length);
  let at = 0;
  for (let j = 0; j < betas.length; j++) {
    for (let k = 0; k < alpha.length; k++) {
      for (let c = 0; c < gammas.length; c++) {
        points[at++] = betas[j]!;
        points[at++] = alpha[k]!;
        points[at++] = gammaMinusAlpha ? gammas[c]! - alpha[k]! : gammas[c]!;
      }
    }
  }
  return points;
}

function concat(first: Float64Array, second: Float64Array): Float64Array {
  const points = new Float64Array(first.length + second.length);
  points.set(first);
  points.set(second, first.length);
  return points;
}

function grid2(kind: S2Grid["kind"], parameters: S2Grid["parameters"], points: Float64Array): S2Grid {
  return { kind, parameters, dimensions: 2, points, count: points.length / 2 };
}

function grid3(kind: SO3Grid["kind"], parameters: SO3Grid["parameters"], points: Float64Array): SO3Grid {
  return { kind, parameters, dimensions: 3, points, count: points.length / 3 };
}

/**
 * Rings about the pole, without the pole itself: β = maxBeta·j/nBeta (j = 1 … nBeta), α = 2πk/nAlpha.
 * @throws ValueError for counts below 1, more than `MAX_GRID_POINTS` points, maxBeta outside [0, π]
 */
export function s2NearIdentityGrid(options: Partial<GridParameters["s2-near-identity"]> = {}): S2Grid {
  const { maxBeta = Math.PI / 8, nAlpha = 8, nBeta = 3 } = options;
  const kind = "s2-near-identity";
  checkCounts(kind, { nAlpha, nBeta });
  checkAngle(kind, "maxBeta", maxBeta, Math.PI);
  return grid2(kind, { maxBeta, nAlpha, nBeta }, product2(nearIdentityBetas(maxBeta, nBeta), alphas(nAlpha)));
}

/**
 * Rings about the equator: nBeta values of β from π/2 − maxBeta to π/2 + maxBeta, both included; α = 2πk/nAlpha.
 * @throws ValueError for counts below 1, more than `MAX_GRID_POINTS` points, maxBeta outside [0, π/2]
 */
export function s2EquatorialGrid(options: Partial<GridParameters["s2-equatorial"]> = {}): S2Grid {
  const { maxBeta = 0, nAlpha = 32, nBeta = 1 } = options;
  const kind = "s2-equatorial";
  checkCounts(kind, { nAlpha, nBeta });
  checkAngle(kind, "maxBeta", maxBeta, Math.PI / 2);
  return grid2(kind, { maxBeta, nAlpha, nBeta }, product2(equatorialBetas(maxBeta, nBeta), alphas(nAlpha)));
}

/**
 * Rotations near the identity: β and α as `s2NearIdentityGrid`, γ = nGamma values from −maxGamma to maxGamma, both
 * included, minus α. nGamma is nAlpha unless given. The paper's MNIST network has maxGamma π/8, nGamma 3 (72 points).
 * @throws ValueError for counts below 1, more than `MAX_GRID_POINTS` points, maxBeta outside [0, π], maxGamma outside
 * [0, 2π]
 */
export function so3NearIdentityGrid(options: Partial<GridParameters["so3-near-identity"]> = {}): SO3Grid {
  const { maxBeta = Math.PI / 8, maxGamma = 2 * Math.PI, nAlpha = 8, nBeta = 3, nGamma = nAlpha } = options;
  const kind = "so3-near-identity";
  checkCounts(kind, { nAlpha, nBeta, nGamma });
  checkAngle(kind, "maxBeta", maxBeta, Math.PI);
  checkAngle(kind, "maxGamma", maxGamma, 2 * Math.PI);
  const gammas = linspace(-maxGamma, maxGamma, nGamma);
  return grid3(
    kind,
    { maxBeta, maxGamma, nAlpha, nBeta, nGamma },
    product3(nearIdentityBetas(maxBeta, nBeta), alphas(nAlpha), gammas, true),
  );
}

/**
 * Rotations that take the pole to the equator: β and α as `s2EquatorialGrid`, γ = nGamma values from −maxGamma to
 * maxGamma, both included.
 * @throws ValueError for counts below 1, more than `MAX_GRID_POINTS` points, maxBeta outside [0, π/2], maxGamma outside
 * [0, 2π]
 */
export function so3EquatorialGrid(options: Partial<GridParameters["so3-equatorial"]> = {}): SO3Grid {
  const { maxBeta = 0, maxGamma = Math.PI / 8, nAlpha = 32, nBeta = 1, nGamma = 2 } = options;
  const kind = "so3-equatorial";
  checkCounts(kind, { nAlpha, nBeta, nGamma });
  checkAngle(kind, "maxBeta", maxBeta, Math.PI / 2);
  checkAngle(kind, "maxGamma", maxGamma, 2 * Math.PI);
  const gammas = linspace(-maxGamma, maxGamma, nGamma);
  return grid3(
    kind,
    { maxBeta, maxGamma, nAlpha, nBeta, nGamma },
    product3(equatorialBetas(maxBeta, nBeta), alphas(nAlpha), gammas, false),
  );
}

/**
 * A disc about the pole: the pole itself, and the rings of `s2NearIdentityGrid`; 1 + nAlpha·nBeta points.
 * @throws ValueError for counts below 1, more than `MAX_GRID_POINTS` points, maxBeta outside [0, π]
 */
export function s2DiscGrid(options: Partial<GridParameters["s2-disc"]> = {}): S2Grid {
  const { maxBeta = Math.PI / 8, nAlpha = 6, nBeta = 1 } = options;
  const kind = "s2-disc";
  checkCounts(kind, { nAlpha, nBeta });
  checkAngle(kind, "maxBeta", maxBeta, Math.PI);
  const rings = product2(nearIdentityBetas(maxBeta, nBeta), alphas(nAlpha));
  return grid2(kind, { maxBeta, nAlpha, nBeta }, concat(new Float64Array(2), rings));
}

/**
 * Rotations near the identity and about the pole: the points of `s2DiscGrid` as β and α, and at each of them nGamma values of
 * γ + α, evenly spaced over the circle; (1 + nAlpha·nBeta)·nGamma points. `so3NearIdentityGrid` has no point at the pole, and
 * its γ, from −2π to 2π with both ends, are the same rotation two or more times. A layer that keeps the orders |n| < N of γ can
 * tell 2N − 1 values of γ apart.
 * @throws ValueError for counts below 1, more than `MAX_GRID_POINTS` points, maxBeta outside [0, π]
 */
export function so3DiscGrid(options: Partial<GridParameters["so3-disc"]> = {}): SO3Grid {
  const { maxBeta = Math.PI / 8, nAlpha = 6, nBeta = 1, nGamma = nAlpha } = options;
  const kind = "so3-disc";
  checkCounts(kind, { nAlpha, nBeta, nGamma });
  checkAngle(kind, "maxBeta", maxBeta, Math.PI);
  const gammas = alphas(nGamma);
  const rings = product3(nearIdentityBetas(maxBeta, nBeta), alphas(nAlpha), gammas, true);
  const points = concat(product3([0], [0], gammas, true), rings);
  return grid3(kind, { maxBeta, nAlpha, nBeta, nGamma }, points);
}

/**
 * The whole SOFT grid of bandwidth b on the sphere, 4b² points: a filter that is not localised.
 * @throws ValueError for b below 1 or more than `MAX_GRID_POINTS` points
 */
export function s2SoftGrid(bandwidth: number): S2Grid {
  const n = 2 * bandwidth;
  checkCounts("s2-soft", { "2·bandwidth (β)": n, "2·bandwidth (α)": n });
  return grid2("s2-soft", { bandwidth }, product2(softBeta(bandwidth), softAlpha(bandwidth)));
}

/**
 * The whole SOFT grid of bandwidth b on SO(3), 8b³ points: a filter that is not localised.
 * @throws ValueError for b below 1 or more than `MAX_GRID_POINTS` points
 */
export function so3SoftGrid(bandwidth: number): SO3Grid {
  const n = 2 * bandwidth;
  checkCounts("so3-soft", { "2·bandwidth (β)": n, "2·bandwidth (α)": n, "2·bandwidth (γ)": n });
  const alpha = softAlpha(bandwidth);
  return grid3("so3-soft", { bandwidth }, product3(softBeta(bandwidth), alpha, alpha, false));
}

/** The identity (0, 0, 0) alone: a filter that mixes features and changes the bandwidth, as in `SO3Shortcut`. */
export function so3IdentityGrid(): SO3Grid {
  return grid3("so3-identity", {}, new Float64Array(3));
}

type Builder = (parameters: Record<string, number>) => S2Grid | SO3Grid;

/** For each kind: the parameters that its description has, all of them, and what builds it from them. */
const BUILDERS: Record<GridKind, { readonly keys: readonly string[]; readonly build: Builder }> = {
  "s2-near-identity": { keys: ["maxBeta", "nAlpha", "nBeta"], build: s2NearIdentityGrid },
  "s2-equatorial": { keys: ["maxBeta", "nAlpha", "nBeta"], build: s2EquatorialGrid },
  "so3-near-identity": { keys: ["maxBeta", "maxGamma", "nAlpha", "nBeta", "nGamma"], build: so3NearIdentityGrid },
  "so3-equatorial": { keys: ["maxBeta", "maxGamma", "nAlpha", "nBeta", "nGamma"], build: so3EquatorialGrid },
  "s2-disc": { keys: ["maxBeta", "nAlpha", "nBeta"], build: s2DiscGrid },
  "so3-disc": { keys: ["maxBeta", "nAlpha", "nBeta", "nGamma"], build: so3DiscGrid },
  "s2-soft": { keys: ["bandwidth"], build: ({ bandwidth }) => s2SoftGrid(bandwidth!) },
  "so3-soft": { keys: ["bandwidth"], build: ({ bandwidth }) => so3SoftGrid(bandwidth!) },
  "so3-identity": { keys: [], build: so3IdentityGrid },
};

/** The JSON-able part of a grid: `gridFromDescription` of it is the grid again. */
export function describeGrid(grid: GridDescription): GridDescription {
  return { kind: grid.kind, parameters: grid.parameters };
}

/**
 * Rebuilds a grid from parsed JSON that need not be trusted.
 * @throws ValueError unless it is {kind, parameters} with a known kind and exactly that kind's parameters, all of them
 * numbers in range
 */
export function gridFromDescription(description: unknown): S2Grid | SO3Grid {
  const { kind, parameters } = (description ?? {}) as { kind?: unknown; parameters?: unknown };
  if (typeof kind !== "string" || !Object.hasOwn(BUILDERS, kind)) {
    const known = Object.keys(BUILDERS).join(", ");
    throw new ValueError(`grid: unknown kind ${quote(kind)}, expected one of ${known}`);
  }
  const { keys, build } = BUILDERS[kind as GridKind];
  const sound =
    typeof parameters === "object" &&
    parameters !== null &&
    Object.keys(parameters).length === keys.length &&
    keys.every(
      (key) => Object.hasOwn(parameters, key) && Number.isFinite((parameters as Record<string, unknown>)[key]),
    );
  if (!sound) {
    const wanted = keys.length > 0 ? `the numbers ${keys.join(", ")}` : "no parameters, {}";
    throw new ValueError(`${kind} grid: expected ${wanted}, got ${quote(parameters)}`);
  }
  return build(parameters as Record<string, number>);
}
