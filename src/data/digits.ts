// Labelled grey pictures, as the MNIST files hold them: a pair of IDX files, one of pictures, one of labels.

import { FormatError, ValueError } from "../errors.ts";
import { gunzip } from "../formats/gzip.ts";
import { readIdx } from "../formats/idx.ts";

/** Pictures and what they show. */
export interface Digits {
  /** `count` pictures of `rows` × `columns` grey values from 0 to 255, row by row. */
  readonly images: Uint8Array;
  /** `count` labels from 0 to 9. */
  readonly labels: Uint8Array;
  readonly count: number;
  readonly rows: number;
  readonly columns: number;
}

/** How much to read, and what to call it. */
export interface DigitsOptions {
  /** Take so many digits from the beginning; all of them if left out or more than there are. */
  readonly limit?: number;
  /** What the two files are called in messages. */
  readonly names?: readonly [images: string, labels: string];
}

/** The largest of the four files, 60,000 pictures, unpacks to 47 MB. */
const UNPACKED_LIMIT = 64 * 1024 * 1024;

const CLASSES = 10;

/**
 * Returns a limit on the number of digits.
 * @throws ValueError unless it is a positive integer or left out
 */
function checkLimit(limit: number | undefined): number {
  if (limit !== undefined && !(Number.isInteger(limit) && limit >= 1)) {
    throw new ValueError(`limit: expected a positive number of digits, got ${limit}`);
  }
  return limit ?? Number.POSITIVE_INFINITY;
}

async function readBytes(
  file: Uint8Array,
  name: string,
  rank: number,
): Promise<{ shape: readonly number[]; data: Uint8Array }> {
  const packed = file[0] === 0x1f && file[1] === 0x8b;
  const { shape, dtype, data } = readIdx(packed ? await gunzip(file, UNPACKED_LIMIT, name) : file, name);
  if (dtype !== "u8" || shape.length !== rank) {
    const expected = rank === 3 ? "pictures [count, rows, columns]" : "labels [count]";
    throw new FormatError(`${name}: expected ${expected} of u8, got [${shape.join(", ")}] of ${dtype}`);
  }
  return { shape, data: data as Uint8Array };
}

/**
 * Reads a pair of IDX files, each raw or gzip.
 * @throws FormatError if they are damaged, are not pictures and labels from 0 to 9, or not equally many; ValueError for
 * an impossible limit
 */
export async function readDigits(images: Uint8Array, labels: Uint8Array, options: DigitsOptions = {}): Promise<Digits> {
  const limit = checkLimit(options.limit);
  const [imagesName, labelsName] = options.names ?? ["images", "labels"];
  const pictures = await readBytes(images, imagesName, 3);
  const classes = await readBytes(labels, labelsName, 1);
  const [all, rows, columns] = pictures.shape as [number, number, number];
  if (classes.shape[0] !== all) {
    throw new FormatError(
      `${labelsName}: expected a label for each of the ${all} pictures of ${imagesName}, got ${classes.shape[0]}`,
    );
  }
  if (all === 0 || rows === 0 || columns === 0) {
    throw new FormatError(`${imagesName}: expected pictures, got none (shape [${pictures.shape.join(", ")}])`);
  }
  const wrong = classes.data.findIndex((label) => label >= CLASSES);
  if (wrong >= 0) {
    throw new FormatError(
      `${labelsName}: expected labels from 0 to 9, got ${classes.data[wrong]} for picture ${wrong}`,
    );
  }
  const count = Math.min(all, limit);
  const part = (data: Uint8Array, length: number) => (count === all ? data : data.slice(0, length));
  return {
    images: part(pictures.data, count * rows * columns),
    labels: part(classes.data, count),
    count,
    rows,
    columns,
  };
}
