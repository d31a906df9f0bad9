// How a tensor's numbers lie in memory; docs/design.md, "Layouts", draws each of these.

import { ShapeError } from "../errors.ts";
import type { Domain } from "../sphere/indices.ts";
import * as indices from "../sphere/indices.ts";

export type { Domain };

/** How the numbers of a tensor lie in memory, and what they are. */
export type Layout =
  /** Row-major, any shape. */
  | { readonly kind: "dense" }
  /** `[batch, channel, β, α]` or `[batch, channel, β, α, γ]`; in memory the lanes of a vector are different signals. */
  | { readonly kind: "signal"; readonly domain: Domain; readonly bandwidth: number }
  /**
   * `[batch, channel, coefficient]` in the real basis; in memory one matrix per degree. `orders`: only |n| < orders of γ are
   * there; 1 on S², at most the bandwidth on SO(3).
   */
  | { readonly kind: "spectrum"; readonly domain: Domain; readonly bandwidth: number; readonly orders: number }
  /**
   * `[channel in, channel out, coefficient]`: the spectrum of a layer's filter, as the matrix each degree is multiplied by, from
   * spectra of `orders.in` to spectra of `orders.out`.
   */
  | { readonly kind: "filter"; readonly domain: Domain; readonly bandwidth: number; readonly orders: FilterOrders };

export interface FilterOrders {
  readonly in: number;
  readonly out: number;
}

export const DENSE: Layout = { kind: "dense" };

export const signalLayout = (domain: Domain, bandwidth: number): Layout => ({ kind: "signal", domain, bandwidth });
/** On SO(3) all orders unless said otherwise. */
export function spectrumLayout(domain: Domain, bandwidth: number, orders = bandwidth): SpectrumLayout {
  return { kind: "spectrum", domain, bandwidth, orders: domain === "s2" ? 1 : Math.min(orders, bandwidth) };
}

export type SpectrumLayout = Extract<Layout, { kind: "spectrum" }>;
export type FilterLayout = Extract<Layout, { kind: "filter" }>;

/** All orders unless said otherwise. */
export function filterLayout(domain: Domain, bandwidth: number, orders?: FilterOrders): FilterLayout {
  const [inputs, outputs] = [orders?.in ?? bandwidth, orders?.out ?? bandwidth].map((n) => Math.min(n, bandwidth));
  return { kind: "filter", domain, bandwidth, orders: { in: domain === "s2" ? 1 : inputs!, out: outputs! } };
}

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

/** Coefficients of all degrees below the bandwidth: b², or b(4b²−1)/3 where all orders are there. */
export function coefficientCount(domain: Domain, bandwidth: number, orders = bandwidth): number {
  return indices.coefficientCount(bandwidth, domain === "s2" ? 1 : orders);
}

/** Coefficients of degree l alone: 2l+1, or (2l+1)² where all orders are there. */
export function degreeSize(domain: Domain, l: number, orders = l + 1): number {
  return (2 * l + 1) * indices.rowLength(l, domain === "s2" ? 1 : orders);
}

/** Coefficients of degree l of a filter, one matrix. */
export function filterDegreeSize(l: number, orders: FilterOrders): number {
  return indices.rowLength(l, orders.in) * indices.rowLength(l, orders.out);
}

/** Coefficients of a filter, all degrees below the bandwidth. */
export function filterCoefficientCount(bandwidth: number, orders: FilterOrders): number {
  let count = 0;
  for (let l = 0; l < bandwidth; l++) count += filterDegreeSize(l, orders);
  return count;
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
  if (layout.kind === "dense") return `dense [${shape.join(", ")}]`;
  const few = layout.kind === "spectrum" && layout.domain === "so3" && layout.orders < layout.bandwidth;
  const orders = few ? ` with ${layout.orders} orders of γ` : "";
  return `${layout.domain} ${layout.kind} of bandwidth ${layout.bandwidth}${orders}, [${shape.join(", ")}]`;
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
