// The networks and digits that the page ships. Another network takes another's place by its file's name here.

/** Trained on upright digits alone, as the planar one was: the page's claim rests on it. */
export const SPHERICAL = new URL("../models/mnist-original-72-upright.safetensors", import.meta.url).href;
export const PLANAR = new URL("../models/planar.safetensors", import.meta.url).href;

export const DIGIT_IMAGES = new URL("../models/mnist-test-500-images-idx3-ubyte.gz", import.meta.url).href;
export const DIGIT_LABELS = new URL("../models/mnist-test-500-labels-idx1-ubyte.gz", import.meta.url).href;

/** The first so many digits train the visitor's network; those after test it, and are the samples. */
export const TRAINING_DIGITS = 400;

/** The bytes of a file of the page. */
export async function bytesOf(url: string): Promise<Uint8Array> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: the server answered ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}
