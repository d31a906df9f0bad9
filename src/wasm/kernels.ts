// The kernels' exports, as TypeScript sees them; each is documented where it stands in assembly/. Pointers are byte
// offsets into the engine's memory, counts are in numbers unless a name says bytes.

/** What src calls of what assembly/index.ts exports; the rest is there for the tests of assembly/ alone. */
export interface Kernels {
  lanes(): number;

  // dft.ts, fft.ts
  dftTableBytes(n: number): number;
  dftTable(n: number, table: number): void;

  // wigner.ts, quadrature.ts, harmonics.ts
  wignerSmallDScratchBytes(l: number): number;
  wignerSmallD(l: number, beta: number, out: number, scratch: number): void;
  wignerSmallDEntryScratchBytes(): number;
  wignerSmallDEntry(l: number, m: number, n: number, beta: number, scratch: number): number;
  wignerDMatrixScratchBytes(l: number): number;
  wignerDMatrix(l: number, alpha: number, beta: number, gamma: number, re: number, im: number, scratch: number): void;
  quadratureWeights(bandwidth: number, out: number): void;
  s2HarmonicsScratchBytes(bandwidth: number, count: number): number;
  s2Harmonics(bandwidth: number, count: number, angles: number, out: number, scratch: number): void;
  so3HarmonicsScratchBytes(bandwidth: number, count: number): number;
  so3Harmonics(bandwidth: number, count: number, angles: number, out: number, scratch: number): void;

  // s2.ts, s2-single.ts, legendre-table.ts, so3.ts, so3-single.ts, so3-table.ts
  s2ScratchBytes(bandwidth: number, grid: number, groups: number): number;
  s2Analyze: S2Transform;
  s2Synthesize: S2Transform;
  s2SingleScratchBytes(bandwidth: number, grid: number): number;
  s2AnalyzeSingle: S2SingleTransform;
  s2SynthesizeSingle: S2SingleTransform;
  legendreTableBytes(bandwidth: number, grid: number): number;
  legendreTableScratchBytes(): number;
  legendreTable(bandwidth: number, grid: number, table: number, scratch: number): void;
  so3TableBytes(bandwidth: number, orders: number, grid: number, lanes: number): number;
  so3TableScratchBytes(bandwidth: number, grid: number): number;
  so3Table(bandwidth: number, orders: number, grid: number, lanes: number, table: number, scratch: number): void;
  so3ScratchBytes(bandwidth: number, grid: number): number;
  so3Analyze: SO3Transform;
  so3Synthesize: SO3Transform;
  so3SingleScratchBytes(bandwidth: number, grid: number): number;
  so3AnalyzeSingle: SO3SingleTransform;
  so3SynthesizeSingle: SO3SingleTransform;

  // so3-rectify.ts
  so3RectifyScratchBytes(
    from: number,
    ordersFrom: number,
    to: number,
    ordersTo: number,
    grid: number,
    gammaGrid: number,
  ): number;
  so3Rectify(
    signals: number,
    channels: number,
    grid: number,
    gammaGrid: number,
    from: number,
    ordersFrom: number,
    to: number,
    ordersTo: number,
    first: number,
    last: number,
    X: number,
    Y: number,
    tableX: number,
    weightsX: number,
    scalesX: number,
    tableY: number,
    weightsY: number,
    scalesY: number,
    dft: number,
    gammaDft: number,
    scratch: number,
    mask: number,
    masking: number,
  ): void;

  // gemm.ts
  gemmScratchBytes(M: number, N: number, K: number): number;
  gemm(
    transA: number,
    transB: number,
    M: number,
    N: number,
    K: number,
    alpha: number,
    A: number,
    lda: number,
    B: number,
    ldb: number,
    beta: number,
    C: number,
    ldc: number,
    scratch: number,
  ): void;
  gemmPanelBytes(N: number, K: number): number;
  gemmPanels(transB: number, N: number, K: number, B: number, ldb: number, panels: number): void;
  gemmPacked(
    M: number,
    N: number,
    K: number,
    A: number,
    lda: number,
    panels: number,
    C: number,
    ldc: number,
    scratch: number,
  ): void;

  // signals.ts
  packSignals(signals: number, points: number, rows: number, out: number): void;
  unpackSignals(signals: number, points: number, x: number, rows: number): void;
  channelSums(batch: number, channels: number, points: number, x: number, out: number): void;
  channelDots(batch: number, channels: number, points: number, x: number, y: number, out: number): void;
  channelMoments(batch: number, channels: number, points: number, x: number, mean: number, variance: number): void;
  channelAffine(
    batch: number,
    channels: number,
    points: number,
    x: number,
    scale: number,
    shift: number,
    y: number,
  ): void;
  betaWeightedSums(
    signals: number,
    betas: number,
    pointsPerBeta: number,
    x: number,
    weights: number,
    out: number,
  ): void;
  betaWeightedSpread(
    signals: number,
    betas: number,
    pointsPerBeta: number,
    dy: number,
    weights: number,
    dx: number,
  ): void;
  signalMax(signals: number, points: number, x: number, out: number, argmax: number): void;
  signalMaxBackward(signals: number, points: number, argmax: number, dy: number, dx: number): void;

  // elementwise.ts
  fill(n: number, value: number, x: number): void;
  copyScaled(n: number, a: number, x: number, y: number): void;
  axpy(n: number, a: number, x: number, y: number): void;
  add(n: number, x: number, y: number, z: number): void;
  multiply(n: number, x: number, y: number, z: number): void;
  reluForward(n: number, x: number, y: number): void;
  reluBackward(n: number, y: number, dy: number, dx: number): void;
  softplusForward(n: number, x: number, y: number): void;
  softplusBackward(n: number, x: number, dy: number, dx: number): void;
  checkFinite(n: number, x: number): number;
  sum(n: number, x: number): number;

  // dense.ts
  addRowVector(rows: number, columns: number, x: number, vector: number): void;
  columnAffine(rows: number, columns: number, x: number, scale: number, shift: number, y: number): void;
  columnDots(rows: number, columns: number, x: number, y: number, out: number): void;
  columnMoments(rows: number, columns: number, x: number, mean: number, variance: number): void;
  columnSums(rows: number, columns: number, x: number, out: number): void;
  columnSumsF64(rows: number, columns: number, x: number, out: number): void;
  logSoftmaxForward(rows: number, columns: number, x: number, y: number): void;
  logSoftmaxBackward(rows: number, columns: number, y: number, dy: number, dx: number): void;
  negativeLogLikelihood(rows: number, columns: number, y: number, labels: number): number;
  negativeLogLikelihoodBackward(rows: number, columns: number, labels: number, gradient: number, dy: number): void;
  meanSquaredError(n: number, x: number, target: number): number;
  meanSquaredErrorBackward(n: number, x: number, target: number, gradient: number, dx: number): void;
  transposeMiddle(a: number, b: number, c: number, run: number, x: number, y: number): void;

  // conv2d.ts
  im2col: PatchMove;
  col2im: PatchMove;
  addToPlanes(batch: number, channels: number, points: number, x: number, bias: number): void;
  planeSums(batch: number, channels: number, points: number, x: number, out: number): void;

  // optimizer.ts
  adamStep(
    n: number,
    w: number,
    g: number,
    m: number,
    v: number,
    lr: number,
    beta1: number,
    beta2: number,
    eps: number,
    correction1: number,
    correction2: number,
    weightDecay: number,
  ): void;
  sgdStep(
    n: number,
    w: number,
    g: number,
    velocity: number,
    lr: number,
    momentum: number,
    dampening: number,
    weightDecay: number,
    first: number,
  ): void;
}

/** Groups first ≤ g < last of signals, in chunks of `chunk`, between signals and spectra. */
type S2Transform = (
  signals: number,
  channels: number,
  grid: number,
  bandwidth: number,
  first: number,
  last: number,
  chunk: number,
  from: number,
  to: number,
  betaWeights: number,
  degreeScales: number,
  dft: number,
  scratch: number,
) => void;

/** Signal number s alone. */
type S2SingleTransform = (
  s: number,
  signals: number,
  channels: number,
  grid: number,
  bandwidth: number,
  from: number,
  to: number,
  betaWeights: number,
  degreeScales: number,
  dft: number,
  legendre: number,
  scratch: number,
) => void;

/** As S2Transform, all groups one by one. */
type SO3Transform = (
  signals: number,
  channels: number,
  grid: number,
  bandwidth: number,
  first: number,
  last: number,
  from: number,
  to: number,
  table: number,
  betaWeights: number,
  degreeScales: number,
  dft: number,
  scratch: number,
) => void;

/** As SO3Transform, of one group in which few lanes are used. */
type SO3SingleTransform = (
  signals: number,
  channels: number,
  grid: number,
  bandwidth: number,
  from: number,
  to: number,
  table: number,
  betaWeights: number,
  degreeScales: number,
  dft: number,
  scratch: number,
) => void;

/** Between an image and the matrix of its patches. */
type PatchMove = (
  channels: number,
  height: number,
  width: number,
  kernelHeight: number,
  kernelWidth: number,
  stride: number,
  padding: number,
  from: number,
  to: number,
) => void;
