// Between the public complex order of spectra, [batch, channel, coefficient] (docs/conventions.md), and the real basis in
// which the engine keeps them, one matrix [batch·(2l+1)] × [(2l+1)·channel] per degree (docs/design.md, "Real basis").
//
// Coefficients X of a complex signal x have those of its real part in (X + X̃)/2, X̃_mn = (−1)^{m−n} conj X_{−m,−n}; the
// imaginary part of x is the real part of −ix.

import { coefficientCount, rowLength } from "./indices.ts";

const parity = (k: number) => (k & 1 ? -1 : 1);

/** Calls `visit` for every pair m ≥ 0, 0 ≤ n < orders of degree l. */
function forOrders(l: number, orders: number, visit: (m: number, n: number) => void): void {
  for (let m = 0; m <= l; m++) for (let n = 0; n <= Math.min(l, orders - 1); n++) visit(m, n);
}

/** Where things of degree l lie: in the complex order, and in the engine's matrices. */
function places(l: number, orders: number, batch: number, channels: number) {
  const columns = rowLength(l, orders);
  const below = coefficientCount(l, orders);
  const centre = (columns - 1) / 2;
  return {
    complex: (m: number, n: number) => below + (l + m) * columns + centre + n,
    real: (item: number, row: number, column: number, channel: number) =>
      below * batch * channels + ((item * (2 * l + 1) + row) * columns + column) * channels + channel,
  };
}

/**
 * Spectra in the real basis, as the engine keeps them, to complex coefficients `[batch, channel, coefficient]`, all
 * orders m, −l … l, and the orders |n| < orders, 1 on S² and the bandwidth where all are there; those of a real signal.
 */
export function spectrumToComplex(
  bandwidth: number,
  orders: number,
  batch: number,
  channels: number,
  data: ArrayLike<number>,
): { re: Float64Array; im: Float64Array } {
  const count = coefficientCount(bandwidth, orders);
  const re = new Float64Array(batch * channels * count);
  const im = new Float64Array(batch * channels * count);
  for (let l = 0; l < bandwidth; l++) {
    const at = places(l, orders, batch, channels);
    for (let item = 0; item < batch; item++) {
      for (let c = 0; c < channels; c++) {
        const base = (item * channels + c) * count;
        const get = (row: number, column: number) => data[at.real(item, row, column, c)]!;
        /** X_mn, and with it X_{−m,−n} = (−1)^{m−n} conj X_mn. */
        const put = (m: number, n: number, x: number, y: number) => {
          re[base + at.complex(m, n)] = x;
          im[base + at.complex(m, n)] = y;
          if (m === 0 && n === 0) return;
          re[base + at.complex(-m, -n)] = parity(m - n) * x;
          im[base + at.complex(-m, -n)] = -parity(m - n) * y;
        };
        forOrders(l, orders, (m, n) => {
          if (m === 0 && n === 0) put(0, 0, get(0, 0), 0);
          else if (n === 0) put(m, 0, get(2 * m - 1, 0) * Math.SQRT1_2, -get(2 * m, 0) * Math.SQRT1_2);
          else if (m === 0) put(0, n, get(0, 2 * n - 1) * Math.SQRT1_2, get(0, 2 * n) * Math.SQRT1_2);
          else {
            const cc = get(2 * m - 1, 2 * n - 1);
            const cs = get(2 * m - 1, 2 * n);
            const sc = get(2 * m, 2 * n - 1);
            const ss = get(2 * m, 2 * n);
            put(m, n, (cc + ss) / 2, (cs - sc) / 2);
            put(m, -n, (parity(n) * (cc - ss)) / 2, (-parity(n) * (cs + sc)) / 2);
          }
        });
      }
    }
  }
  return { re, im };
}

/**
 * Complex coefficients `[batch, channel, coefficient]` to the real basis, as the engine keeps them: the spectrum of the
 * real part of the signal that they stand for. Where they have the symmetry of a real signal, it is the signal.
 */
export function spectrumFromComplex(
  bandwidth: number,
  orders: number,
  batch: number,
  channels: number,
  re: ArrayLike<number>,
  im: ArrayLike<number>,
): Float64Array {
  const count = coefficientCount(bandwidth, orders);
  const data = new Float64Array(batch * channels * count);
  for (let l = 0; l < bandwidth; l++) {
    const at = places(l, orders, batch, channels);
    for (let item = 0; item < batch; item++) {
      for (let c = 0; c < channels; c++) {
        const base = (item * channels + c) * count;
        const set = (row: number, column: number, value: number) => {
          data[at.real(item, row, column, c)] = value;
        };
        /** (X + X̃)/2. */
        const get = (m: number, n: number): [number, number] => {
          const i = base + at.complex(m, n);
          const j = base + at.complex(-m, -n);
          const sign = parity(m - n);
          return [(re[i]! + sign * re[j]!) / 2, (im[i]! - sign * im[j]!) / 2];
        };
        forOrders(l, orders, (m, n) => {
          const [x, y] = get(m, n);
          if (m === 0 && n === 0) set(0, 0, x);
          else if (n === 0) {
            set(2 * m - 1, 0, Math.SQRT2 * x);
            set(2 * m, 0, -Math.SQRT2 * y);
          } else if (m === 0) {
            set(0, 2 * n - 1, Math.SQRT2 * x);
            set(0, 2 * n, Math.SQRT2 * y);
          } else {
            const [u, v] = get(m, -n).map((value) => parity(n) * value) as [number, number];
            set(2 * m - 1, 2 * n - 1, x + u);
            set(2 * m - 1, 2 * n, y - v);
            set(2 * m, 2 * n - 1, -y - v);
            set(2 * m, 2 * n, x - u);
          }
        });
      }
    }
  }
  return data;
}
