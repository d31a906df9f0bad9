// The kernels that TypeScript calls: pointers and counts in, numbers out. No kernel allocates, keeps state or validates:
// shapes are checked and scratch is provided by src/ops.

export { lanes } from "./simd";
export { cosine, cosTurn, sine, sinTurn } from "./trigonometry";
export { analyzeLines, dftScratchBytes, dftTable, dftTableBytes, synthesizeLines } from "./dft";
export { classSize, codeletOrders } from "./generated/codelets";
export { rectifyLines, rectifyLinesScratchBytes } from "./rectify-lines";
export { fft, fftScratchBytes, fftTable, fftTableBytes } from "./fft";
export { gemm, gemmPacked, gemmPanelBytes, gemmPanels, gemmScratchBytes } from "./gemm";
export {
  softAngles, wignerAngles, wignerAnglesBytes, wignerRows, wignerRowsScratchBytes, wignerSmallDEntry,
  wignerSmallDEntryScratchBytes,
} from "./wigner";
export { wignerDMatrix, wignerDMatrixScratchBytes, wignerSmallD, wignerSmallDScratchBytes } from "./wigner-matrix";
export { quadratureWeights } from "./quadrature";
export { s2Harmonics, s2HarmonicsScratchBytes, so3Harmonics, so3HarmonicsScratchBytes } from "./harmonics";
export { s2Analyze, s2ScratchBytes, s2Synthesize } from "./s2";
export { s2AnalyzeSingle, s2SingleScratchBytes, s2SynthesizeSingle } from "./s2-single";
export { legendreTable, legendreTableBytes, legendreTableScratchBytes } from "./legendre-table";
export { so3Analyze, so3ScratchBytes, so3Synthesize } from "./so3";
export { so3Rectify, so3RectifyScratchBytes } from "./so3-rectify";
export { so3AnalyzeSingle, so3SingleScratchBytes, so3SynthesizeSingle } from "./so3-single";
export { so3Table, so3TableBytes, so3TableScratchBytes } from "./so3-table";
export {
  add, axpy, checkFinite, copyScaled, fill, multiply, reluBackward, reluForward, softplusBackward, softplusForward, sum,
} from "./elementwise";
export {
  betaWeightedSpread, betaWeightedSums, channelAffine, channelDots, channelMoments, channelSums, packSignals, signalMax,
  signalMaxBackward, unpackSignals,
} from "./signals";
export {
  addRowVector, columnAffine, columnDots, columnMoments, columnSums, columnSumsF64, logSoftmaxBackward,
  logSoftmaxForward, meanSquaredError, meanSquaredErrorBackward, negativeLogLikelihood, negativeLogLikelihoodBackward,
  transposeMiddle,
} from "./dense";
export { addToPlanes, col2im, im2col, planeSums } from "./conv2d";
export { adamStep, sgdStep } from "./optimizer";
