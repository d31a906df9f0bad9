// The rows: what is measured, as plain data. A row's kind says which contenders know it; its name is its key in results.

const DFT_LENGTHS = [12, 20, 30, 32, 60, 64, 128];
const GEMM_SIZES = [32, 64, 96, 128, 192, 256, 384, 512];
const BATCHES = [1, 32];

const floats = (...dtypes) => ({ dtypes });

/** Nominal operations of real transforms of `count` points in all, along lines of n. */
const fftFlops = (count, n) => 2.5 * count * Math.log2(n);

/** n lines of four signals, what one plane of a group is to the engine; and the same plane in both directions. */
const dfts = DFT_LENGTHS.flatMap((n) => [
  { name: `dft/${n}`, kind: "dft", n, sides: 1, orders: n / 2, flops: fftFlops(4 * n * n, n), ...floats("f32", "f64") },
  {
    name: `dft2/${n}`,
    kind: "dft",
    n,
    sides: 2,
    orders: n / 2,
    flops: fftFlops(8 * n * n, n),
    ...floats("f32", "f64"),
  },
]);

const gemms = GEMM_SIZES.map((n) => ({
  name: `gemm/${n}`,
  kind: "gemm",
  n,
  flops: 2 * n ** 3,
  ...floats("f32", "f64"),
}));

/** Only the orders that a layer keeps. */
const pruned = [
  [20, 6],
  [60, 10],
].map(([n, orders]) => ({ name: `dft/${n}-to-${orders}`, kind: "dft", n, sides: 1, orders, ...floats("f32") }));

function transforms(domain, bandwidths, dtypes) {
  return bandwidths.flatMap((bandwidth) =>
    ["fft", "ifft"].map((direction) => ({
      name: `${domain}-${direction}/${bandwidth}`,
      kind: "transform",
      domain,
      direction,
      bandwidth,
      ...dtypes,
    })),
  );
}

/** The convolution layers, by the names that they have in the network. */
export const CONVOLUTIONS = {
  "mnist-original": ["conv1", "conv2"],
  "mnist-deep": [0, 2, 4, 6, 8, 10, 12].map((i) => `convolutional.${i}`),
};

const blocks = Object.entries(CONVOLUTIONS).flatMap(([network, layers]) =>
  layers.flatMap((layer) =>
    BATCHES.map((batch) => ({
      name: `blocks/${network}/${layer}/batch-${batch}`,
      kind: "blocks",
      network,
      layer,
      batch,
      ...floats("f32"),
    })),
  ),
);

const layers = Object.entries(CONVOLUTIONS).flatMap(([network, names]) =>
  names.flatMap((layer) =>
    BATCHES.map((batch) => ({
      name: `layer/${network}/${layer}/batch-${batch}`,
      kind: "layer",
      network,
      layer,
      batch,
      ...floats("f32"),
    })),
  ),
);

const networks = [
  ...Object.keys(CONVOLUTIONS).flatMap((network) =>
    BATCHES.map((batch) => ({ name: `forward/${network}/batch-${batch}`, kind: "forward", network, batch })),
  ),
  ...["mnist-original", "mnist-original-72", "mnist-deep"].map((network) => ({
    name: `train/${network}/batch-32`,
    kind: "train",
    network,
    batch: 32,
  })),
].map((row) => ({ ...row, dtypes: row.network === "mnist-deep" ? ["f32"] : ["f32", "f64"] }));

const correlations = [2, 3, 4, 6, 8].map((bandwidth) => ({
  name: `s2-correlation/${bandwidth}`,
  kind: "correlation",
  bandwidth,
  ...floats("f32"),
}));

/** Measured in processes of their own (bench/fresh.mjs); `runs` of them, 1 unless said. */
const fresh = [
  { name: "cold-start/mnist-original-72", work: "cold-start", runs: 15 },
  { name: "memory/forward/mnist-original/batch-32", work: "inference", network: "mnist-original", batch: 32 },
  { name: "memory/train/mnist-original/batch-32", work: "training", network: "mnist-original", batch: 32 },
  { name: "round-trip/s2/1024", work: "round-trip", domain: "s2", bandwidth: 1024, channels: 1, dtype: "f64" },
  { name: "round-trip/so3/128", work: "round-trip", domain: "so3", bandwidth: 128, channels: 3, dtype: "f32" },
  { name: "tables/so3/64", work: "tables", bandwidth: 64 },
].map((row) => ({ dtype: "f32", runs: 1, ...row, kind: "fresh" }));

export const ROWS = [
  ...dfts,
  ...pruned,
  ...gemms,
  ...blocks,
  ...transforms("s2", [30, 64, 128, 256, 512], floats("f32", "f64")),
  ...transforms("so3", [6, 10, 16, 32, 64], floats("f32", "f64")),
  ...correlations,
  ...layers,
  ...networks,
  ...fresh,
];
