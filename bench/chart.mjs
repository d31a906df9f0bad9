// A line chart on two logarithmic axes, as SVG: cost against size.

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [680, 400, 70, 150, 40, 45];
const COLOURS = ["#0b62a4", "#c0392b", "#2e8b57", "#8e44ad", "#d68910", "#555555", "#16a085", "#7f6000"];

const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/** Powers of ten that enclose the values. */
function decades(values) {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  return Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i));
}

/** Where a value lies between two others, logarithmically. */
const place = (value, low, high) => Math.log(value / low) / Math.log(high / low);

/**
 * @param title above the chart
 * @param xLabel, formatY what the axes show
 * @param series `[{name, points: [[x, y], …]}]`, x ascending
 */
export function logChart({ title, xLabel, formatY, series }) {
  const shown = series.filter(({ points }) => points.length > 0);
  const xs = [...new Set(shown.flatMap(({ points }) => points.map(([x]) => x)))].sort((a, b) => a - b);
  const ticks = decades(shown.flatMap(({ points }) => points.map(([, y]) => y)));
  const [right, bottom] = [WIDTH - RIGHT, HEIGHT - BOTTOM];
  const atX = (x) => LEFT + place(x, xs[0], xs.at(-1)) * (right - LEFT);
  const atY = (y) => bottom - place(y, ticks[0], ticks.at(-1)) * (bottom - TOP);
  const text = (x, y, content, rest = "") => `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${rest}>${content}</text>`;
  const line = (x1, y1, x2, y2) => `<path d="M${x1.toFixed(1)} ${y1.toFixed(1)}L${x2.toFixed(1)} ${y2.toFixed(1)}"/>`;

  const grid = [
    ...ticks.map((y) => line(LEFT, atY(y), right, atY(y))),
    ...xs.map((x) => line(atX(x), TOP, atX(x), bottom)),
  ];
  const labels = [
    ...ticks.map((y) => text(LEFT - 8, atY(y) + 4, escaped(formatY(y)), 'text-anchor="end"')),
    ...xs.map((x) => text(atX(x), bottom + 18, String(x), 'text-anchor="middle"')),
    text((LEFT + right) / 2, HEIGHT - 8, escaped(xLabel), 'text-anchor="middle"'),
    text(LEFT, 22, escaped(title), 'font-size="15"'),
  ];
  const curves = shown.map(({ points }, i) => {
    const colour = COLOURS[i % COLOURS.length];
    const path = points.map(([x, y]) => `${atX(x).toFixed(1)} ${atY(y).toFixed(1)}`).join("L");
    const dots = points.map(([x, y]) => `<circle cx="${atX(x).toFixed(1)}" cy="${atY(y).toFixed(1)}" r="3"/>`);
    return `<g stroke="${colour}" fill="${colour}"><path d="M${path}" fill="none" stroke-width="2"/>${dots.join("")}</g>`;
  });
  const legend = shown.map(({ name }, i) => {
    const colour = COLOURS[i % COLOURS.length];
    return text(right + 14, TOP + 12 + 20 * i, `■ ${escaped(name)}`, `fill="${colour}"`);
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
<g stroke="#ddd">${grid.join("")}</g>
${[...labels, ...curves, ...legend].join("\n")}
</svg>
`;
}
