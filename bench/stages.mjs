// The necessary work of a network as a list of stages, from its description: transforms, one matrix product per degree,
// rectifiers. The native programs run these lists (bench/native/server.h has the words), and the floor adds up the best
// time of each.

const coefficients = (domain, b) => (domain === "s2" ? b * b : (b * (4 * b * b - 1)) / 3);

const gemm = (ta, tb, M, N, K) => `gemm f32 ${ta} ${tb} ${M} ${N} ${K}`;

/** The same, but op(B) was at hand before. */
const packed = (stage) => stage.replace(/^gemm /, "gemm-packed ");

/** Between a grid and a spectrum; `signals` many. */
const transform = (domain, direction, grid, bandwidth, signals) =>
  `${domain}-${direction} f32 ${grid} ${bandwidth} ${signals}`;

/** Between two convolutions: from bandwidth to bandwidth by way of a grid (bench/native/rectify.h). */
const rectify = (direction, grid, from, to, signals, outer) =>
  `rectify-${direction} f32 ${grid} ${from} ${to} ${signals} ${outer ? 1 : 0}`;

const domainOf = ({ type }) => (type === "S2Convolution" ? "s2" : "so3");

/** One product per degree, forward or one of its two gradients. */
export function productStages(layer, batch, gradient = null) {
  const { featuresIn, featuresOut, bandwidthIn, bandwidthOut } = layer;
  return Array.from({ length: Math.min(bandwidthIn, bandwidthOut) }, (_, l) => {
    const d = 2 * l + 1;
    const [M, N, K] = [batch * d, d * featuresOut, domainOf(layer) === "s2" ? featuresIn : d * featuresIn];
    if (gradient === "input") return gemm(0, 1, M, K, N);
    if (gradient === "filter") return gemm(1, 0, K, N, M);
    return gemm(0, 0, M, N, K);
  });
}

/** A layer's forward pass at inference: its filter's spectrum is at hand. */
export function layerStages(layer, batch) {
  const { featuresIn, featuresOut, bandwidthIn, bandwidthOut } = layer;
  const common = Math.min(bandwidthIn, bandwidthOut);
  return [
    transform(domainOf(layer), "analysis", bandwidthIn, common, batch * featuresIn),
    ...productStages(layer, batch),
    transform("so3", "synthesis", bandwidthOut, common, batch * featuresOut),
  ];
}

const kernelPoints = ({ grid: { parameters } }) => parameters.nAlpha * parameters.nBeta * (parameters.nGamma ?? 1);

/** One feature in: the correlation is an outer product for each degree, which the rectifier multiplies out. */
const isOuter = ({ type, featuresIn }) => type === "S2Convolution" && featuresIn === 1;

const commonBandwidth = ({ bandwidthIn, bandwidthOut }) => Math.min(bandwidthIn, bandwidthOut);

/** From a layer's spectra to those that the next reads, or for the integral to degree 0. */
function convolutionStages(layer, next, batch, training) {
  const { featuresIn, featuresOut, bandwidthOut } = layer;
  const from = commonBandwidth(layer);
  const to = next.type.endsWith("Convolution") ? commonBandwidth(next) : 1;
  const [points, pairs, count] = [kernelPoints(layer), featuresIn * featuresOut, coefficients(domainOf(layer), from)];
  const signals = batch * featuresOut;
  const outer = isOuter(layer);
  const products = outer ? [] : productStages(layer, batch);
  if (!training) {
    return [...products.map(packed), rectify("forward", bandwidthOut, from, to, signals, outer)];
  }
  return [
    gemm(0, 0, count, pairs, points),
    ...products,
    rectify("record", bandwidthOut, from, to, signals, outer),
    rectify("adjoint", bandwidthOut, to, from, signals, outer),
    ...(outer ? [] : [...productStages(layer, batch, "filter"), ...productStages(layer, batch, "input")]),
    gemm(0, 0, points, pairs, count),
    `adam f32 ${pairs * points}`,
  ];
}

/** The layers of a description in order, Sequentials opened, with the names that they have in the state dict. */
export function flatModules({ type, modules, ...rest }, prefix = "") {
  if (type !== "Sequential") return [{ name: prefix.slice(0, -1), type, ...rest }];
  return modules.flatMap(([name, module]) => flatModules(module, `${prefix}${name}.`));
}

/** A layer of weights, and in training its gradients. */
function linearStages({ featuresIn, featuresOut }, batch, training) {
  const forward = gemm(0, 1, batch, featuresOut, featuresIn);
  if (!training) return [packed(forward)];
  const gradients = [gemm(0, 0, batch, featuresIn, featuresOut), gemm(1, 0, featuresOut, featuresIn, batch)];
  return [forward, ...gradients, `adam f32 ${featuresIn * featuresOut}`];
}

/**
 * All stages of a forward pass, or of a training step: spectra from convolution to convolution, and never a signal. What is
 * too small to count is left out, batch normalisation, the loss, rectifiers after linear layers; so is changing the order
 * of numbers in memory between two stages.
 */
export function networkStages(description, batch, training) {
  const modules = flatModules(description);
  return modules.flatMap((module, i) => {
    if (module.type === "Linear") return linearStages(module, batch, training);
    if (!module.type.endsWith("Convolution")) return [];
    const first = transform("s2", "analysis", module.bandwidthIn, commonBandwidth(module), batch * module.featuresIn);
    const stages = convolutionStages(module, modules[i + 2], batch, training);
    return i === 0 ? [first, ...stages] : stages;
  });
}
