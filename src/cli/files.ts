// Files of the command line. What is read is named in errors as the user named it; what is written appears whole or not at
// all: it is written beside its place, flushed, and renamed.

import { open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { ValueError } from "../errors.ts";

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a folder",
  EACCES: "permission denied",
  ENOSPC: "the disk is full",
};

function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return REASONS[code ?? ""] ?? message;
}

/** @throws ValueError if it cannot be read */
export async function readInput(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new ValueError(`cannot read ${path}: ${reason(error)}`);
  }
}

/**
 * To be asked before long work: whether a file can be written at `path`.
 * @throws ValueError if its folder is not there, or a folder is in its place
 */
export async function checkOutput(path: string): Promise<void> {
  const folder = dirname(path);
  const info = await stat(folder).catch(() => undefined);
  if (!info?.isDirectory()) throw new ValueError(`cannot write ${path}: there is no folder ${folder}`);
  const there = await stat(path).catch(() => undefined);
  if (there?.isDirectory()) throw new ValueError(`cannot write ${path}: it is a folder`);
}

/** Replaces or makes the file. @throws ValueError if it cannot be written; what was there before is then still there */
export async function writeOutput(path: string, bytes: Uint8Array): Promise<void> {
  const partial = `${path}.${process.pid}.partial`;
  try {
    const file = await open(partial, "w");
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw new ValueError(`cannot write ${path}: ${reason(error)}`);
  }
}
