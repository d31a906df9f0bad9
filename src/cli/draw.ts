// Signals on the sphere as pictures in a terminal: the whole sphere in a disc (Lambert's azimuthal equal-area projection),
// its middle the south pole, where an upright digit lies; its rim the north pole. Two pixels to a character.

import pc from "picocolors";

/** From black to white, for terminals without colours. */
const RAMP = "·.:-=+*#%@";

/** Samples on the SOFT grid, axes β, α, from 0 to 255, as lines of `size` characters; (size / 2) lines. */
export function drawSphere(samples: Uint8Array, size: number): string[] {
  const side = Math.sqrt(samples.length);
  /** Grey at the middle of pixel (row, column), undefined outside the disc. */
  const grey = (row: number, column: number): number | undefined => {
    const [down, right] = [(2 * row + 1) / size - 1, (2 * column + 1) / size - 1];
    const radius = Math.hypot(down, right);
    if (radius > 1) return undefined;
    // Picture rows run along x, columns along y; radius sin(θ/2) at the angle θ from the south pole.
    const j = Math.round((1 - (2 * Math.asin(radius)) / Math.PI) * side - 0.5);
    const k = Math.round((Math.atan2(right, down) / (2 * Math.PI)) * side);
    return samples[Math.min(side - 1, Math.max(0, j)) * side + ((k + side) % side)]!;
  };
  return Array.from({ length: size / 2 }, (_, line) => {
    const cells = Array.from({ length: size }, (_, column) => cell(grey(2 * line, column), grey(2 * line + 1, column)));
    return cells.join("");
  });
}

/** One character for two pixels, one above the other. */
function cell(upper: number | undefined, lower: number | undefined): string {
  if (!pc.isColorSupported) {
    if (upper === undefined && lower === undefined) return " ";
    const grey = ((upper ?? 0) + (lower ?? 0)) / 2;
    return RAMP[Math.min(RAMP.length - 1, Math.floor((grey / 256) * RAMP.length))]!;
  }
  if (upper === undefined) return lower === undefined ? " " : `\x1b[38;5;${shade(lower)}m▄\x1b[0m`;
  if (lower === undefined) return `\x1b[38;5;${shade(upper)}m▀\x1b[0m`;
  return `\x1b[38;5;${shade(upper)};48;5;${shade(lower)}m▀\x1b[0m`;
}

/** One of the greys of a terminal with 256 colours; the darkest are left out, so that the disc shows on black. */
const shade = (grey: number) => 235 + Math.round((grey / 255) * 20);

/** Pictures of equally many lines, one beside the other. */
export function beside(pictures: readonly (readonly string[])[], gap = "  "): string[] {
  return pictures[0]!.map((_, line) => pictures.map((picture) => picture[line]).join(gap));
}
