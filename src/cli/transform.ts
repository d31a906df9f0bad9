// `spherical-cnn transform`: Fourier transforms on S² and SO(3) of .npy files, src/transforms.ts at the command line.

import type { CAC } from "cac";
import { ValueError } from "../errors.ts";
import { readNpy, writeNpy } from "../formats/npy.ts";
import { createEngine } from "../tensor/engine.ts";
import { entriesPerElement, type TensorData, toFloat64 } from "../tensor-data.ts";
import { type NumbersIn, type NumbersOut, TRANSFORMS, type TransformName, transform } from "../transforms.ts";
import { checkOutput, readInput, writeOutput } from "./files.ts";
import { choice, flag, given, type Options, required, whole } from "./options.ts";

export function registerTransform(cli: CAC): void {
  cli
    .command("transform <kind>", `Fourier transform of a .npy file: ${TRANSFORMS.join(", ")}`)
    .option("--input <file>", "Signals […, 2b, 2b(, 2b)] (axes β, α(, γ)) or spectra […, coefficient], real or complex")
    .option("--output <file>", "Where to write the complex result; coefficients last, degree by degree")
    .option("--bandwidth <b>", "Of the output, the input's by default; more means zeros")
    .option("--dtype <dtype>", "f64 (default) or f32: of the arithmetic and the output")
    .option("--real", "Of an inverse, write the real part, as real numbers")
    .option("--json", "Say what was done in JSON")
    .action(run);
}

async function run(kind: string, options: Options): Promise<void> {
  const [input, output] = [required(options, "input"), required(options, "output")];
  const bandwidth = whole(options, "bandwidth", 1);
  const dtype = choice(options, "dtype", ["f64", "f32"]) ?? "f64";
  const real = flag(options, "real");
  if (!(TRANSFORMS as readonly string[]).includes(kind)) {
    throw new ValueError(`transform: expected ${TRANSFORMS.join(", ")}, got ${kind}`);
  }
  if (real && !kind.endsWith("ifft"))
    throw new ValueError(`--real: the result of ${kind} is a spectrum, which is complex`);
  await checkOutput(output, { input });
  const array = readNpy(await readInput(input), input);
  const engine = await createEngine({ dtype });
  const result = transform(engine, kind as TransformName, numbersOf(array), given({ bandwidth }));
  await writeOutput(output, writeNpy(arrayOf(result, dtype, real)));
  if (flag(options, "json")) {
    console.log(
      JSON.stringify({ transform: kind, input: array.shape, output: result.shape, dtype, real, file: output }),
    );
  } else {
    console.log(`${kind}: [${array.shape.join(", ")}] to [${result.shape.join(", ")}], written to ${output}`);
  }
}

function numbersOf(array: TensorData): NumbersIn {
  const numbers = toFloat64(array);
  if (entriesPerElement(array.dtype) === 1) return { re: numbers, shape: array.shape };
  const part = (offset: number) =>
    Float64Array.from({ length: numbers.length / 2 }, (_, i) => numbers[2 * i + offset]!);
  return { re: part(0), im: part(1), shape: array.shape };
}

function arrayOf({ re, im, shape }: NumbersOut, dtype: "f32" | "f64", real: boolean): TensorData {
  const Real = dtype === "f32" ? Float32Array : Float64Array;
  if (real) return { shape, dtype, data: Real.from(re) };
  const data = new Real(2 * re.length);
  for (let i = 0; i < re.length; i++) {
    data[2 * i] = re[i]!;
    data[2 * i + 1] = im[i]!;
  }
  return { shape, dtype: dtype === "f32" ? "c64" : "c128", data };
}
