// The files of a run, by its name in the folder of --out, and what is to become of those that are there.

import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { ValueError } from "../errors.ts";
import { checkOutput } from "./files.ts";
import { flag, type Options, text } from "./options.ts";

const FOLDER = "results";

export interface RunFiles {
  readonly record: string;
  readonly weights: string;
  readonly checkpoint: string;
  /** Whether to go on from the checkpoint; otherwise the run begins, and what is there is to be removed. */
  readonly goOn: boolean;
}

/** @throws ValueError if the folder cannot be made, or files are there that nobody said what to do with */
export async function runFiles(options: Options, name: string): Promise<RunFiles> {
  const folder = text(options, "out") ?? FOLDER;
  const [resume, overwrite] = [flag(options, "resume"), flag(options, "overwrite")];
  if (resume && overwrite) throw new ValueError("--resume goes on with a run, --overwrite begins it anew; choose one");
  await mkdir(folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw new ValueError(`--out: the folder ${folder} cannot be made (${error.code})`);
  });
  const record = join(folder, `${name}.jsonl`);
  const weights = join(folder, `${name}.safetensors`);
  const checkpoint = join(folder, `${name}.checkpoint.safetensors`);
  for (const file of [record, weights, checkpoint]) await checkOutput(file);
  const [recorded, begun] = [await exists(record), await exists(checkpoint)];
  if (resume && recorded && !begun) {
    throw new ValueError(`--resume: the run of ${record} is finished; --overwrite begins it anew`);
  }
  if ((recorded || begun) && !resume && !overwrite) {
    throw new ValueError(
      `there is a run ${record} already; --resume goes on with it, --overwrite begins it anew, --name makes another`,
    );
  }
  await removePartial(folder, name);
  return { record, weights, checkpoint, goOn: resume && begun };
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
