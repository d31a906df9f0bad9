// Writes the first 500 MNIST test digits to models/, for the demo and the tests, from a folder with the original files:
//   node build/extract-demo-digits.mjs DIR

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";

const COUNT = 500;
const directory = process.argv[2];
if (!directory) {
  console.error(
    "usage: node build/extract-demo-digits.mjs DIR (a folder with t10k-images-idx3-ubyte.gz and its labels)",
  );
  process.exit(1);
}
const models = fileURLToPath(new URL("../models/", import.meta.url));

for (const [kind, headerBytes, itemBytes] of [
  ["images-idx3", 16, 28 * 28],
  ["labels-idx1", 8, 1],
]) {
  const whole = gunzipSync(readFileSync(join(directory, `t10k-${kind}-ubyte.gz`)));
  const part = Buffer.from(whole.subarray(0, headerBytes + COUNT * itemBytes));
  part.writeUInt32BE(COUNT, 4);
  const packed = gzipSync(part, { level: 9 });
  packed[9] = 255; // "unknown operating system": the same bytes wherever this runs
  const path = join(models, `mnist-test-${COUNT}-${kind}-ubyte.gz`);
  writeFileSync(path, packed);
  console.log(`${path}: ${packed.length} bytes`);
}
