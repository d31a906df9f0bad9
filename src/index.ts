// The library: what `import … from "spherical-cnn"` gives. It needs nothing but a runtime with WebAssembly SIMD.

// Digits on the sphere
export { type Digits, type DigitsOptions, readDigits } from "./data/digits.ts";
export { PROTOCOLS, Projector, type ProjectorOptions, type Protocol, projectImage } from "./data/projection.ts";
export { type DigitBatch, SphericalMnist, type SphericalMnistOptions } from "./data/spherical-mnist.ts";
// Errors
export {
  CompilationError,
  ContentSecurityPolicyError,
  DownloadError,
  FormatError,
  MemoryExhaustedError,
  ReleasedEngineError,
  ReleasedTensorError,
  ShapeError,
  SphericalCnnError,
  StateDictError,
  ThreadError,
  UnsafePickleError,
  UnsupportedRuntimeError,
  ValueError,
} from "./errors.ts";
// Files
export { gunzip } from "./formats/gzip.ts";
export { readIdx } from "./formats/idx.ts";
export { readNpy, writeNpy } from "./formats/npy.ts";
export { type PyTorchFile, readPyTorch } from "./formats/pytorch.ts";
export { readSafetensors, type Safetensors, writeSafetensors } from "./formats/safetensors.ts";
export { readWeights, type WeightsFile } from "./formats/weights.ts";
// Networks
export { buildNetwork, NETWORKS, type NetworkTable, networkDescription } from "./models/networks.ts";
// Modules
export { LogSoftmax, ReLU, SO3ReLU, Softplus } from "./nn/activations.ts";
export { BatchNorm1d, BatchNorm2d, BatchNorm3d, type BatchNormSettings, SO3BatchNorm } from "./nn/batch-norm.ts";
export { Conv2d, type Conv2dOptions } from "./nn/conv2d.ts";
export {
  type ConvolutionOptions,
  type LayerSizes,
  S2Convolution,
  SO3Convolution,
  SO3Shortcut,
} from "./nn/convolution.ts";
export { moduleFromDescription } from "./nn/describe.ts";
export { Flatten } from "./nn/flatten.ts";
export { Linear, type LinearOptions } from "./nn/linear.ts";
export { Module, type ModuleDescription, Parameter, type StateDict } from "./nn/module.ts";
export { compile, type Plan, type PlanNumbers } from "./nn/plan.ts";
export { SO3Integrate, SO3Max } from "./nn/pooling.ts";
export { Sequential } from "./nn/sequential.ts";
// Operations on tensors, all differentiable
export { add, multiply, scale, subtract } from "./ops/arithmetic.ts";
export { type Conv2dSettings, conv2d } from "./ops/conv2d.ts";
export { correlate } from "./ops/correlate.ts";
export { type ComplexTensor, correlateComplex } from "./ops/correlate-complex.ts";
export { evaluateSpectrum } from "./ops/evaluate.ts";
export { filterSpectrum } from "./ops/filter-spectrum.ts";
export {
  s2Fft,
  s2FftAdjoint,
  s2Ifft,
  s2IfftAdjoint,
  so3Fft,
  so3FftAdjoint,
  so3Ifft,
  so3IfftAdjoint,
} from "./ops/fourier.ts";
export { s2Integrate, so3Integrate } from "./ops/integrate.ts";
export { linear } from "./ops/linear.ts";
export { logSoftmax } from "./ops/log-softmax.ts";
export { crossEntropy, mseLoss, nllLoss } from "./ops/losses.ts";
export { so3Max } from "./ops/max.ts";
export { powerPerDegree } from "./ops/power.ts";
export { rectify } from "./ops/rectify.ts";
export { relu } from "./ops/relu.ts";
export { reshape } from "./ops/reshape.ts";
export { changeBandwidth, changeOrders, resizeSpectrum } from "./ops/resize-spectrum.ts";
export { type Rotations, rotateSpectrum, s2Rotation, so3Rotation } from "./ops/rotate.ts";
export { softplus } from "./ops/softplus.ts";
export { mean, sum } from "./ops/sum.ts";
// Optimisers
export { Adam, type AdamOptions } from "./optim/adam.ts";
export { Optimizer, type OptimizerState } from "./optim/optimizer.ts";
export { type Schedule, scheduleFactor } from "./optim/schedule.ts";
export { SGD, type SGDOptions } from "./optim/sgd.ts";
// Mathematics: rotations, grids, indices, random numbers
export { Random, type RandomState } from "./random.ts";
export {
  describeGrid,
  type GridDescription,
  type GridKind,
  type GridParameters,
  gridFromDescription,
  type KernelGrid,
  type S2Grid,
  type SO3Grid,
  s2DiscGrid,
  s2EquatorialGrid,
  s2NearIdentityGrid,
  s2SoftGrid,
  so3DiscGrid,
  so3EquatorialGrid,
  so3IdentityGrid,
  so3NearIdentityGrid,
  so3SoftGrid,
} from "./sphere/grids.ts";
export {
  driscollHealyBeta,
  s2BandwidthOfCount,
  s2CoefficientCount,
  s2Index,
  so3BandwidthOfCount,
  so3CoefficientCount,
  so3Index,
  softAlpha,
  softBeta,
} from "./sphere/indices.ts";
export {
  anglesFromPoint,
  composeRotations,
  type EulerAngles,
  inverseRotation,
  type Point,
  pointFromAngles,
  type Quaternion,
  type Rotation,
  type RotationMatrix,
  randomRotation,
  rotatePoint,
  rotationAngle,
  toEuler,
  toMatrix,
  toQuaternion,
} from "./sphere/rotations.ts";
export { quadratureWeights } from "./tables/transforms.ts";
export { wignerD, wignerSmallD, wignerSmallDEntry } from "./tables/wigner.ts";
// Engines, tensors, lifetimes
export { createEngine, Engine } from "./tensor/engine.ts";
export type { EngineOptions } from "./tensor/engine-options.ts";
export type { Domain, Layout } from "./tensor/layout.ts";
export { type ComplexArray, Tensor } from "./tensor/tensor.ts";
export type { StoredDtype, TensorData, TypedArray } from "./tensor-data.ts";
// Training and inference
export {
  type CheckpointContent,
  type CheckpointInfo,
  checkpointInfo,
  type LoadOptions,
  loadCheckpoint,
  saveCheckpoint,
} from "./train/checkpoint.ts";
export type { Dataset, LabelledBatch } from "./train/dataset.ts";
export { type Evaluation, type EvaluationOptions, evaluate, predict } from "./train/evaluate.ts";
export type { StopRequest } from "./train/pause.ts";
export {
  type EpochRecord,
  type RunOptions,
  type StepRecord,
  Trainer,
  type TrainingOptions,
  type TrainingState,
} from "./train/trainer.ts";
// Transforms of plain arrays
export {
  type NumbersIn,
  type NumbersOut,
  TRANSFORMS,
  type TransformName,
  type TransformOptions,
  transform,
} from "./transforms.ts";
export { VERSION } from "./version.ts";
export type { Build, Dtype } from "./wasm/binary.ts";
export { init, type KernelSource } from "./wasm/init.ts";
export { hasRelaxedSimd, hasSimd } from "./wasm/load.ts";
export type { MemoryStatistics } from "./wasm/memory.ts";
export type { Threads } from "./wasm/threads.ts";
