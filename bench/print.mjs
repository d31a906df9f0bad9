// A row as a block of lines: the absolute, its spread, the ratio to ours and its spread, the rate.

const significant = (x) => (x === 0 ? "0" : x < 100 ? x.toPrecision(3) : x.toFixed(0));

/** Milliseconds in a unit that leaves few zeros. */
export function duration(ms) {
  if (ms < 1e-3) return `${significant(ms * 1e6)} ns`;
  if (ms < 1) return `${significant(ms * 1e3)} µs`;
  return ms < 1000 ? `${significant(ms)} ms` : `${significant(ms / 1000)} s`;
}

/** GFLOP/s of a result whose row counts its operations. */
export const rate = (row, { ms }) => (row.flops ? row.flops / ms / 1e6 : null);

/** The same contender's own figure at 256³, when it has been measured. */
function peakOf(result, results) {
  const same = ({ row, contender, dtype, build }) =>
    row === "gemm/256" && contender === result.contender && dtype === result.dtype && build === result.build;
  const peak = results.find(same);
  return peak ? (2 * 256 ** 3) / peak.ms / 1e6 : null;
}

export function printRow(row, measured, results) {
  console.log(row.name);
  for (const result of measured) {
    const { contender, threads, dtype, build, ms, low, high, ratio } = result;
    const gflops = rate(row, result);
    const peak = peakOf(result, results);
    const speed = gflops === null ? "" : `  ${gflops.toFixed(1)} GFLOP/s${peak ? ` (256³: ${peak.toFixed(1)})` : ""}`;
    console.log(
      `  ${`${contender}${threads > 1 ? ` ×${threads}` : ""} ${dtype} ${build}`.padEnd(26)} ${duration(ms).padStart(9)} ` +
        `[${duration(low)}, ${duration(high)}]`.padEnd(22) +
        `  × ${ratio.median.toFixed(2)} [${ratio.low.toFixed(2)}, ${ratio.high.toFixed(2)}]${speed}`,
    );
  }
}
