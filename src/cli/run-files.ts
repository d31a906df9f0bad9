// The files of a run in the folder of --out, by its name, and what is to become of those that are there.

import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { ValueError } from "../errors.ts";
import { checkOutput } from "./files.ts";
import { flag, type Options, text } from "./options.ts";

/** Where a run leaves its files, unless --out says otherwise. */
export const FOLDER = "results";

/** The name of a run's files. @throws ValueError for what is no name of a file */
export function runName(options: Options, byDefault: () => string): string {
  const name = text(options, "name") ?? byDefault();
  if (/^[\w][\w.-]*$/.test(name)) return name;
  throw new ValueError(`--name: expected letters, digits, points, dashes and underscores, got ${name}`);
}

/** What to do with a run of that name that is there already. */
export interface Intent {
  readonly resume: boolean;
  readonly overwrite: boolean;
}

/** @throws ValueError for both */
export function intentOf(options: Options): Intent {
  const [resume, overwrite] = [flag(options, "resume"), flag(options, "overwrite")];
  if (resume && overwrite) throw new ValueError("--resume goes on with a run, --overwrite begins it anew; choose one");
  return { resume, overwrite };
}

/** The folder of --out, made if need be. @throws ValueError if it cannot be */
export async function resultsFolder(options: Options): Promise<string> {
  const folder = text(options, "out") ?? FOLDER;
  await mkdir(folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw new ValueError(`--out: the folder ${folder} cannot be made (${error.code})`);
  });
  return folder;
}

/** @throws ValueError if there is a run and nobody said what is to become of it */
export function checkIntent({ resume, overwrite }: Intent, there: boolean, record: string): void {
  if (!there || resume || overwrite) return;
  throw new ValueError(
    `there is a run ${record} already; --resume goes on with it, --overwrite begins it anew, --name makes another`,
  );
}

export interface RunFiles {
  readonly record: string;
  readonly weights: string;
  readonly checkpoint: string;
  /** Whether to go on from the checkpoint; otherwise the run begins, and what is there is to be removed. */
  readonly goOn: boolean;
}

/** @throws ValueError if the folder cannot be made, or files are there that nobody said what to do with */
export async function runFiles(options: Options, name: string): Promise<RunFiles> {
  const intent = intentOf(options);
  const folder = await resultsFolder(options);
  const record = join(folder, `${name}.jsonl`);
  const weights = join(folder, `${name}.safetensors`);
  const checkpoint = join(folder, `${name}.checkpoint.safetensors`);
  for (const file of [record, weights, checkpoint]) await checkOutput(file);
  const [recorded, begun] = [await exists(record), await exists(checkpoint)];
  if (intent.resume && recorded && !begun) {
    throw new ValueError(`--resume: the run of ${record} is finished; --overwrite begins it anew`);
  }
  checkIntent(intent, recorded || begun, record);
  await removePartial(folder, name);
  return { record, weights, checkpoint, goOn: intent.resume && begun };
}

/** What a run that was killed while it wrote has left: files that were never renamed. */
async function removePartial(folder: string, name: string): Promise<void> {
  for (const file of await readdir(folder)) {
    if (file.startsWith(`${name}.`) && /\.\d+\.partial$/.test(file)) await rm(join(folder, file), { force: true });
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
