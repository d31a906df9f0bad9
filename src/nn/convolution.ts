// The two correlation layers of Cohen et al. 2018 (section 3.2), as s2cnn defines them (docs/conventions.md, "Correlation
// layers"). A layer composes three operations, each with its own gradient:
//
//   transform of the input → correlation with the filter's spectrum, plus bias → inverse transform on SO(3).
//
// The parameter is the unscaled kernel, U(−1, 1); its scaling is applied in forward, because Adam normalises gradients.

import { ValueError } from "../errors.ts";
import { compose } from "../ops/compose.ts";
import { correlate } from "../ops/correlate.ts";
import { filterSpectrum } from "../ops/filter-spectrum.ts";
import { s2Fft, so3Fft, so3Ifft } from "../ops/fourier.ts";
import { changeOrders } from "../ops/resize-spectrum.ts";
import type { Random } from "../random.ts";
import { describeGrid, type KernelGrid, type S2Grid, type SO3Grid, so3IdentityGrid } from "../sphere/grids.ts";
import type { Engine } from "../tensor/engine.ts";
import type { Domain, FilterOrders } from "../tensor/layout.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkCount, checkInput, checkParameterSize, checkRandom } from "./checks.ts";
import { Module, type Parameter } from "./module.ts";

/** Bandwidths beyond this have no use on SO(3): one signal would take gigabytes. */
const MAX_BANDWIDTH = 4096;

/** Features and bandwidths on both sides of a layer. */
export interface LayerSizes {
  readonly featuresIn: number;
  readonly featuresOut: number;
  readonly bandwidthIn: number;
  readonly bandwidthOut: number;
}

export interface ConvolutionOptions<G extends KernelGrid> extends LayerSizes {
  /** The points at which the filter has its weights. */
  readonly grid: G;
  /** Draws the initial kernel. */
  readonly rng: Random;
  /**
   * Of the result only the orders |n| < orders of γ, all of them unless said otherwise. A rotation of the input does not mix
   * them, so the layer is as equivariant; where few are kept, what follows costs a fraction.
   */
  readonly orders?: number | undefined;
}

/** @throws ValueError for features or bandwidths that are no counts or absurd */
function checkSizes(where: string, sizes: LayerSizes): void {
  for (const key of ["featuresIn", "featuresOut"] as const) checkCount(where, key, sizes[key]);
  for (const key of ["bandwidthIn", "bandwidthOut"] as const) checkCount(where, key, sizes[key], MAX_BANDWIDTH);
}

/** Only the sizes, in the order in which they are described. */
function sizesOf({ featuresIn, featuresOut, bandwidthIn, bandwidthOut }: LayerSizes): LayerSizes {
  return { featuresIn, featuresOut, bandwidthIn, bandwidthOut };
}

export abstract class Convolution extends Module {
  /** `[featuresIn, featuresOut, points]`, before scaling. */
  readonly kernel: Parameter;
  /** `[1, featuresOut, 1, 1, 1]`. */
  readonly bias: Parameter;
  /** The filter's spectrum of the last forward pass without gradients, and what it was made from. */
  #filter: { readonly spectrum: Tensor; readonly version: number; readonly orders: FilterOrders } | null = null;

  constructor(
    engine: Engine,
    type: string,
    readonly sizes: LayerSizes,
    readonly grid: KernelGrid,
    rng: Random,
    readonly orders?: number,
  ) {
    super(engine, type);
    const { featuresIn, featuresOut } = sizes;
    checkSizes(type, sizes);
    if (orders !== undefined) checkCount(type, "orders", orders, MAX_BANDWIDTH);
    checkRandom(type, rng);
    const shape = [featuresIn, featuresOut, grid.count];
    checkParameterSize(type, shape);
    const numbers = Float64Array.from({ length: featuresIn * featuresOut * grid.count }, () => rng.uniform(-1, 1));
    this.kernel = this.registerParameter("kernel", numbers, shape);
    this.bias = this.registerParameter("bias", new Float64Array(featuresOut), [1, featuresOut, 1, 1, 1]);
  }

  /** Where the input lives. */
  protected abstract readonly domain: Domain;

  /** What the kernel is multiplied by in forward. */
  abstract get scaling(): number;

  /** Multiplies every coefficient of the filter's spectrum: `scaling`, and what the transform adds to it. */
  protected abstract get spectrumScale(): number;

  /** Degrees that the layer computes with: those that both sides resolve. */
  get degrees(): number {
    return Math.min(this.sizes.bandwidthIn, this.sizes.bandwidthOut);
  }

  override forward(x: Tensor): Tensor {
    return compose([x, this.kernel, this.bias], () => this.correlateToSignal(this.transform(x)));
  }

  /** The first step of `forward`: the signal's spectrum, of bandwidth `degrees`. */
  transform(x: Tensor): Tensor {
    const { featuresIn, bandwidthIn } = this.sizes;
    const { layout, shape } = x;
    const fits =
      layout.kind === "signal" &&
      layout.domain === this.domain &&
      layout.bandwidth === bandwidthIn &&
      shape[1] === featuresIn;
    checkInput(this, x, fits, `an ${this.domain} signal of bandwidth ${bandwidthIn} with ${featuresIn} channels`);
    return this.domain === "s2" ? s2Fft(x, this.degrees) : so3Fft(x, this.degrees);
  }

  /**
   * The second: correlation with the filter, and the bias, from spectrum to spectrum; both of bandwidth `degrees`.
   * @param X as `transform` gives it, or with fewer orders of γ
   * @param orders fewer of the result than the layer's own, if the rest is not read
   */
  correlate(X: Tensor, orders = this.degrees): Tensor {
    const source = (X.layout as { readonly orders?: number }).orders ?? this.degrees;
    const kept = Math.min(orders, this.orders ?? this.degrees, this.degrees);
    return correlate(X, this.#filterSpectrum({ in: Math.min(source, this.degrees), out: kept }), this.bias);
  }

  /** The second and the third: to the signal. */
  correlateToSignal(X: Tensor): Tensor {
    return so3Ifft(changeOrders(this.correlate(X), this.degrees), this.sizes.bandwidthOut);
  }

  /** Without gradients it is computed once and kept until the kernel changes, or a gradient is to come back through it. */
  #filterSpectrum(orders: FilterOrders): Tensor {
    const compute = () => filterSpectrum(this.kernel, this.grid, this.degrees, this.spectrumScale, orders);
    if (this.engine.recording) {
      this.#forgetFilter();
      return compute();
    }
    const { version } = this.kernel;
    const known = this.#filter;
    if (known?.version !== version || known.orders.in !== orders.in || known.orders.out !== orders.out) {
      this.#forgetFilter();
      this.#filter = { spectrum: compute().keep(), version, orders };
    }
    return this.#filter!.spectrum;
  }

  #forgetFilter(): void {
    this.#filter?.spectrum.dispose();
    this.#filter = null;
  }

  override dispose(): void {
    this.#forgetFilter();
    super.dispose();
  }

  protected override options(): Record<string, unknown> {
    const { orders } = this;
    return { ...this.sizes, grid: describeGrid(this.grid), ...(orders !== undefined && { orders }) };
  }
}

/**
 * Correlation of signals on S² with filters on S² over all rotations: from `[batch, featuresIn, 2b, 2b]` to
 * `[batch, featuresOut, 2b', 2b', 2b']` on SO(3), b' = bandwidthOut ≤ b = bandwidthIn.
 * @throws ValueError for features or bandwidths out of range, a grid that is not on S²
 */
export class S2Convolution extends Convolution {
  protected override readonly domain = "s2";

  constructor(engine: Engine, options: ConvolutionOptions<S2Grid>) {
    const { bandwidthIn, bandwidthOut, grid, rng } = options;
    if (bandwidthOut > bandwidthIn) {
      throw new ValueError(
        `S2Convolution: bandwidthOut must be at most bandwidthIn, got ${bandwidthOut} and ${bandwidthIn}`,
      );
    }
    if (grid?.dimensions !== 2) {
      throw new ValueError(
        `S2Convolution: expected a grid on S², got ${(grid as KernelGrid | undefined)?.kind ?? "none"}`,
      );
    }
    super(engine, "S2Convolution", sizesOf(options), grid, rng, options.orders);
  }

  /** 1/√(points · f_in · b_out⁴ / b_in²) */
  override get scaling(): number {
    const { featuresIn, bandwidthIn, bandwidthOut } = this.sizes;
    return 1 / Math.sqrt((this.grid.count * featuresIn * bandwidthOut ** 4) / bandwidthIn ** 2);
  }

  protected override get spectrumScale(): number {
    return 2 * this.sizes.bandwidthOut * this.scaling;
  }
}

/**
 * Correlation of signals on SO(3) with filters on SO(3): from `[batch, featuresIn, 2b, 2b, 2b]` to
 * `[batch, featuresOut, 2b', 2b', 2b']`, b = bandwidthIn, b' = bandwidthOut. Degrees ≥ b are zero where b' > b.
 * @throws ValueError for features or bandwidths out of range, a grid that is not on SO(3)
 */
export class SO3Convolution extends Convolution {
  protected override readonly domain = "so3";

  constructor(engine: Engine, options: ConvolutionOptions<SO3Grid>) {
    const { grid, rng } = options;
    if (grid?.dimensions !== 3) {
      throw new ValueError(
        `SO3Convolution: expected a grid on SO(3), got ${(grid as KernelGrid | undefined)?.kind ?? "none"}`,
      );
    }
    super(engine, "SO3Convolution", sizesOf(options), grid, rng, options.orders);
  }

  /** 1/√(points · f_in · b_out³ / b_in³) */
  override get scaling(): number {
    const { featuresIn, bandwidthIn, bandwidthOut } = this.sizes;
    return 1 / Math.sqrt((this.grid.count * featuresIn * bandwidthOut ** 3) / bandwidthIn ** 3);
  }

  protected override get spectrumScale(): number {
    return this.scaling;
  }
}

/**
 * The way round a block of layers: the identity when features and bandwidth agree, else an `SO3Convolution` whose filter
 * is a single weight at the identity.
 */
export class SO3Shortcut extends Module {
  readonly sizes: LayerSizes;
  readonly conv: SO3Convolution | null;

  constructor(engine: Engine, options: LayerSizes & { readonly rng: Random }) {
    super(engine, "SO3Shortcut");
    this.sizes = sizesOf(options);
    checkSizes("SO3Shortcut", this.sizes);
    const { featuresIn, featuresOut, bandwidthIn, bandwidthOut } = options;
    const same = featuresIn === featuresOut && bandwidthIn === bandwidthOut;
    this.conv = same
      ? null
      : this.registerModule("conv", new SO3Convolution(engine, { ...options, grid: so3IdentityGrid() }));
  }

  override forward(x: Tensor): Tensor {
    return this.conv ? this.conv.forward(x) : x;
  }

  protected override options(): Record<string, unknown> {
    return { ...this.sizes };
  }
}
