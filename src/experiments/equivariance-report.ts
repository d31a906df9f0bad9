// The chapter on equivariance: the error against bandwidth and against depth, a curve for each kind of stack, and all
// numbers (Cohen et al. 2018, figure 3).
//
// Records of one kind of stack make one curve: a wide range of bandwidths may be measured in parts. Where a point was
// measured twice, the record with more rotations counts.

import { type Chart, type ChartSeries, chartSvg } from "./chart.ts";
import { ACTIVATIONS, INPUTS, PLACES } from "./equivariance.ts";
import { type ErrorRow, errorRow, type ReferenceRow } from "./equivariance-record.ts";
import { grouped } from "./groups.ts";
import { inline, link, table } from "./markdown.ts";
import type { Fields, RunRecord } from "./records.ts";
import type { Chapter, Plot } from "./report.ts";
import { extent } from "./statistics.ts";

/** All measurements of one kind of stack. */
interface Curve {
  /** What sets it apart from the others, and all that it is. */
  readonly title: string;
  readonly description: string;
  readonly records: readonly RunRecord[];
  /** By bandwidth, then depth. */
  readonly rows: readonly ErrorRow[];
}

export function reportEquivariance(records: readonly RunRecord[]): Chapter {
  const curves = curvesOf(records).filter(({ rows }) => rows.length > 0);
  const references = records.map((record) => ({ record, rows: rowsOf(record, "reference").map(referenceRow) }));
  return {
    title: "Equivariance error",
    parts: [
      "std(L_R Φ(f) − Φ(L_R f)) / std(Φ(f)) at general rotations: mean ± standard deviation over independent draws of " +
        "filters, input and rotation. After pooling: the l2 error of the mean over the group, which classifiers read.",
      ...(curves.length > 0 ? [againstBandwidth(curves), againstDepth(curves)] : []),
      ...curves.flatMap((curve) => [`### ${inline(curve.title)}`, ...numbers(curve)]),
      ...references.filter(({ rows }) => rows.length > 0).flatMap(({ record, rows }) => comparison(record, rows)),
    ],
  };
}

const rowsOf = ({ rows }: RunRecord, sort: string): Fields[] =>
  rows.filter(({ row }) => row === sort).map(({ fields }) => fields);

function curvesOf(records: readonly RunRecord[]): Curve[] {
  const kinds = [...grouped(records, (record) => wordsOf(record).join(", ")).values()];
  // In a title stands what not all have in common, and always the activation.
  const all = kinds.map(([first]) => wordsOf(first!));
  const telling = (i: number) => i === 0 || new Set(all.map((words) => words[i])).size > 1;
  return kinds.map((own, kind) => {
    const points = new Map<string, ErrorRow>();
    for (const row of own.flatMap((record) => rowsOf(record, "error").map(errorRow))) {
      const key = `${row.bandwidth}/${row.layers}`;
      if (row.rotations >= (points.get(key)?.rotations ?? 0)) points.set(key, row);
    }
    const rows = [...points.values()].sort((a, b) => a.bandwidth - b.bandwidth || a.layers - b.layers);
    const words = all[kind]!;
    return { title: words.filter((_, i) => telling(i)).join(", "), description: words.join(", "), records: own, rows };
  });
}

function referenceRow(fields: Fields): ReferenceRow {
  return {
    row: "reference",
    bandwidth: fields.whole("bandwidth", 1),
    layers: fields.whole("layers", 1),
    mean: fields.number("mean", 0),
    reference: fields.number("reference", 0),
    standardErrors: fields.number("standardErrors"),
    agrees: fields.value("agrees") === true,
  };
}

/** What a stack is, as far as it decides the error. */
function wordsOf({ settings }: RunRecord): string[] {
  const oversampling = settings.value("oversampling") === null ? null : settings.number("oversampling", 1);
  const relu = oversampling === null ? "ReLU" : `ReLU on a grid ${oversampling} times finer`;
  return [
    { relu, softplus: "softplus", none: "no activation" }[settings.choice("activation", ACTIVATIONS)],
    settings.choice("dtype", ["f32", "f64"]),
    `${settings.choice("input", INPUTS)} input`,
    `measured after the ${settings.choice("after", PLACES)}`,
    `${settings.whole("channels", 1)} channels`,
  ];
}

const layersOf = (count: number) => `${count} layer${count > 1 ? "s" : ""}`;

const errorChart = (title: string, label: string, series: readonly ChartSeries[], values: readonly number[]): Chart => {
  const ticks = [...new Set(values)].sort((a, b) => a - b);
  const few = ticks.length <= 16 ? { ticks } : {};
  return { title, x: { label, ...few }, y: { label: "equivariance error", scale: "log" }, series };
};

/** Errors at rounding level may be nothing at all, which a logarithmic axis cannot show. */
const pointOf = (x: number, { error }: ErrorRow) =>
  error.mean > 0 ? [{ x, y: error.mean, error: error.deviation }] : [];

/** The deepest stacks, and the shallowest dashed. */
function againstBandwidth(curves: readonly Curve[]): Plot {
  const series = curves.flatMap(({ title, rows }, style): ChartSeries[] => {
    const depths = rows.map(({ layers }) => layers);
    const [first, last] = extent(depths);
    const line = (depth: number, dashed: boolean) => ({
      name: `${title}, ${layersOf(depth)}`,
      points: rows.filter(({ layers }) => layers === depth).flatMap((row) => pointOf(row.bandwidth, row)),
      dashed,
      style,
    });
    return first < last ? [line(last, false), line(first, true)] : [line(last, false)];
  });
  const bandwidths = curves.flatMap(({ rows }) => rows.map(({ bandwidth }) => bandwidth));
  return {
    name: "equivariance-bandwidth",
    alt: "Equivariance error against bandwidth",
    svg: chartSvg(errorChart("Equivariance error against bandwidth", "bandwidth", series, bandwidths)),
  };
}

/** At the largest bandwidth that all curves have, or else at each one's largest. */
function againstDepth(curves: readonly Curve[]): Plot {
  const bandwidthsOf = ({ rows }: Curve) => [...new Set(rows.map(({ bandwidth }) => bandwidth))];
  const common = bandwidthsOf(curves[0]!).filter((each) => curves.every((curve) => bandwidthsOf(curve).includes(each)));
  const series = curves.map((curve, style): ChartSeries => {
    const [, at] = extent(common.length > 0 ? common : bandwidthsOf(curve));
    const rows = curve.rows.filter(({ bandwidth }) => bandwidth === at);
    const name = `${curve.title}, b = ${at}`;
    return { name, style, points: rows.flatMap((row) => pointOf(row.layers, row)) };
  });
  const depths = curves.flatMap(({ rows }) => rows.map(({ layers }) => layers));
  return {
    name: "equivariance-depth",
    alt: "Equivariance error against depth",
    svg: chartSvg(errorChart("Equivariance error against depth", "layers", series, depths)),
  };
}

/** A row for each bandwidth, a column for each depth. */
function numbers({ description, records, rows }: Curve): string[] {
  const depths = [...new Set(rows.map(({ layers }) => layers))].sort((a, b) => a - b);
  const bandwidths = grouped(rows, ({ bandwidth }) => bandwidth);
  const grid = (show: (row: ErrorRow) => string) =>
    table(
      ["bandwidth:", "rotations:", ...depths.map((depth) => `${layersOf(depth)}:`)],
      [...bandwidths].map(([bandwidth, own]) => {
        const cells = depths.map((depth) => own.find(({ layers }) => layers === depth));
        return [bandwidth, own[0]!.rotations, ...cells.map((row) => row && show(row))].map((cell) =>
          String(cell ?? ""),
        );
      }),
    );
  const files = records.map(({ header, where }) => link(header.name, where)).join(", ");
  return [
    `${inline(description)}. Records: ${files}.`,
    grid(({ error }) => `${short(error.mean)} ± ${short(error.deviation)}`),
    "After pooling:",
    grid(({ pooled }) => short(pooled.mean)),
  ];
}

function comparison({ header, where }: RunRecord, rows: readonly ReferenceRow[]): string[] {
  return [
    `### Against the reference: ${link(header.name, where)}`,
    table(
      ["bandwidth:", "layers:", "this program:", "reference:", "standard errors apart:", "agrees"],
      rows.map(({ bandwidth, layers, mean, reference, standardErrors, agrees }) => [
        String(bandwidth),
        String(layers),
        short(mean),
        short(reference),
        standardErrors.toFixed(1),
        agrees ? "yes" : "no",
      ]),
    ),
  ];
}

const short = (value: number) =>
  value >= 1e-3 && value < 1e4 ? Number(value.toPrecision(3)).toString() : value.toExponential(1);
