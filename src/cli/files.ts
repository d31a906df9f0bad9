// Files of the command line. What is read is named in errors as the user named it; what is written appears whole or not at
// all: it is written beside its place, flushed, and renamed. A link stays a link, and what is no file, such as a pipe or a
// device, is written into.

import { lstat, open, readFile, readlink, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { ValueError } from "../errors.ts";

const REASONS: Readonly<Record<string, string>> = {
  EISDIR: "it is a folder",
  EACCES: "permission denied",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk's quota is used up",
  EFBIG: "it would become larger than files may be",
  EROFS: "the disk is for reading only",
  ELOOP: "its links lead in a circle",
};

/** @param missing what it means here that there is no such file */
function reason(error: unknown, missing: string): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === "ENOENT" ? missing : (REASONS[code ?? ""] ?? message);
}

/** @throws ValueError if it cannot be read */
export async function readInput(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new ValueError(`cannot read ${path}: ${reason(error, "there is no such file")}`);
  }
}

/**
 * To be asked before long work: whether a file can be written at `path`.
 * @param inputs what the same command reads, by option: none of it may be overwritten
 * @returns whether there is a file already
 * @throws ValueError if its folder is not there, a folder is in its place, or it is an input
 */
export async function checkOutput(path: string, inputs: Readonly<Record<string, string>> = {}): Promise<boolean> {
  const folder = dirname(path);
  const info = await stat(folder).catch(() => undefined);
  if (!info?.isDirectory()) throw new ValueError(`cannot write ${path}: there is no folder ${folder}`);
  const there = await stat(path).catch(() => undefined);
  if (there?.isDirectory()) throw new ValueError(`cannot write ${path}: it is a folder`);
  for (const [option, input] of Object.entries(inputs)) {
    const read = there?.isFile() ? await stat(input).catch(() => undefined) : undefined;
    if (read && read.dev === there!.dev && read.ino === there!.ino) {
      throw new ValueError(`--output is the file of --${option}, ${input}; give it another name`);
    }
  }
  return there?.isFile() ?? false;
}

/** Replaces or makes the file. @throws ValueError if it cannot be written; what was there before is then still there */
export async function writeOutput(path: string, bytes: Uint8Array): Promise<void> {
  let partial: string | undefined;
  try {
    const there = await stat(path).catch(() => undefined);
    if (there && !there.isFile()) return await writeFile(path, bytes);
    const target = await behindLinks(path);
    partial = `${target}.${process.pid}.partial`;
    const file = await open(partial, "w");
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, target);
  } catch (error) {
    if (partial !== undefined) await rm(partial, { force: true }).catch(() => undefined);
    throw new ValueError(`cannot write ${path}: ${reason(error, "no file can be made in its folder")}`);
  }
}

/** Where the links lead that may stand at `path`, also if nothing is there yet. */
async function behindLinks(path: string): Promise<string> {
  let target = path;
  for (let links = 0; (await lstat(target).catch(() => undefined))?.isSymbolicLink(); links++) {
    if (links === 40) throw Object.assign(new Error(), { code: "ELOOP" });
    target = resolve(dirname(target), await readlink(target));
  }
  return target;
}
