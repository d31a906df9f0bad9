// The kernels that TypeScript calls: pointers and counts in, numbers out. No kernel allocates, keeps state or validates:
// shapes are checked and scratch is provided by src/ops.

export { lanes } from "./simd";
export { cosine, cosTurn, sine, sinTurn } from "./trigonometry";
export { analyzeLines, dftScratchBytes, dftTable, dftTableBytes, synthesizeLines } from "./dft";
export { fft, fftScratchBytes, fftTable, fftTableBytes } from "./fft";
export { gemm, gemmScratchBytes } from "./gemm";
export { softAngles, wignerAngles, wignerAnglesBytes, wignerRows, wignerRowsScratchBytes } from "./wigner";
export { s2Analyze, s2ScratchBytes, s2Synthesize } from "./s2";
export { so3Analyze, so3ScratchBytes, so3Synthesize, so3Table, so3TableBytes, so3TableScratchBytes } from "./so3";
