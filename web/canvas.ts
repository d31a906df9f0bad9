// Flat canvases: the pad, pictures of digits, the chart.

/**
 * The context of a canvas that the processor draws: a few lines are nothing to it, while a graphics processor, emulated or
 * busy, may keep the page waiting for them. (That is what browsers do for canvases that are read frequently.)
 */
export function flatContext(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  return canvas.getContext("2d", { willReadFrequently: true })!;
}

/** Of ink: red, green, blue. */
const INK = [255, 244, 220] as const;

/** Draws grey values, ink on a ground that is seen through, at the canvas's own size. */
export function drawPicture(canvas: HTMLCanvasElement, picture: Uint8Array, side: number): void {
  if (canvas.width !== side || canvas.height !== side) canvas.width = canvas.height = side;
  const image = new ImageData(side, side);
  for (let p = 0; p < picture.length; p++) {
    image.data.set(INK, 4 * p);
    image.data[4 * p + 3] = picture[p]!;
  }
  flatContext(canvas).putImageData(image, 0, 0);
}
