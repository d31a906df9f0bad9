// Every error that this package throws on purpose. A message says what, where, what was expected and what came, and,
// where there is a remedy, what to do.

export { quote } from "./quote.ts";

/** Base class: `error instanceof SphericalCnnError` separates what we refuse from what we got wrong. */
export class SphericalCnnError extends Error {
  override name = "SphericalCnnError";
}

/** A tensor or array has another shape or layout than the operation needs. */
export class ShapeError extends SphericalCnnError {
  override name = "ShapeError";
}

/** An argument is outside its domain: a negative degree, NaN, an unknown network name. */
export class ValueError extends SphericalCnnError {
  override name = "ValueError";
}

/** A file's bytes are not what its format allows. `where` names the file or the field. */
export class FormatError extends SphericalCnnError {
  override name = "FormatError";
}

/** A pickle asks for something other than tensors; nothing of it was executed. */
export class UnsafePickleError extends FormatError {
  override name = "UnsafePickleError";
}

/** The keys or shapes of a state dict do not fit the module; `missing`, `unexpected` and `misshapen` list them all. */
export class StateDictError extends SphericalCnnError {
  override name = "StateDictError";
  constructor(
    message: string,
    readonly missing: readonly string[],
    readonly unexpected: readonly string[],
    readonly misshapen: readonly string[],
  ) {
    super(message);
  }
}

/** The engine's memory cannot grow to hold what was asked for. */
export class MemoryExhaustedError extends SphericalCnnError {
  override name = "MemoryExhaustedError";
  constructor(
    message: string,
    /** Bytes that were asked for. */
    readonly requested: number,
    /** Bytes the engine may use in all. */
    readonly limit: number,
  ) {
    super(message);
  }
}

/** A tensor was used after its scope had ended or after `dispose()`. */
export class ReleasedTensorError extends SphericalCnnError {
  override name = "ReleasedTensorError";
}

/** An engine, or a tensor of it, was used after `engine.dispose()`. */
export class ReleasedEngineError extends SphericalCnnError {
  override name = "ReleasedEngineError";
}

/** A network does what a plan cannot repeat: it reads or writes numbers in JavaScript, or does something else each time. */
export class CompilationError extends SphericalCnnError {
  override name = "CompilationError";
}

/** This runtime lacks something the engine needs, such as WebAssembly SIMD. */
export class UnsupportedRuntimeError extends SphericalCnnError {
  override name = "UnsupportedRuntimeError";
}

/** A page's Content-Security-Policy blocks what the engine needs; the message names the directive. */
export class ContentSecurityPolicyError extends UnsupportedRuntimeError {
  override name = "ContentSecurityPolicyError";
}

/** A thread of an engine has ended before its time, or a kernel has failed on it. */
export class ThreadError extends SphericalCnnError {
  override name = "ThreadError";
}

/** A download failed or delivered other bytes than it should. */
export class DownloadError extends SphericalCnnError {
  override name = "DownloadError";
}
