// From the records of experiments to one page with tables and plots. Every kind of experiment has a chapter, written by its
// entry in CHAPTERS out of all records of that kind.

import { reportEquivariance } from "./equivariance-report.ts";
import { code, inline, link, table } from "./markdown.ts";
import { reportMnist } from "./mnist-report.ts";
import { parseRecord, type RunRecord } from "./records.ts";

/** A picture beside the page. */
export interface Plot {
  /** Of its file, without extension: letters, digits and dashes. */
  readonly name: string;
  readonly svg: string;
  /** What it shows, for those who cannot see it. */
  readonly alt: string;
}

/** A part of the page: Markdown, then plots, in turn. */
export interface Chapter {
  readonly title: string;
  readonly parts: readonly (string | Plot)[];
}

const CHAPTERS: Readonly<Record<string, (records: readonly RunRecord[]) => Chapter>> = {
  mnist: reportMnist,
  equivariance: reportEquivariance,
};

export interface Report {
  readonly markdown: string;
  readonly plots: readonly Plot[];
}

/** The page's first line, by which a page that this program made is known. */
export const MARK = "<!-- Made by `spherical-cnn report` from the records beside; changes here will be lost. -->";

/**
 * The page and its plots.
 * @param files records, by path relative to the page, `/` between folders
 * @throws FormatError, with file and line, for what is no record
 */
export function report(files: ReadonlyMap<string, string>): Report {
  const records = [...files].map(([where, text]) => parseRecord(text, where));
  const chapters = Object.entries(CHAPTERS).flatMap(([kind, chapter]) => {
    const own = records.filter(({ header }) => header.kind === kind);
    return own.length > 0 ? [chapter(own)] : [];
  });
  const names = new Set<string>();
  const plots: Plot[] = [];
  const markdown = [MARK, "# Results", ...chapters.flatMap(({ title, parts }) => [`## ${title}`, ...parts.map(place)])];
  return { markdown: `${[...markdown, "## Records", recordTable(records)].join("\n\n")}\n`, plots };

  /** Gives a plot a file of its own. */
  function place(part: string | Plot): string {
    if (typeof part === "string") return part;
    let name = part.name.replaceAll(/[^\w-]+/g, "-");
    while (names.has(name)) name += "-";
    names.add(name);
    plots.push({ ...part, name });
    return `![${inline(part.alt)}](${name}.svg)`;
  }
}

/** Where every number comes from. */
function recordTable(records: readonly RunRecord[]): string {
  return table(
    ["record", "started", "commit", "machine", "command"],
    records.map(({ header: { name, started, commit, machine, command }, where }) => [
      link(name, where),
      inline(started.slice(0, 16).replace("T", " ")),
      inline(commit?.replace(/^[0-9a-f]{40}/, (hash) => hash.slice(0, 10)) ?? ""),
      inline(machineOf(machine)),
      code(command),
    ]),
  );
}

/** What of a machine decides how fast it is. */
function machineOf(machine: RunRecord["header"]["machine"]): string {
  const { processor, cores, runtime, kernels, threads } = machine;
  const words = [processor, cores && `${cores} cores`, runtime, kernels, threads && `threads: ${threads}`];
  return words.filter(Boolean).join(", ");
}
