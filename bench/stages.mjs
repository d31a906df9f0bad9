// The necessary work of a network as a list of stages, from its description: transforms, one matrix product per degree,
// rectifiers. The native programs run these lists (bench/native/server.h has the words), and the floor adds up the best
// time of each.

const coefficients = (domain, b) => (domain === "s2" ? b * b : (b * (4 * b * b - 1)) / 3);

const gemm = (ta, tb, M, N, K) => `gemm f32 ${ta} ${tb} ${M} ${N} ${K}`;

/** Between a grid and a spectrum; `signals` many. */
const transform = (domain, direction, grid, bandwidth, signals) =>
  `${domain}-${direction} f32 ${grid} ${bandwidth} ${signals}`;

const relu = (direction, count) => `relu-${direction} f32 ${count}`;

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

/** What training adds to a layer: the filter's spectrum, and all gradients, that of the input unless it is the first. */
function layerGradientStages(layer, batch, first) {
  const { featuresIn, featuresOut, bandwidthIn, bandwidthOut } = layer;
  const common = Math.min(bandwidthIn, bandwidthOut);
  const points = kernelPoints(layer);
  const [pairs, count] = [featuresIn * featuresOut, coefficients(domainOf(layer), common)];
  return [
    gemm(1, 1, count, pairs, points),
    transform("so3", "analysis", bandwidthOut, common, batch * featuresOut),
    ...productStages(layer, batch, "filter"),
    gemm(1, 1, pairs, points, count),
    ...(first
      ? []
      : [
          ...productStages(layer, batch, "input"),
          transform("so3", "synthesis", bandwidthIn, common, batch * featuresIn),
        ]),
    `adam f32 ${pairs * points}`,
  ];
}

/** The layers of a description in order, Sequentials opened, with the names that they have in the state dict. */
export function flatModules({ type, modules, ...rest }, prefix = "") {
  if (type !== "Sequential") return [{ name: prefix.slice(0, -1), type, ...rest }];
  return modules.flatMap(([name, module]) => flatModules(module, `${prefix}${name}.`));
}

/** All stages of a forward pass, or of a training step. Batch normalisation and the loss are too small to count. */
export function networkStages(description, batch, training) {
  const stages = [];
  let [count, signals, grid] = [0, 0, 0];
  flatModules(description).forEach((module, i) => {
    if (module.type.endsWith("Convolution")) {
      stages.push(...layerStages(module, batch));
      if (training) stages.push(...layerGradientStages(module, batch, i === 0));
      grid = module.bandwidthOut;
      signals = batch * module.featuresOut;
      count = signals * 8 * grid ** 3;
    } else if (module.type === "ReLU") {
      stages.push(relu("forward", count));
      if (training) stages.push(relu("backward", count));
    } else if (module.type === "SO3Integrate") {
      stages.push(`integrate f32 ${grid} ${signals}`);
      if (training) stages.push(`spread f32 ${grid} ${signals}`);
    } else if (module.type === "Linear") {
      const { featuresIn, featuresOut } = module;
      stages.push(gemm(0, 1, batch, featuresOut, featuresIn));
      if (training) {
        stages.push(gemm(0, 0, batch, featuresIn, featuresOut), gemm(1, 0, featuresOut, featuresIn, batch));
        stages.push(`adam f32 ${featuresIn * featuresOut}`);
      }
      count = batch * featuresOut;
    }
  });
  return stages;
}
