// Pictures as SVG, without a DOM: text, points, and spheres whose pixels have a colour each; the same bytes for the same
// numbers. A sphere is seen from afar; directions are (right, up, towards the viewer).

/** A coordinate: tenths of a pixel are enough. */
export const n = (value) => String(Math.round(value * 10) / 10);

export const text = (x, y, content, { anchor = "middle", size = 12, weight = "normal", fill = "#000" } = {}) =>
  `<text x="${n(x)}" y="${n(y)}" text-anchor="${anchor}" font-size="${size}" font-weight="${weight}" fill="${fill}">` +
  `${content.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</text>`;

export const rectangle = (x, y, width, height, fill) =>
  `<rect x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${n(height)}" fill="${fill}"/>`;

export const dot = (x, y, radius, fill) => `<circle cx="${n(x)}" cy="${n(y)}" r="${n(radius)}" fill="${fill}"/>`;

export const line = (x1, y1, x2, y2, stroke, width = 1) =>
  `<path d="M${n(x1)} ${n(y1)}L${n(x2)} ${n(y2)}" stroke="${stroke}" stroke-width="${width}"/>`;

/** A whole picture; `description` is for those who do not see it. */
export const picture = (width, height, description, parts) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" font-family="sans-serif" ` +
  `role="img"><title>${description}</title>\n<rect width="100%" height="100%" fill="#fff"/>\n${parts.flat(9).join("\n")}\n</svg>\n`;

/**
 * A sphere of `size` pixels across, its upper left corner at (x, y): one path of horizontal runs for each colour.
 * @param colourOf a colour for a unit vector (right, up, towards the viewer)
 */
export function sphere(x, y, size, colourOf) {
  const runs = new Map();
  const radius = size / 2;
  for (let row = 0; row < size; row++) {
    const up = (radius - row - 0.5) / radius;
    let [start, colour] = [0, null];
    const end = (column) => {
      if (colour !== null) runs.set(colour, `${runs.get(colour) ?? ""}M${start} ${row}h${column - start}`);
    };
    for (let column = 0; column <= size; column++) {
      const right = (column + 0.5 - radius) / radius;
      const rest = 1 - right * right - up * up;
      const next = column < size && rest > 0 ? colourOf([right, up, Math.sqrt(rest)]) : null;
      if (next === colour) continue;
      end(column);
      [start, colour] = [column, next];
    }
  }
  const paths = [...runs].map(([colour, path]) => `<path d="${path}" stroke="${colour}"/>`);
  // Runs lie on the middle of their row of pixels, so that they fill it.
  return `<g transform="translate(${n(x)} ${n(y + 0.5)})" shape-rendering="crispEdges">${paths.join("")}</g>`;
}

/** One of `levels` + 1 steps from one colour to another, each [red, green, blue], at 0 ≤ share ≤ 1. */
export function shade(from, to, share, levels) {
  const step = Math.round(Math.min(1, Math.max(0, share)) * levels) / levels;
  return `#${from
    .map((channel, i) =>
      Math.round(channel + (to[i] - channel) * step)
        .toString(16)
        .padStart(2, "0"),
    )
    .join("")}`;
}

const [BLUE, WHITE, ORANGE] = [
  [0, 90, 160],
  [255, 255, 255],
  [200, 80, 0],
];

/** Blue below zero, white, orange above, for −1 ≤ value ≤ 1. */
export const diverging = (value, levels = 6) => shade(WHITE, value < 0 ? BLUE : ORANGE, Math.abs(value), levels);

/** Values between the samples of the SOFT grid of bandwidth b, [2b, 2b], axes β, α, at a unit vector in the library's axes. */
export function sampler(samples, b) {
  const side = 2 * b;
  const at = (j, k) => samples[j * side + (((k % side) + side) % side)];
  return ([x, y, z]) => {
    const beta = Math.min(side - 1, Math.max(0, (Math.acos(Math.min(1, Math.max(-1, z))) * side) / Math.PI - 0.5));
    const alpha = (Math.atan2(y, x) * b) / Math.PI;
    const [j, k] = [Math.min(side - 2, Math.floor(beta)), Math.floor(alpha)];
    const [down, along] = [beta - j, alpha - k];
    const ring = (row) => (1 - along) * at(row, k) + along * at(row, k + 1);
    return (1 - down) * ring(j) + down * ring(j + 1);
  };
}
