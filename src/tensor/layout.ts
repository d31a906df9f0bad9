// How a tensor's numbers lie in memory; docs/design.md, "Layouts", draws each of these.

import { ShapeError } from "../errors.ts";
import { type Domain, s2CoefficientCount, so3CoefficientCount } from "../sphere/indices.ts";

export type { Domain };

export type Layout =
  /** Row-major, any shape. */
  | { readonly kind: "dense" }
  /** `[batch, channel, β, α]` or `[batch, channel, β, α, γ]`; in memory the lanes of a vector are different signals. */
  | { readonly kind: "signal"; readonly domain: Domain; readonly bandwidth: number }
  /** `[batch, channel, coefficient]` in the real basis; in memory one matrix per degree. */
  | { readonly kind: "spectrum"; readonly domain: Domain; readonly bandwidth: number }
  /** `[channel in, channel out, coefficient]`: the spectrum of a layer's filter, as the matrix each degree is multiplied by. */
  | { readonly kind: "filter"; readonly domain: Domain; readonly bandwidth: number };

export const DENSE: Layout = { kind: "dense" };

export const signalLayout = (domain: Domain, bandwidth: number): Layout => ({ kind: "signal", domain, bandwidth });
export const spectrumLayout = (domain: Domain, bandwidth: number): Layout => ({ kind: "spectrum", domain, bandwidth });
export const filterLayout = (domain: Domain, bandwidth: number): Layout => ({ kind: "filter", domain, bandwidth });

/** @throws ShapeError unless every size is a whole number */
export function checkSizes(shape: readonly number[], where = "tensor"): void {
  for (const size of shape) {
    if (Number.isSafeInteger(size) && size >= 0) continue;
    throw new ShapeError(`${where}: sizes must be whole numbers, got [${shape.join(", ")}]`);
  }
}

export function product(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** Coefficients of all degrees below the bandwidth: b² or b(4b²−1)/3. */
export function coefficientCount(domain: Domain, bandwidth: number): number {
  return domain === "s2" ? s2CoefficientCount(bandwidth) : so3CoefficientCount(bandwidth);
}

/** Coefficients of degree l alone: 2l+1 or (2l+1)². */
export function degreeSize(domain: Domain, l: number): number {
  return domain === "s2" ? 2 * l + 1 : (2 * l + 1) ** 2;
}

/** Points of the grid: (2b)² or (2b)³. */
export function gridPoints(domain: Domain, bandwidth: number): number {
  return (2 * bandwidth) ** (domain === "s2" ? 2 : 3);
}

/** Public shape of a signal tensor. */
export function signalShape(domain: Domain, bandwidth: number, batch: number, channels: number): number[] {
  const side = 2 * bandwidth;
  return domain === "s2" ? [batch, channels, side, side] : [batch, channels, side, side, side];
}

/** Numbers in memory, lanes past the last signal included. */
export function storedLength(layout: Layout, shape: readonly number[], lanes: number): number {
  if (layout.kind !== "signal") return product(shape);
  const signals = shape[0]! * shape[1]!;
  return Math.ceil(signals / lanes) * lanes * gridPoints(layout.domain, layout.bandwidth);
}

export function describe(layout: Layout, shape: readonly number[]): string {
  const kind = layout.kind === "dense" ? "dense" : `${layout.domain} ${layout.kind} of bandwidth ${layout.bandwidth},`;
  return `${kind} [${shape.join(", ")}]`;
}

/**
 * The domain and bandwidth of a signal of this shape: `[batch, channel, 2b, 2b]` is on S², with one more 2b on SO(3).
 * @throws ShapeError for another rank, sides that are odd or differ, or an empty batch
 */
export function signalOfShape(shape: readonly number[], where: string): { domain: Domain; bandwidth: number } {
  const text = `[${shape.join(", ")}]`;
  if (shape.length !== 4 && shape.length !== 5) {
    throw new ShapeError(
      `${where}: a signal is [batch, channel, 2b, 2b] on S² or [batch, channel, 2b, 2b, 2b] on SO(3); got ${text}`,
    );
  }
  const [batch, channels, ...sides] = shape as [number, number, ...number[]];
  checkSizes(shape, where);
  if (batch === 0 || channels === 0)
    throw new ShapeError(`${where}: batch and channels must not be empty, got ${text}`);
  const side = sides[0]!;
  if (side === 0 || side % 2 !== 0 || sides.some((n) => n !== side)) {
    throw new ShapeError(
      `${where}: the grid's sides must all be 2b for one bandwidth b ≥ 1; got ${sides.join(" × ")} in ${text}`,
    );
  }
  return { domain: shape.length === 4 ? "s2" : "so3", bandwidth: side / 2 };
}
