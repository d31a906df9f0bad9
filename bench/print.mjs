// A row as a block of lines: the absolute, its spread, the ratio to ours and its spread, the rate.

const significant = (x) => (x === 0 ? "0" : x < 100 ? x.toPrecision(3) : x.toFixed(0));

/** Milliseconds in a unit that leaves few zeros. */
export function duration(ms) {
  if (ms < 1e-3) return `${significant(ms * 1e6)} ns`;
  if (ms < 1) return `${significant(ms * 1e3)} µs`;
  return ms < 1000 ? `${significant(ms)} ms` : `${significant(ms / 1000)} s`;
}

/** The row of the figure beside which all GFLOP/s stand: what the contender reaches where nothing hinders it. */
export const PEAK = "gemm/256";

/** GFLOP/s of a result of so many operations. */
const rate = (flops, { ms }) => (flops / ms / 1e6).toFixed(1);

/**
 * A row's results.
 * @param flops of the row's work; null where it is not counted
 * @param peaks results of the row PEAK, each contender's own
 */
export function printRow({ name }, measured, flops, peaks) {
  console.log(name);
  for (const result of measured) {
    const { contender, threads, dtype, build, ms, low, high, ratio } = result;
    const peak = peaks.find((each) => each.contender === contender && each.dtype === dtype && each.build === build);
    const own = peak ? ` (256³: ${rate(2 * 256 ** 3, peak)})` : "";
    const speed = flops === null ? "" : `  ${rate(flops, result)} GFLOP/s${own}`;
    console.log(
      `  ${`${contender}${threads > 1 ? ` ×${threads}` : ""} ${dtype} ${build}`.padEnd(26)} ${duration(ms).padStart(9)} ` +
        `[${duration(low)}, ${duration(high)}]`.padEnd(22) +
        `  × ${ratio.median.toFixed(2)} [${ratio.low.toFixed(2)}, ${ratio.high.toFixed(2)}]${speed}`,
    );
  }
}
