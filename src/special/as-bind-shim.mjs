// What as-bind 0.8.2, written for AssemblyScript 0.19, needs to work with AssemblyScript 0.28. as-bind consists of two
// halves, and so does this file: the first runs when the module is compiled, the second wherever the module is used.

/**
 * as-bind's transform, which writes the types of all exported functions into the module's section "as-bind_bindings".
 *
 * It takes the compiler from the package visitor-as, which looks for files that AssemblyScript no longer has; so its
 * place in Node's cache is taken by the compiler itself. Two enums have since changed the spelling of their members.
 */
export async function asBindTransform() {
  const { createRequire } = await import("node:module");
  const { CommonFlags, ElementKind, NodeKind } = await import("assemblyscript");
  const require = createRequire(import.meta.url);
  const filename = require.resolve("visitor-as/as");
  require.cache[filename] = {
    id: filename,
    filename,
    loaded: true,
    exports: {
      CommonFlags: { MODULE_EXPORT: CommonFlags.ModuleExport, DECLARE: CommonFlags.Declare },
      NodeKind: { FUNCTIONDECLARATION: NodeKind.FunctionDeclaration },
      ElementKind: { NAMESPACE: ElementKind.Namespace },
    },
  };
  return require("as-bind");
}

/**
 * Replaces as-bind's converter of Float64Array, the only type here that it converts.
 *
 * as-bind finds out how an array lies in memory from the runtime's type information, whose layout has changed: an entry
 * is now one number where it was two; and the number by which it makes their buffers is another type's today. The
 * arrays themselves lie as they did: the module's own `allocate` makes them, and their header tells where the numbers
 * are.
 *
 * @param converters of as-bind/dist/as-bind.esm.js
 * @param arrays how to view an array in a module's memory and how to place one there, given the module's raw exports
 */
export function replaceConverters(converters, { viewArray, placeArray }) {
  converters.set("~lib/typedarray/Float64Array", {
    ascToJs: ({ loadedModule }, pointer) => viewArray(loadedModule.exports, pointer),
    jsToAsc: ({ loadedModule }, values) => placeArray(loadedModule.exports, values),
  });
}
