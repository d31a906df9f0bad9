import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { equivarianceRecord, mnistRecord } from "../experiments/examples.ts";
import { namesIn, refused, succeed, temporaryFolder } from "../support/cli.ts";

const folder = temporaryFolder();
const path = (...names: string[]) => join(folder, ...names);

function records(name: string, files: Readonly<Record<string, string>>): string {
  mkdirSync(path(name, "trials"), { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(path(name, file), text);
  return path(name);
}

test("makes a page and plots from the records of a folder and those below", async () => {
  const results = records("results", {
    "a.jsonl": mnistRecord(),
    "trials/b.jsonl": mnistRecord({ name: "b", finished: false }),
    "trials/c.jsonl": equivarianceRecord(),
    "weights.safetensors": "not for this command",
  });
  const said = await succeed("report", "--results", results);
  expect(said).toMatch(/^3 records, 8 plots, written to .*README\.md\n$/);
  const page = readFileSync(path("results", "README.md"), "utf8");
  expect(page).toContain("[b](trials/b.jsonl)");
  const plots = [...page.matchAll(/\]\(([\w-]+\.svg)\)/g)].map(([, file]) => file!);
  expect(namesIn(results).filter((name) => name.endsWith(".svg"))).toEqual(plots.sort());
  const made = JSON.parse(await succeed("report", "--results", results, "--json"));
  expect([made.page, made.plots.length, made.records.length]).toEqual([path("results", "README.md"), 8, 3]);
  // The same records, the same bytes; links stay right from elsewhere.
  expect(readFileSync(path("results", "README.md"), "utf8")).toBe(page);
  mkdirSync(path("elsewhere"));
  await succeed("report", "--results", results, "--out", path("elsewhere"));
  expect(readFileSync(path("elsewhere", "README.md"), "utf8")).toContain("[b](../results/trials/b.jsonl)");
});

test("a record that is damaged is named, with its line, and nothing is written", async () => {
  const results = records("damaged", { "a.jsonl": mnistRecord(), "b.jsonl": mnistRecord().slice(0, 1500) });
  await refused(/b\.jsonl:\d+: not JSON/, "report", "--results", results);
  expect(namesIn(results)).toEqual(["a.jsonl", "b.jsonl", "trials"]);
});

test("what others have written stays", async () => {
  const results = records("mine", { "a.jsonl": mnistRecord(), "README.md": "# My notes" });
  await refused(/README\.md that is no report; --overwrite replaces it/, "report", "--results", results);
  expect(readFileSync(path("mine", "README.md"), "utf8")).toBe("# My notes");
  await succeed("report", "--results", results, "--overwrite");
  await refused(/there is no record, \*\.jsonl, in .*nothing/, "report", "--results", records("nothing", {}));
  await refused(/cannot read the folder .*never \(ENOENT\)/, "report", "--results", path("never"));
});
