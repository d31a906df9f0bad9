// The contender `typescript`, part one: the DFT of a complex line and the matrix product as one writes them down.

/** Real and imaginary parts. */
export interface Complex {
  readonly re: number[];
  readonly im: number[];
}

export const complexZeros = (n: number): Complex => ({ re: new Array(n).fill(0), im: new Array(n).fill(0) });

/** Σ_k x_k e^{sign·2πi·mk/n} for the orders m = −(orders−1) … orders−1 of a line of n = x.re.length. */
export function dft(x: Complex, orders: number): Complex {
  const n = x.re.length;
  const X = complexZeros(2 * orders - 1);
  const { cosines, sines } = circle(n);
  for (let m = 1 - orders; m < orders; m++) {
    for (let k = 0; k < n; k++) {
      const turn = (((m * k) % n) + n) % n;
      const [c, s] = [cosines[turn]!, -sines[turn]!];
      X.re[m + orders - 1]! += c * x.re[k]! - s * x.im[k]!;
      X.im[m + orders - 1]! += c * x.im[k]! + s * x.re[k]!;
    }
  }
  return X;
}

/** The adjoint of `dft`: x_k = Σ_m X_m e^{2πi·mk/n}. */
export function dftAdjoint(X: Complex, n: number): Complex {
  const x = complexZeros(n);
  const { cosines, sines } = circle(n);
  const orders = (X.re.length + 1) / 2;
  for (let k = 0; k < n; k++) {
    for (let m = 1 - orders; m < orders; m++) {
      const turn = (((m * k) % n) + n) % n;
      const [c, s] = [cosines[turn]!, sines[turn]!];
      x.re[k]! += c * X.re[m + orders - 1]! - s * X.im[m + orders - 1]!;
      x.im[k]! += c * X.im[m + orders - 1]! + s * X.re[m + orders - 1]!;
    }
  }
  return x;
}

const circles = new Map<number, { cosines: number[]; sines: number[] }>();

/** cos(2πk/n) and sin(2πk/n). */
function circle(n: number) {
  let known = circles.get(n);
  if (!known) {
    const angles = Array.from({ length: n }, (_, k) => (2 * Math.PI * k) / n);
    known = { cosines: angles.map(Math.cos), sines: angles.map(Math.sin) };
    circles.set(n, known);
  }
  return known;
}

/** Lines of a plane, then lines across. */
export function dft2(x: readonly Complex[], orders: number): Complex[] {
  const rows = x.map((line) => dft(line, orders));
  return transpose(transpose(rows).map((line) => dft(line, orders)));
}

/** The adjoint of `dft2`. */
export function dft2Adjoint(X: readonly Complex[], n: number): Complex[] {
  const columns = transpose(transpose(X).map((line) => dftAdjoint(line, n)));
  return columns.map((line) => dftAdjoint(line, n));
}

function transpose(x: readonly Complex[]): Complex[] {
  return x[0]!.re.map((_, j) => ({ re: x.map((line) => line.re[j]!), im: x.map((line) => line.im[j]!) }));
}

/** A [M][K] times B [K][N]. */
export function matrixProduct(A: readonly number[][], B: readonly number[][]): number[][] {
  return A.map((row) => B[0]!.map((_, j) => row.reduce((sum, a, k) => sum + a * B[k]![j]!, 0)));
}
