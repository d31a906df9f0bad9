import type { placeArray, viewArray } from "./kernels.ts";

export function asBindTransform(): Promise<object>;
export function replaceConverters(
  converters: Map<string | RegExp, object>,
  arrays: { viewArray: typeof viewArray; placeArray: typeof placeArray },
): void;
