// The chapter on spherical MNIST: the paper's table with ours beside, accuracy against parameters, training curves, confusion
// matrices, and every run.
//
// A run counts in the paper's table if it is finished and was tested on all 10,000 digits; all else is a trial, listed by its
// best validation. Runs that differ in their seed alone are averaged.

import { type ChartSeries, chartSvg } from "./chart.ts";
import { grouped } from "./groups.ts";
import { inline, link, table } from "./markdown.ts";
import {
  type EpochRow,
  epochRow,
  type MnistSettings,
  mnistSettings,
  type Pose,
  type ResultRow,
  resultRow,
  type TestResult,
} from "./mnist-record.ts";
import { CASES, PUBLISHED } from "./published.ts";
import type { RunRecord } from "./records.ts";
import type { Chapter, Plot } from "./report.ts";
import { deviationOf, meanOf } from "./statistics.ts";
import { tilesSvg } from "./tiles.ts";

/** All test digits of MNIST. */
const TEST_DIGITS = 10_000;

interface Run {
  readonly name: string;
  readonly where: string;
  readonly settings: MnistSettings;
  readonly epochs: readonly EpochRow[];
  /** null while it is not finished. */
  readonly result: ResultRow | null;
}

/** Runs of one network that differ in what they were trained on and in the seed. */
interface Group {
  readonly title: string;
  readonly settings: MnistSettings;
  readonly runs: readonly Run[];
}

export function reportMnist(records: readonly RunRecord[]): Chapter {
  const runs = records.map(runOf);
  const full = runs.filter(({ result, settings }) => result && settings.testDigits === TEST_DIGITS);
  const trials = runs.filter((run) => !full.includes(run));
  const groups = groupsOf(full);
  return {
    title: "Spherical MNIST",
    parts: [
      "Accuracy on the 10,000 test digits; NR: upright, R: rotated at random; first what was trained on, then what was " +
        "tested. Ours are means over the seeds, with their standard deviation where there are several.",
      resultTable(groups),
      ...(groups.length > 0 ? CASES.map((_, i) => parametersPlot(groups, i)) : []),
      ...groups.flatMap((group) => [`### ${inline(group.title)}`, ...groupParts(group)]),
      ...(trials.length > 0 ? ["### Trials", trialTable(trials)] : []),
    ],
  };
}

function runOf(record: RunRecord): Run {
  const { header, rows, where } = record;
  const of = (sort: string) => rows.filter(({ row }) => row === sort).map(({ fields }) => fields);
  return {
    name: header.name,
    where,
    settings: mnistSettings(record.settings),
    epochs: of("epoch").map(epochRow),
    result: of("result").map(resultRow).at(-1) ?? null,
  };
}

function groupsOf(runs: readonly Run[]): Group[] {
  const groups = grouped(runs, ({ settings }) => {
    const { train, test, seed, data, build, testSeed, ...same } = settings;
    return JSON.stringify(same);
  });
  const sorted = [...groups.values()].map((own) => ({ settings: own[0]!.settings, runs: own }));
  const short = ({ network, protocol }: MnistSettings) => `${network}, protocol ${protocol}`;
  return sorted.map(({ settings, runs: own }) => {
    const alone = sorted.filter((other) => short(other.settings) === short(settings)).length === 1;
    return { settings, runs: own, title: alone ? short(settings) : `${short(settings)}, ${recipe(settings)}` };
  });
}

/** How it was trained, in words. */
function recipe({ epochs, learningRate, schedule, batch, weightDecay, digits }: MnistSettings): string {
  const drops = schedule ? ` (${JSON.stringify(schedule).replaceAll(/["{}]/g, "")})` : "";
  const decay = weightDecay > 0 ? `, weight decay ${weightDecay}` : "";
  return `${epochs} epochs of ${digits} digits, rate ${learningRate}${drops}, batch ${batch}${decay}`;
}

/** The results of one case over all seeds. */
function resultsOf({ runs }: Group, train: Pose, test: Pose): TestResult[] {
  const own = runs.filter(({ settings }) => settings.train === train);
  return own.flatMap(({ result }) => result!.tests.filter(({ pose }) => pose === test));
}

function resultTable(groups: readonly Group[]): string {
  const ours = groups.map((group) => [
    `**${inline(group.title)}**`,
    "this program",
    ...CASES.map(({ train, test }) => {
      const values = resultsOf(group, train, test).map(({ accuracy }) => accuracy);
      if (values.length === 0) return "";
      const spread = values.length > 1 ? ` ± ${deviationOf(values).toFixed(4)} (${values.length} seeds)` : "";
      return `**${meanOf(values).toFixed(4)}**${spread}`;
    }),
    group.settings.parameters.toLocaleString("en"),
  ]);
  const published = PUBLISHED.map(({ name, source, accuracies, parameters }) => [
    name,
    source,
    ...accuracies.map(String),
    `${parameters / 1000}k`,
  ]);
  return table(["model", "source", ...CASES.map(({ name }) => `${name}:`), "parameters:"], [...published, ...ours]);
}

/** Accuracy against parameters for one case, wrong answers on a logarithmic scale. */
function parametersPlot(groups: readonly Group[], index: number): Plot {
  const { name, train, test } = CASES[index]!;
  const published: ChartSeries = {
    name: "published",
    line: false,
    points: PUBLISHED.map(({ source, accuracies, parameters }) => ({
      x: parameters,
      y: 1 - accuracies[index]!,
      label: source.replace(" et al.", ""),
    })),
  };
  const ours = groups.flatMap((group): ChartSeries[] => {
    const results = resultsOf(group, train, test).map(({ accuracy }) => 1 - accuracy);
    // None wrong has no place on a logarithmic scale; half a digit does.
    const y = Math.max(meanOf(results), 0.5 / TEST_DIGITS);
    return results.length > 0
      ? [{ name: group.title, line: false, points: [{ x: group.settings.parameters, y }] }]
      : [];
  });
  return {
    name: `parameters-${name.replace("/", "-").toLowerCase()}`,
    alt: `Accuracy against the number of parameters, ${name}, beside published models`,
    svg: chartSvg({
      title: `Accuracy against parameters, ${name}`,
      x: { label: "parameters", scale: "log", format: (value) => value.toLocaleString("en") },
      y: {
        label: "accuracy",
        scale: "log",
        reversed: true,
        format: (wrong) => String(Number((1 - wrong).toFixed(4))),
      },
      series: [published, ...ours],
    }),
  };
}

function groupParts(group: Group): (string | Plot)[] {
  const { settings, runs } = group;
  const slug = group.title.toLowerCase().replaceAll(/[^\w]+/g, "-");
  const last = CASES.filter(({ train, test }) => resultsOf(group, train, test).length > 0).at(-1);
  return [
    `${settings.parameters.toLocaleString("en")} parameters, ${inline(recipe(settings))}.`,
    runTable(runs),
    curves(`loss-${slug}`, `${group.title}: loss while training`, "cross-entropy", "log", runs, ({ loss }) => loss),
    curves(`accuracy-${slug}`, `${group.title}: accuracy`, "accuracy", "linear", runs, ({ accuracy }) => accuracy),
    ...(last ? [confusionPlot(group, `confusion-${slug}`, last)] : []),
  ];
}

function runTable(runs: readonly Run[]): string {
  return table(
    ["run", "seed:", "trained on", "tested on NR:", "on R:", "seconds:", "digits/s:", "kernels"],
    runs.map(({ name, where, settings, epochs, result }) => [
      link(name, where),
      String(settings.seed),
      `${settings.digits.toLocaleString("en")} ${settings.train.toUpperCase()}`,
      ...(["nr", "r"] as const).map(
        (pose) => result!.tests.find((test) => test.pose === pose)?.accuracy.toFixed(4) ?? "",
      ),
      result!.seconds.toFixed(0),
      ((settings.digits * epochs.length) / result!.seconds).toFixed(0),
      settings.build,
    ]),
  );
}

/** A measure by epoch: of the digits in training, and dashed, where digits were held out, of those. */
function curves(
  name: string,
  title: string,
  label: string,
  scale: "linear" | "log",
  runs: readonly Run[],
  measure: (row: { readonly loss: number; readonly accuracy: number }) => number,
): Plot {
  const drawable = (value: number) => scale === "linear" || value > 0;
  const series = runs.flatMap(({ settings: { train, seed }, epochs }, style): ChartSeries[] => {
    const line = (legend: string, values: readonly (readonly [number, number])[], dashed: boolean) => ({
      name: legend,
      points: values.filter(([, y]) => drawable(y)).map(([x, y]) => ({ x, y })),
      dashed,
      markers: false,
      style,
    });
    const run = `${train.toUpperCase()}, seed ${seed}`;
    const validated = (pose: Pose) =>
      epochs.flatMap(({ epoch, validation }) =>
        validation.filter((each) => each.pose === pose).map((each) => [epoch, measure(each)] as const),
      );
    return [
      line(
        run,
        epochs.map((row) => [row.epoch, measure(row)]),
        false,
      ),
      line(`${run}, held out`, validated(train), true),
    ].filter(({ points }) => points.length > 0);
  });
  const svg = chartSvg({ title, x: { label: "epoch" }, y: { label, scale }, series });
  return { name, alt: `${title}, by epoch`, svg };
}

function confusionPlot(group: Group, name: string, { train, test, name: ofCase }: (typeof CASES)[number]): Plot {
  const run = group.runs.find(({ settings }) => settings.train === train)!;
  const { confusion } = resultsOf({ ...group, runs: [run] }, train, test)[0]!;
  const title = `${ofCase}, seed ${run.settings.seed}: ${group.title}`;
  return {
    name,
    alt: `Confusion matrix, ${title}`,
    svg: tilesSvg({ title, rows: "digit", columns: "taken for", counts: confusion }),
  };
}

/** Trials, the best first: by the mean accuracy over the poses validated, in their best epoch. */
function trialTable(trials: readonly Run[]): string {
  const scored = trials.map((run) => {
    const scores = run.epochs.map(({ validation }) => meanOf(validation.map(({ accuracy }) => accuracy)));
    const best = scores.reduce((most, score, i) => (score > (scores[most] ?? 0) ? i : most), 0);
    return { ...run, best: run.epochs[best], score: scores[best] ?? Number.NaN };
  });
  scored.sort((one, other) => (other.score || 0) - (one.score || 0));
  return table(
    ["run", "network", "parameters:", "trained on", "protocol", "seed:", "rate:", "epochs:", "validation", "digits/s:"],
    scored.map(({ name, where, settings, epochs, best }) => [
      link(name, where),
      inline(settings.network),
      settings.parameters.toLocaleString("en"),
      `${settings.digits.toLocaleString("en")} ${settings.train.toUpperCase()}`,
      settings.protocol,
      String(settings.seed),
      `${settings.learningRate}${settings.schedule ? " ↓" : ""}`,
      `${epochs.length} of ${settings.epochs}`,
      best?.validation.map(({ pose, accuracy }) => `${pose.toUpperCase()} ${accuracy.toFixed(4)}`).join(", ") ?? "",
      epochs.at(-1)?.digitsPerSecond.toFixed(0) ?? "",
    ]),
  );
}
