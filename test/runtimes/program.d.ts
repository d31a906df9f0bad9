export const FOREIGN: Uint8Array;
export const OTHER_VERSION: Uint8Array;
