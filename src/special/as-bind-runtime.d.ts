// as-bind's own types describe an older interface.

declare module "as-bind/dist/as-bind.esm.js" {
  export const converters: Map<string | RegExp, object>;
  export function instantiateSync(bytes: BufferSource, imports: object): { readonly exports: object };
}
