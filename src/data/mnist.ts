// The MNIST files on disk: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits".

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ValueError } from "../errors.ts";
import { type Digits, readDigits } from "./digits.ts";

/** The two halves of MNIST: 60,000 digits to train with, 10,000 to test. */
export type MnistSplit = "train" | "test";

const PREFIX: Readonly<Record<MnistSplit, string>> = { train: "train", test: "t10k" };

/** The bytes and path of the first of `name` and `name`.gz that exists in the folder. */
async function readEither(directory: string, name: string): Promise<[Uint8Array, string]> {
  for (const path of [join(directory, name), join(directory, `${name}.gz`)]) {
    try {
      return [await readFile(path), path];
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT" && (error as NodeJS.ErrnoException).code !== "ENOTDIR") {
        throw new ValueError(`MNIST: cannot read ${path}: ${(error as Error).message}`);
      }
    }
  }
  throw new ValueError(
    `MNIST: neither ${name}.gz nor ${name} is in ${directory}; fetch the files with: spherical-cnn data mnist --dir ${directory}`,
  );
}

/**
 * Reads half of MNIST from a folder with the original files ({train,t10k}-{images-idx3,labels-idx1}-ubyte, as they are
 * or .gz).
 * @throws ValueError if a file is missing or the limit impossible; FormatError if a file is damaged or holds something else
 */
export async function loadMnist(
  directory: string,
  split: MnistSplit,
  options: { readonly limit?: number } = {},
): Promise<Digits> {
  if (!Object.hasOwn(PREFIX, split)) throw new ValueError(`MNIST: expected "train" or "test", got "${split}"`);
  const [images, imagesPath] = await readEither(directory, `${PREFIX[split]}-images-idx3-ubyte`);
  const [labels, labelsPath] = await readEither(directory, `${PREFIX[split]}-labels-idx1-ubyte`);
  return readDigits(images, labels, { ...options, names: [imagesPath, labelsPath] });
}
