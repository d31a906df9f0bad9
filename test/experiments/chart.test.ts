import { describe, expect, it } from "vitest";
import { ValueError } from "../../src/errors.ts";
import { type ChartAxis, chartSvg } from "../../src/experiments/chart.ts";

/** Texts of a kind in a chart: "middle" stands below the x axis, "end" beside the y axis. */
const texts = (svg: string, anchor: string) =>
  [...svg.matchAll(new RegExp(`text-anchor="${anchor}"[^>]*>([^<]*)<`, "g"))].map(([, text]) => text!);

const chart = (y: Partial<ChartAxis>, ...values: number[]) =>
  chartSvg({
    title: "title",
    x: { label: "x" },
    y: { label: "y", ...y },
    series: [{ name: "one", points: values.map((value, i) => ({ x: i, y: value })) }],
  });

/** Where the markers stand, from the top. */
const heights = (svg: string) =>
  [...svg.matchAll(/<circle cx="[\d.]+" cy="([\d.]+)" r="3.2"/g)].map(([, y]) => Number(y));

describe("chartSvg", () => {
  it.each([
    [{}, [0, 10], ["0", "2", "4", "6", "8", "10"]],
    [{}, [0.93, 0.97], ["0.93", "0.94", "0.95", "0.96", "0.97"]],
    [{}, [-3, 12], ["-5", "0", "5", "10", "15"]],
    [{}, [7], ["6", "8"]],
    [{ scale: "log" }, [0.03, 0.4], ["0.02", "0.05", "0.1", "0.2", "0.5"]],
    [{ scale: "log" }, [3e-7, 0.2], ["10⁻⁷", "10⁻⁶", "10⁻⁵", "10⁻⁴", "0.001", "0.01", "0.1", "1"]],
    [{ scale: "log", format: (x: number) => `${1 - x}` }, [0.1], ["0.9", "0.8"]],
  ] as const)("%o of %j has the ticks %j", (axis, values, ticks) => {
    expect(texts(chart(axis as Partial<ChartAxis>, ...values), "end")).toEqual(ticks);
  });

  it("puts values where they belong", () => {
    // Marks of the legend are circles too: the first are the points.
    const [low, middle, high] = heights(chart({ range: [0, 10], ticks: [0, 10] }, 0, 5, 10));
    expect([low, middle, high]).toEqual([368, 206, 44]);
    const [small, medium, large] = heights(chart({ scale: "log", range: [1, 100] }, 1, 10, 100));
    expect([small, medium, large]).toEqual([368, 206, 44]);
    expect(heights(chart({ range: [0, 10], reversed: true }, 0, 10)).slice(0, 2)).toEqual([44, 368]);
  });

  it("draws error bars within the frame, also where they reach below zero on a logarithmic axis", () => {
    const svg = chartSvg({
      title: "bars",
      x: { label: "x" },
      y: { label: "y", scale: "log" },
      series: [
        {
          points: [
            { x: 1, y: 1, error: 0.5 },
            { x: 2, y: 0.1, error: 0.2 },
          ],
        },
      ],
    });
    expect(svg).not.toMatch(/NaN|Infinity/);
    for (const [, y] of svg.matchAll(/[ML][\d.]+ ([\d.-]+)/g)) {
      expect(Number(y)).toBeGreaterThanOrEqual(44);
      expect(Number(y)).toBeLessThanOrEqual(368);
    }
  });

  it("has a legend of the series that have names, and escapes what is in it", () => {
    const points = [{ x: 1, y: 1 }];
    const svg = chartSvg({
      title: "a < b",
      x: { label: "x" },
      y: { label: "y" },
      series: [{ points }, { name: "R & <D>", points }, { name: "absent", points: [] }, { name: "two", points }],
    });
    expect(texts(svg, "start")).toEqual(["a &lt; b", "R &amp; &lt;D>", "two"]);
  });

  it("refuses what has no place", () => {
    expect(() => chart({})).toThrow(/chart title: expected at least one point/);
    expect(() => chart({}, 1, Number.NaN)).toThrow(/chart title: y: expected finite numbers, got NaN/);
    expect(() => chart({ scale: "log" }, 1, 0)).toThrow(ValueError);
  });
});
