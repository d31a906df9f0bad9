// The table of the transforms on SO(3): Wigner d on the SOFT grid, by pairs of rings β, π − β, in the order in which
// the Wigner stage (so3-wigner.ts) reads it.

import { REAL } from "./simd";
import { softAngles, wignerAnglesBytes, wignerRows, wignerRowsScratchBytes } from "./wigner";

/** Numbers of the table for one pair of rings, 1 ≤ orders ≤ bandwidth. */
// @ts-ignore: decorator
@inline export function pairTableLength(bandwidth: i32, orders: i32): i32 {
  const beyond = bandwidth - orders;
  return bandwidth * orders * orders - (orders * (orders - 1) * (4 * orders + 1)) / 6 +
    ((2 * orders - 1) * beyond * (beyond + 1)) / 2;
}

/** Bytes of `so3Table`. */
export function so3TableBytes(bandwidth: i32, orders: i32, grid: i32, lanes: i32): i32 {
  return pairTableLength(bandwidth, orders) * ((grid + lanes - 1) / lanes) * lanes * <i32>REAL;
}

export function so3TableScratchBytes(bandwidth: i32, grid: i32): i32 {
  return wignerAnglesBytes(2 * grid) + 16 * bandwidth * grid + wignerRowsScratchBytes(2 * grid);
}

/**
 * d^l_mk(β) on the SOFT grid of `grid` as `[β_j < π/2][m < bandwidth][k ≤ m, k < orders][l = m … bandwidth−1][β_j, π − β_j]`;
 * where k = 0 at β_j only, and times √2 where m > 0: the normalisation of the real basis on its axes. `lanes` rings in one:
 * `[⌈grid/lanes⌉][m][k][l][β_j, π − β_j][lanes]`, zero past the last ring.
 */
export function so3Table(bandwidth: i32, orders: i32, grid: i32, lanes: i32, table: usize, scratch: usize): void {
  const betas = 2 * grid;
  const angles = scratch;
  const rows = angles + <usize>wignerAnglesBytes(betas);
  const work = rows + <usize>(16 * bandwidth * grid);
  const vector = <usize>lanes * REAL;
  const slice = <usize>pairTableLength(bandwidth, orders) * vector;
  memory.fill(table, 0, so3TableBytes(bandwidth, orders, grid, lanes));
  softAngles(grid, angles);
  for (let m = 0; m < bandwidth; m++) {
    for (let k = 0; k <= min<i32>(m, orders - 1); k++) {
      wignerRows(m, k, bandwidth, betas, angles, rows, work);
      const scale: f64 = m > 0 && k == 0 ? sqrt<f64>(2) : 1;
      const step = k == 0 ? vector : 2 * vector;
      for (let j = 0; j < grid; j++) {
        let t = table + <usize>(j / lanes) * slice + <usize>(j % lanes) * REAL;
        let near = rows + <usize>j * 8;
        let far = rows + <usize>(betas - 1 - j) * 8;
        for (let l = m; l < bandwidth; l++) {
          store<real>(t, <real>(load<f64>(near) * scale));
          if (k > 0) store<real>(t + vector, <real>load<f64>(far));
          t += step;
          near += <usize>betas * 8;
          far += <usize>betas * 8;
        }
      }
      table += <usize>(bandwidth - m) * step;
    }
  }
}
