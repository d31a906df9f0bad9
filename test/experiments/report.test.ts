import { describe, expect, it } from "vitest";
import { SphericalCnnError } from "../../src/errors.ts";
import { MARK, report } from "../../src/experiments/report.ts";
import { Random } from "../../src/random.ts";
import { equivarianceRecord, mnistRecord } from "./examples.ts";

const of = (...records: readonly string[]) => report(new Map(records.map((text, i) => [`runs/${i}.jsonl`, text])));

/** The cells of the table row that begins with this. */
const rowOf = (markdown: string, begin: string) =>
  markdown
    .split("\n")
    .find((line) => line.startsWith(`| ${begin}`))
    ?.split("|")
    .map((cell) => cell.trim())
    .slice(1, -1);

describe("report", () => {
  it("puts ours beside the published numbers, means over seeds", () => {
    const { markdown, plots } = of(
      mnistRecord(),
      mnistRecord({ settings: { seed: 2 }, accuracies: { nr: 0.962, r: 0.944 } }),
      mnistRecord({ settings: { train: "r" }, accuracies: { nr: 0.955, r: 0.951 } }),
      mnistRecord({ settings: { network: "planar", parameters: 68106 }, accuracies: { nr: 0.98, r: 0.11 } }),
    );
    expect(markdown.startsWith(`${MARK}\n\n# Results\n`)).toBe(true);
    expect(rowOf(markdown, "planar CNN")).toEqual(["planar CNN", "Cohen et al. 2018", "0.98", "0.23", "0.11", "68k"]);
    expect(rowOf(markdown, "**mnist-original-72, protocol paper**")).toEqual([
      "**mnist-original-72, protocol paper**",
      "this program",
      "**0.9610** ± 0.0014 (2 seeds)",
      "**0.9510**",
      "**0.9420** ± 0.0028 (2 seeds)",
      "58,550",
    ]);
    expect(rowOf(markdown, "**planar, protocol paper**")).toEqual([
      "**planar, protocol paper**",
      "this program",
      "**0.9800**",
      "",
      "**0.1100**",
      "68,106",
    ]);
    const names = plots.map(({ name }) => name);
    expect(names).toContain("parameters-nr-r");
    expect(names).toContain("loss-mnist-original-72-protocol-paper");
    expect(names).toContain("confusion-planar-protocol-paper");
    expect(new Set(names).size).toBe(names.length);
    for (const { name, svg } of plots) {
      expect(markdown).toContain(`](${name}.svg)`);
      expect(svg).toMatch(/^<svg .*<\/svg>\n$/s);
      expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    }
    expect(markdown).toContain("[run](runs/0.jsonl)");
    expect(markdown).toContain(
      "| 2026-01-02 03:04 | 0123456789 | a processor, 2 cores, Node 20.19.0, f32 plain, threads: 1 |",
    );
  });

  it("keeps what was trained otherwise apart", () => {
    const longer = mnistRecord({ settings: { epochs: 40 }, accuracies: { nr: 0.97, r: 0.95 } });
    const { markdown } = of(mnistRecord(), longer);
    const recipe = (epochs: number) => `${epochs} epochs of 60000 digits, rate 0.005, batch 32`;
    expect(rowOf(markdown, `**mnist-original-72, protocol paper, ${recipe(3)}`)![2]).toBe("**0.9600**");
    expect(rowOf(markdown, `**mnist-original-72, protocol paper, ${recipe(40)}`)![2]).toBe("**0.9700**");
  });

  it("lists trials by their best validation, and counts none of them as a result", () => {
    const trial = { settings: { digits: 5000, holdout: 5000, testDigits: 1 } };
    const { markdown } = of(
      mnistRecord({ ...trial, name: "worse", validation: [0.8, 0.85, 0.84] }),
      mnistRecord({ ...trial, name: "better", validation: [0.9, 0.91, 0.88] }),
      mnistRecord({ name: "unfinished", finished: false }),
    );
    expect(rowOf(markdown, "**mnist")).toBeUndefined();
    const trials = markdown.slice(markdown.indexOf("### Trials"), markdown.indexOf("## Records"));
    expect(
      [...trials.matchAll(/^\| \[(\w+)\].*?\| ((?:NR [\d.]+)?) \| \d+ \|$/gm)].map(([, ...found]) => found),
    ).toEqual([
      ["better", "NR 0.9100"],
      ["worse", "NR 0.8500"],
      ["unfinished", ""],
    ]);
  });

  it("shows the equivariance error against bandwidth and depth", () => {
    const { markdown, plots } = of(
      equivarianceRecord(),
      equivarianceRecord({ bandwidths: [16], rotations: 20 }, 1, "wider"),
      equivarianceRecord({ activation: "none" }, 1e-5),
    );
    expect(plots.map(({ name }) => name)).toEqual(["equivariance-bandwidth", "equivariance-depth"]);
    expect(markdown).toContain("### ReLU\n\nReLU, f32, white input, measured after the convolution, 10 channels.");
    expect(rowOf(markdown, "8 | 50")).toEqual(["8", "50", "0.08 ± 0.08", "0.16 ± 0.16"]);
    expect(rowOf(markdown, "16 | 20")).toEqual(["16", "20", "0.16 ± 0.16", "0.32 ± 0.32"]);
    expect(rowOf(markdown, "4 | 2")).toEqual(["4", "2", "0.08", "0.081", "-0.4", "yes"]);
    for (const { svg } of plots) {
      expect(svg).not.toMatch(/NaN|Infinity|undefined/);
      expect(svg).toContain("no activation");
    }
    expect(plots[0]!.svg).toContain("stroke-dasharray"); // the stacks of one layer
    // Where a bandwidth was measured twice, more rotations count.
    const twice = of(equivarianceRecord({ rotations: 20 }, 3), equivarianceRecord());
    expect(rowOf(twice.markdown, "8 | 50")![2]).toBe("0.08 ± 0.08");
  });

  it("lets nothing in a record become Markdown or a tag", () => {
    const hostile = "<script>|`[x](y)\n# head";
    const { markdown, plots } = of(mnistRecord({ name: hostile, settings: { network: hostile } }));
    for (const text of [markdown, ...plots.map(({ svg }) => svg)]) {
      expect(text).not.toContain("<script");
      expect(text).not.toContain("\n# head");
    }
    expect(markdown).not.toMatch(/[^\\]\[x\]\(y\)/);
    for (const { name } of plots) expect(name).toMatch(/^[\w-]+$/);
    const lines = markdown
      .split("\n")
      .filter((line) => line.startsWith("|") && !/^\| (model|run|record|---)/.test(line));
    for (const line of lines.filter((each) => each.includes("script"))) {
      expect([6, 8, 5]).toContain(line.replaceAll("\\|", "").split("|").length - 2);
    }
  });

  it("refuses what is no record, naming file and line", () => {
    const [header, ...rows] = mnistRecord().trimEnd().split("\n");
    const refused = (message: RegExp, ...lines: string[]) => expect(() => of(lines.join("\n"))).toThrow(message);
    refused(/^runs\/0\.jsonl: expected a record of an experiment, got an empty file$/);
    refused(/^runs\/0\.jsonl:1: not JSON/, "weights");
    refused(/^runs\/0\.jsonl:1: expected kind to be text, got undefined$/, "{}");
    refused(/^runs\/0\.jsonl:1: expected an object, got \[1\]$/, "[1]");
    refused(/^runs\/0\.jsonl:3: not JSON/, header!, rows[0]!, rows[1]!.slice(0, 40));
    refused(
      /^runs\/0\.jsonl:2: expected loss to be a number .*, got "low"$/,
      header!,
      rows[0]!.replace("0.5", '"low"'),
    );
    refused(
      /^runs\/0\.jsonl:2: expected accuracy to be a number from 0 to 1, got 9$/,
      header!,
      rows[0]!.replace("0.9", "9"),
    );
    refused(
      /^runs\/0\.jsonl:2: tests\[0\]: expected confusion\[0\] to be 10 whole numbers$/,
      header!,
      rows[3]!.replace("991", "-1"),
    );
    refused(
      /^runs\/0\.jsonl:1: settings: expected protocol to be one of default, paper/,
      header!.replace("paper", "page"),
    );
    refused(/:1: settings: schedule: .*gamma/, header!.replace('"schedule":null', '"schedule":{"every":1}'));
    refused(/:1: JSON nested more than 16 deep/, `{"kind":${"[".repeat(20)}${"]".repeat(20)}}`);
    refused(/expected at most 20000 lines/, header!, ...new Array(20_000).fill("{}"));
  });

  it("does not fall over whatever stands in a file", () => {
    const random = new Random(7);
    const sources = [mnistRecord({ validation: [0.9] }), equivarianceRecord()];
    const words = ["1e30", "-1e30", "0", "1e-300", "null", "{}", "[]", '""', "[[1]]", '"nr"', "true", "1e999", "20000"];
    let survived = 0;
    for (let i = 0; i < 2000; i++) {
      const lines = sources[i % 2]!.trimEnd().split("\n");
      const at = random.integer(lines.length);
      const values = [...lines[at]!.matchAll(/:("[^"]*"|-?[\d.e-]+|null|true)/g)];
      const value = values[random.integer(values.length)]!;
      const word = words[random.integer(words.length)]!;
      const line = lines[at]!;
      lines[at] = `${line.slice(0, value.index)}:${word}${line.slice(value.index + value[0].length)}`;
      if (random.next() < 0.2) lines.splice(random.integer(lines.length), 1);
      try {
        const { plots } = of(lines.join("\n"));
        for (const { svg } of plots) expect(svg).not.toMatch(/NaN|Infinity|undefined/);
        survived++;
      } catch (error) {
        if (!(error instanceof SphericalCnnError)) throw error;
        expect(error.message).toMatch(/^runs\/0\.jsonl/);
      }
    }
    expect(survived).toBeGreaterThan(200);
  });
});
