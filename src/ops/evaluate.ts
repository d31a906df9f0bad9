// Values of a signal at arbitrary points from its spectrum, the inverse transform without a grid:
//
//   f(p) = Σ_l (2l+1) Σ_mn conj(h^l_mn(p)) X^l_mn,
//
// h the harmonics that the forward transform projects on: d^l_m0(β) e^{−imα} on S², conj D^l_mn(α, β, γ) on SO(3). In the
// real basis both factors are real, and the sum is one GEMM per degree and item, [channel × orders] × [orders × points].

import { ShapeError, ValueError } from "../errors.ts";
import { isAngle, MAX_ANGLE } from "../sphere/rotations.ts";
import { checkHarmonics, fillHarmonics } from "../tables/harmonics.ts";
import { coefficientCount, DENSE, degreeSize } from "../tensor/layout.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { gemm } from "./gemm.ts";

/** Bytes that the harmonics of one block of points may take, unless a single point takes more. */
const BLOCK_BYTES = 1 << 22;

/** Points first ≤ p < first + count, with their harmonics `[count][coefficient]` at `harmonics`. */
interface Block {
  readonly first: number;
  readonly count: number;
  readonly harmonics: number;
}

/**
 * The values of a band-limited signal at any points.
 * @param X spectrum `[batch, channel, coefficient]` on S² or SO(3)
 * @param points rows (β, α) on S², (β, α, γ) on SO(3), in radians, such as `points` of a kernel's grid
 * @returns dense `[batch, channel, points]`
 * @throws ShapeError unless X is a spectrum and the points are whole rows, at least one; ValueError for angles that are NaN,
 *   infinite or beyond 1e5, and for a bandwidth above 4096
 */
export function evaluateSpectrum(X: Tensor, points: ArrayLike<number>): Tensor {
  const { engine, layout } = X;
  if (layout.kind !== "spectrum") throw new ShapeError(`evaluateSpectrum: expected a spectrum, got ${X.describe()}`);
  const { domain, bandwidth } = layout;
  checkHarmonics("evaluateSpectrum", bandwidth);
  if (domain === "so3" && layout.orders < bandwidth) {
    throw new ShapeError(
      `evaluateSpectrum: expected all orders of γ, got ${X.describe()}; changeOrders fills in zeros`,
    );
  }
  const angles = Float64Array.from(points);
  const row = domain === "s2" ? ["β", "α"] : ["β", "α", "γ"];
  const total = angles.length / row.length;
  if (total === 0 || !Number.isInteger(total)) {
    throw new ShapeError(
      `evaluateSpectrum: expected rows (${row.join(", ")}) for ${domain}, got ${angles.length} numbers`,
    );
  }
  const bad = angles.findIndex((angle) => !isAngle(angle));
  if (bad >= 0) {
    const [name, index] = [row[bad % row.length], Math.floor(bad / row.length)];
    throw new ValueError(
      `evaluateSpectrum: ${name} of point ${index} must be finite and at most ${MAX_ANGLE} in size, got ${angles[bad]}`,
    );
  }
  const { bytesPerNumber: size } = engine;
  const [batch, channels] = X.shape as [number, number];
  const coefficients = coefficientCount(domain, bandwidth);

  const forBlocks = (work: (block: Block) => void) => {
    const most = Math.min(total, Math.max(1, Math.floor(BLOCK_BYTES / (coefficients * size))));
    const harmonics = engine.memory.allocate(most * coefficients * size);
    try {
      for (let first = 0; first < total; first += most) {
        const count = Math.min(most, total - first);
        const rows = angles.subarray(first * row.length, (first + count) * row.length);
        fillHarmonics(engine, domain, bandwidth, rows, harmonics);
        work({ first, count, harmonics });
      }
    } finally {
      engine.memory.free(harmonics);
    }
  };
  /** Adds to every item's values of the block, or the other way round to its spectrum, degree by degree. */
  const accumulate = ({ first, count, harmonics }: Block, spectrum: number, values: number, toValues: boolean) => {
    for (let l = 0; l < bandwidth; l++) {
      const orders = degreeSize(domain, l);
      const below = coefficientCount(domain, l);
      const table = harmonics + below * size;
      for (let item = 0; item < batch; item++) {
        const x = spectrum + (below * batch + orders * item) * channels * size;
        const f = values + (item * channels * total + first) * size;
        if (toValues) {
          const strides = { ldb: coefficients, ldc: total, beta: 1 };
          gemm(engine, [true, true], [channels, count, orders], 2 * l + 1, x, table, f, strides);
        } else {
          const strides = { lda: coefficients, ldb: total, beta: 1 };
          gemm(engine, [true, true], [orders, channels, count], 2 * l + 1, table, f, x, strides);
        }
      }
    }
  };

  const f = engine.zeros(DENSE, [batch, channels, total]);
  forBlocks((block) => accumulate(block, X.pointer, f.pointer, true));
  return engine.record(f, "evaluateSpectrum", [X], (gradient) => {
    const dX = engine.zeros(layout, X.shape);
    forBlocks((block) => accumulate(block, dX.pointer, gradient.pointer, false));
    return [dX];
  });
}
