// Charts as SVG: lines and points over two axes, linear or logarithmic; the same bytes for the same numbers.
//
// Colours: Okabe & Ito, "Color Universal Design" (2008), distinct to colour-blind readers; a marker's shape says the same
// again.

import { ValueError } from "../errors.ts";
import { extent } from "./statistics.ts";
import { document, line, n, path, text } from "./svg.ts";

/** A point, with half the length of its error bar if it has one. */
export interface ChartPoint {
  readonly x: number;
  readonly y: number;
  readonly error?: number;
  /** Written beside it. */
  readonly label?: string;
}

export interface ChartSeries {
  /** In the legend; series without one are not in it. */
  readonly name?: string;
  readonly points: readonly ChartPoint[];
  /** Whether a line joins the points; true. */
  readonly line?: boolean;
  /** Whether the points have markers; true. */
  readonly markers?: boolean;
  readonly dashed?: boolean;
  /** Which colour and marker, where series belong together; its place in the list, if left out. */
  readonly style?: number;
}

export interface ChartAxis {
  readonly label: string;
  readonly scale?: "linear" | "log";
  /** Whether the smallest value is at the far end. */
  readonly reversed?: boolean;
  /** What the axis reaches from and to; the data's range, widened to ticks, if left out. */
  readonly range?: readonly [low: number, high: number];
  /** The values that have a tick; round ones, if left out. */
  readonly ticks?: readonly number[];
  readonly format?: (value: number) => string;
}

export interface Chart {
  readonly title: string;
  readonly x: ChartAxis;
  readonly y: ChartAxis;
  readonly series: readonly ChartSeries[];
}

const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#7f7f7f"];
const [LEFT, RIGHT, TOP, BOTTOM] = [78, 598, 44, 368];
const [MARGIN_RIGHT, MARGIN_BOTTOM] = [24, 52];
/** Pixels that a character takes, more or less. */
const CHARACTER = 6.6;

/** An axis at its place: from values to pixels, with its ticks. */
interface Scale {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
  readonly format: (value: number) => string;
}

/**
 * Lines and points over two axes.
 * @throws ValueError if there is no point, a number is not finite, or one on a logarithmic axis is not positive
 */
export function chartSvg({ title, x, y, series }: Chart): string {
  const points = series.flatMap((each) => each.points);
  if (points.length === 0) throw new ValueError(`chart ${title}: expected at least one point, got none`);
  const shown = series.map((each, i) => ({ ...each, style: each.style ?? i })).filter((each) => each.points.length > 0);
  const named = shown.filter(({ name }) => name);
  const names = named.map(({ name }) => name!);
  const legendWidth = extent([0, ...names.map((name) => 44 + CHARACTER * name.length)])[1];
  const yValues = points.flatMap(({ y: value, error = 0 }) => (error > 0 ? [value - error, value + error] : [value]));
  const positive = y.scale === "log" ? points.map(({ y: value }) => value) : yValues;
  const [left, right, bottom] = [LEFT, RIGHT, BOTTOM];
  const sx = scaleOf(
    `chart ${title}: ${x.label}`,
    x,
    points.map((point) => point.x),
    [left, right],
  );
  const sy = scaleOf(`chart ${title}: ${y.label}`, y, positive, [bottom, TOP]);

  const grid = [
    ...sx.ticks.map((value) => line(sx.at(value), TOP, sx.at(value), bottom)),
    ...sy.ticks.map((value) => line(left, sy.at(value), right, sy.at(value))),
  ];
  const labels = [
    ...sx.ticks.map((value) => text(sx.at(value), bottom + 18, sx.format(value), "middle")),
    ...sy.ticks.map((value) => text(left - 8, sy.at(value) + 4, sy.format(value), "end")),
    text((left + right) / 2, BOTTOM + MARGIN_BOTTOM - 12, x.label, "middle"),
    text(0, 0, y.label, "middle", `transform="translate(18 ${(TOP + bottom) / 2}) rotate(-90)"`),
    text(left, 24, title, "start", 'font-size="15" font-weight="bold"'),
  ];
  const inside = (value: number) => Math.min(bottom, Math.max(TOP, value));
  const drawn = shown.map((each) => drawSeries(each, sx.at, (value) => inside(sy.at(value)), bottom));
  const legend = named.map((each, i) => {
    const [at, height] = [right + 16, TOP + 8 + 20 * i];
    return drawKey(each, at, height) + text(at + 28, height + 4, each.name!, "start");
  });
  const width = Math.max(RIGHT + MARGIN_RIGHT + legendWidth, LEFT + 9 * title.length);
  return document(width, Math.max(BOTTOM + MARGIN_BOTTOM, TOP + 20 * named.length), [
    `<g stroke="#e4e4e4">${grid.join("")}</g>`,
    `<rect x="${left}" y="${TOP}" width="${n(right - left)}" height="${bottom - TOP}" fill="none" stroke="#888"/>`,
    ...labels,
    ...drawn,
    ...legend,
  ]);
}

/** A series with its colour and marker. */
type Styled = ChartSeries & { readonly style: number };

function drawSeries(
  { points, line: joined = true, markers = true, dashed = false, style }: Styled,
  atX: (value: number) => number,
  atY: (value: number) => number,
  bottom: number,
): string {
  const places = points.map((point) => ({ ...point, px: atX(point.x), py: atY(point.y) }));
  const corners = places.map(({ px, py }): [number, number] => [px, py]);
  const parts = [
    ...(joined && places.length > 1 ? [path(corners, `fill="none" ${strokeOf(dashed)}`)] : []),
    ...places.flatMap(({ px, y, error = 0 }) => {
      if (error <= 0) return [];
      const [high, low] = [atY(y + error), Number.isFinite(atY(y - error)) ? atY(y - error) : bottom];
      return [line(px, high, px, low), ...[high, low].map((end) => line(px - 3, end, px + 3, end))];
    }),
    ...(markers ? places.map(({ px, py }) => marker(style, px, py)) : []),
  ];
  const labels = places.flatMap(({ px, py, label }) => (label ? [text(px + 7, py - 6, label, "start")] : []));
  return coloured(style, parts) + labels.join("");
}

/** The series' entry in the legend. */
function drawKey({ line: joined = true, markers = true, dashed = false, style }: Styled, x: number, y: number): string {
  return coloured(style, [
    ...(joined ? [line(x, y, x + 22, y, strokeOf(dashed))] : []),
    ...(markers ? [marker(style, x + 11, y)] : []),
  ]);
}

const strokeOf = (dashed: boolean) => `stroke-width="1.8"${dashed ? ' stroke-dasharray="6 4"' : ""}`;

function coloured(style: number, parts: readonly string[]): string {
  const colour = COLOURS[style % COLOURS.length]!;
  return `<g stroke="${colour}" fill="${colour}">${parts.join("")}</g>`;
}

/** Circle, square, triangle, diamond in turn. */
function marker(style: number, x: number, y: number): string {
  const polygon = (...corners: readonly (readonly [number, number])[]) =>
    `<path d="M${corners.map(([dx, dy]) => `${n(x + dx)} ${n(y + dy)}`).join("L")}Z"/>`;
  switch (style % 4) {
    case 0:
      return `<circle cx="${n(x)}" cy="${n(y)}" r="3.2"/>`;
    case 1:
      return polygon([-3, -3], [3, -3], [3, 3], [-3, 3]);
    case 2:
      return polygon([0, -4], [3.8, 3], [-3.8, 3]);
    default:
      return polygon([0, -4.2], [4.2, 0], [0, 4.2], [-4.2, 0]);
  }
}

/** @param ends the pixels of the low and the high end */
function scaleOf(where: string, axis: ChartAxis, values: readonly number[], ends: readonly [number, number]): Scale {
  const log = axis.scale === "log";
  const all = [...values, ...(axis.range ?? []), ...(axis.ticks ?? [])];
  const strange = all.find((value) => !Number.isFinite(value) || (log && value <= 0));
  if (strange !== undefined)
    throw new ValueError(`${where}: expected ${log ? "positive" : "finite"} numbers, got ${strange}`);
  const [least, most] = axis.range ?? extent(values);
  const ticks = axis.ticks ?? (log ? logTicks(least, most) : linearTicks(least, most));
  const [low, high] = axis.range ?? [Math.min(least, ticks[0]!), Math.max(most, ticks.at(-1)!)];
  const place = (value: number) => (log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low));
  const [from, to] = axis.reversed ? [ends[1], ends[0]] : ends;
  return {
    at: (value) => from + (to - from) * (high > low ? place(value) : 0.5),
    ticks: ticks.filter((tick) => tick >= low && tick <= high),
    format: axis.format ?? (log ? powerOfTen : (value) => String(Number(value.toPrecision(6)))),
  };
}

/** Multiples of 1, 2 or 5 times a power of ten, about six of them, that enclose the range. */
function linearTicks(least: number, most: number): number[] {
  const span = most > least ? most - least : Math.abs(most) || 1;
  const power = 10 ** Math.floor(Math.log10(span / 5));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => span / each <= 6)!;
  const [first, last] = [Math.floor(least / step + 1e-9), Math.ceil(most / step - 1e-9)];
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
}

/** Powers of ten that enclose the range; within less than two of them also 2 and 5 times one. */
function logTicks(least: number, most: number): number[] {
  const factors = Math.log10(most / least) < 2 ? [1, 2, 5] : [1];
  const [low, high] = [Math.floor(Math.log10(least)) - 1, Math.ceil(Math.log10(most)) + 1];
  const all = Array.from({ length: high - low + 1 }, (_, i) =>
    factors.map((factor) => factor * 10 ** (low + i)),
  ).flat();
  const first = all.findLastIndex((tick) => tick <= least * (1 + 1e-9));
  const last = all.findIndex((tick) => tick >= most * (1 - 1e-9));
  const enclosing = all.slice(first, Math.max(last, first + 1) + 1);
  const step = Math.ceil(enclosing.length / 10);
  return enclosing.filter((_, i) => i % step === 0 || i === enclosing.length - 1);
}

function powerOfTen(value: number): string {
  const power = Math.log10(value);
  if (Math.abs(power - Math.round(power)) > 1e-9 || Math.abs(power) < 4) return String(Number(value.toPrecision(3)));
  const digits = String(Math.round(power)).replace(/./g, (digit) =>
    digit === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)]!,
  );
  return `10${digits}`;
}
