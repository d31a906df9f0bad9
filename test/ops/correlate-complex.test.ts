// The correlation of complex signals with complex filters on S² against its formula, Z^l_mn = Σ_i X^l_m conj(Y^l_n).

import { expect, it } from "vitest";
import { correlateComplex } from "../../src/ops/correlate-complex.ts";
import { filterSpectrum } from "../../src/ops/filter-spectrum.ts";
import { s2NearIdentityGrid } from "../../src/sphere/grids.ts";
import { s2Index, so3Index } from "../../src/sphere/indices.ts";
import { wignerSmallDEntry } from "../../src/tables/wigner.ts";
import { inF64Engines } from "../support/engines.ts";
import { random } from "../support/gradient-check.ts";
import { largestError } from "../support/signals.ts";

inF64Engines((engine) => {
  it("is the product with the conjugate transpose, coefficient by coefficient", () => {
    const [b, inputs, outputs] = [3, 2, 2];
    const grid = s2NearIdentityGrid();
    const parts = (seed: number) => ({
      spectrum: random.spectrum(engine, "s2", b, 1, inputs, seed),
      kernel: random.dense(engine, [inputs, outputs, grid.count], seed),
    });
    const [real, imaginary] = [parts(1), parts(2)];
    const Z = correlateComplex(
      { re: real.spectrum, im: imaginary.spectrum },
      { re: filterSpectrum(real.kernel, grid, b, 1), im: filterSpectrum(imaginary.kernel, grid, b, 1) },
    );

    // X = A + iB in complex order, and Y^l_m = Σ_g κ_g d^l_m0(β_g) e^{−imα_g} with complex κ, both by their definition.
    const [A, B] = [real.spectrum.toComplex(), imaginary.spectrum.toComplex()];
    const X = (i: number, l: number, m: number): [number, number] => {
      const at = i * b * b + s2Index(l, m);
      return [A.re[at]! - B.im[at]!, A.im[at]! + B.re[at]!];
    };
    const [u, v] = [real.kernel.toArray(), imaginary.kernel.toArray()];
    const Y = (i: number, o: number, l: number, n: number): [number, number] => {
      let [re, im] = [0, 0];
      for (let g = 0; g < grid.count; g++) {
        const [beta, alpha] = [grid.points[2 * g]!, grid.points[2 * g + 1]!];
        const d = wignerSmallDEntry(engine, l, n, 0, beta);
        const [c, s] = [Math.cos(n * alpha), -Math.sin(n * alpha)];
        const k = (i * outputs + o) * grid.count + g;
        re += d * (u[k]! * c - v[k]! * s);
        im += d * (u[k]! * s + v[k]! * c);
      }
      return [re, im];
    };
    const [P, Q] = [Z.re.toComplex(), Z.im.toComplex()];
    const count = (b * (4 * b * b - 1)) / 3;
    const [wanted, computed]: [number[], number[]] = [[], []];
    for (let o = 0; o < outputs; o++) {
      for (let l = 0; l < b; l++) {
        for (let m = -l; m <= l; m++) {
          for (let n = -l; n <= l; n++) {
            let [re, im] = [0, 0];
            for (let i = 0; i < inputs; i++) {
              const [x, y] = X(i, l, m);
              const [p, q] = Y(i, o, l, n);
              re += x * p + y * q;
              im += y * p - x * q;
            }
            const at = o * count + so3Index(l, m, n);
            wanted.push(re, im);
            computed.push(P.re[at]! - Q.im[at]!, P.im[at]! + Q.re[at]!);
          }
        }
      }
    }
    expect(largestError(Float64Array.from(computed), Float64Array.from(wanted))).toBeLessThan(1e-12);
  });
});
