// The kernels that TypeScript calls: pointers and counts in, numbers out. No kernel allocates, keeps state or validates:
// shapes are checked and scratch is provided by src/ops.

export { lanes } from "./simd";
export { cosine, cosTurn, sine, sinTurn } from "./trigonometry";
export { analyzeLines, dftScratchBytes, dftTable, dftTableBytes, synthesizeLines } from "./dft";
export { gemm, gemmScratchBytes } from "./gemm";
export { softAngles, wignerAngles, wignerAnglesBytes, wignerRows, wignerRowsScratchBytes } from "./wigner";
