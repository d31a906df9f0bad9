// What every format reads into and writes from.

export * from "../tensor-data.ts";
