// The pictures of README and docs/grids.md, drawn by the library itself: `npm run pictures` writes them into docs/pictures,
// or into the folder given. What is computed is computed by the plain f64 build, which gives the same bits everywhere.

import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { turning } from "./picture-of-turning.mjs";
import { bandwidths, kernelPoints, kernelsSeen } from "./pictures-of-grids.mjs";

const folder = resolve(process.argv[2] ?? new URL("../docs/pictures", import.meta.url).pathname);
mkdirSync(folder, { recursive: true });
const pictures = {
  "turning.svg": turning,
  "kernel-points.svg": kernelPoints,
  "kernels-seen.svg": kernelsSeen,
  "bandwidths.svg": bandwidths,
};
for (const [name, draw] of Object.entries(pictures)) {
  const svg = await draw();
  writeFileSync(join(folder, name), svg);
  console.log(`${name}: ${Math.round(svg.length / 1024)} kB`);
}
