// The page's spheres, drawn by three.js: the large one with the digit, and the small ones with the features.

import {
  DataTexture,
  LinearFilter,
  Mesh,
  OrthographicCamera,
  PlaneGeometry,
  RedFormat,
  RepeatWrapping,
  Scene,
  ShaderMaterial,
  WebGLRenderer,
} from "three";
import type { FeatureMaps } from "./messages.ts";
import { BALL, MAP, VERTEX } from "./shaders.ts";

/** Half a square's side in radii of the sphere in it: room for the soft edge. */
const REACH = 1.03;

/** Pixels along a point of the page: as many as the screen has up to the first, and down to the last on a slow machine. */
const MOST_PIXELS = 2;
const LEAST_PIXELS = 0.6;

/** So many frames, each longer than so many milliseconds in the median, make a machine a slow one. */
const WATCHED_FRAMES = 16;
const SLOW = 28;
/** A longer gap is a pause. */
const PAUSE = 250;

/** A canvas in which every unit is a square with a sphere in it, columns and rows of them. */
class Stage {
  readonly #renderer: WebGLRenderer;
  readonly #scene = new Scene();
  readonly #camera = new OrthographicCamera();
  readonly #geometry = new PlaneGeometry(2, 2);
  readonly #materials: ShaderMaterial[] = [];
  #queued = false;
  #visible = true;
  #pixels = Math.min(devicePixelRatio, MOST_PIXELS);
  #last = 0;
  #gaps: number[] = [];

  constructor(
    readonly canvas: HTMLCanvasElement,
    readonly layOut: (width: number, height: number) => { columns: number; rows: number; gap: number },
  ) {
    const context = canvas.getContext("webgl2", { alpha: true, antialias: false, powerPreference: "low-power" });
    if (!context) throw new Error("WebGL 2 is not available");
    this.#renderer = new WebGLRenderer({ canvas, context });
    this.#camera.position.z = 1;
    new ResizeObserver(() => this.resize()).observe(canvas);
    new IntersectionObserver(([entry]) => {
      this.#visible = entry!.isIntersecting;
      this.draw();
    }).observe(canvas);
  }

  add(fragmentShader: string, uniforms: Record<string, unknown>): ShaderMaterial {
    const entries = Object.entries({ ...uniforms, reach: REACH, pixel: 0.01 }).map(([name, value]) => [
      name,
      { value },
    ]);
    const material = new ShaderMaterial({
      vertexShader: VERTEX,
      fragmentShader,
      uniforms: Object.fromEntries(entries),
      transparent: true,
      depthTest: false,
    });
    this.#materials.push(material);
    this.#scene.add(new Mesh(this.#geometry, material));
    return material;
  }

  resize(): void {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (width === 0 || height === 0) return;
    this.#renderer.setPixelRatio(this.#pixels);
    this.#renderer.setSize(width, height, false);
    const { columns, rows, gap } = this.layOut(width, height);
    Object.assign(this.#camera, { left: 0, right: width, top: 0, bottom: -height });
    this.#camera.updateProjectionMatrix();
    const side = Math.min((width - (columns - 1) * gap) / columns, (height - (rows - 1) * gap) / rows);
    const [left, top] = [width - columns * side - (columns - 1) * gap, height - rows * side - (rows - 1) * gap];
    this.#scene.children.forEach((mesh, i) => {
      const [column, row] = [i % columns, Math.floor(i / columns)];
      const half = side / 2;
      mesh.position.set(left / 2 + column * (side + gap) + half, -(top / 2 + row * (side + gap) + half), 0);
      mesh.scale.set(half, half, 1);
    });
    for (const material of this.#materials) material.uniforms.pixel!.value = (2 * REACH) / (side * this.#pixels);
    this.draw();
  }

  /** Draws with the next frame, where anybody sees it. */
  draw(): void {
    if (this.#queued || !this.#visible) return;
    this.#queued = true;
    requestAnimationFrame((now) => {
      this.#queued = false;
      this.#renderer.render(this.#scene, this.#camera);
      this.#watch(now - this.#last);
      this.#last = now;
    });
  }

  /** Where frames take long, as they do without a graphics processor, coarser ones take less. */
  #watch(gap: number): void {
    if (gap < PAUSE) this.#gaps.push(gap);
    if (this.#gaps.length < WATCHED_FRAMES) return;
    const median = this.#gaps.sort((a, b) => a - b)[WATCHED_FRAMES >> 1]!;
    this.#gaps = [];
    if (median < SLOW || this.#pixels <= LEAST_PIXELS) return;
    this.#pixels = Math.max(0.75 * this.#pixels, LEAST_PIXELS);
    this.resize();
  }
}

function greyTexture(values: Uint8Array, side: number): DataTexture {
  const texture = new DataTexture(values, side, side, RedFormat);
  texture.magFilter = texture.minFilter = LinearFilter;
  texture.wrapS = RepeatWrapping;
  texture.needsUpdate = true;
  return texture;
}

/** The digit on the sphere. */
export class Ball {
  readonly #stage: Stage;
  readonly #material: ShaderMaterial;

  constructor(canvas: HTMLCanvasElement) {
    this.#stage = new Stage(canvas, () => ({ columns: 1, rows: 1, gap: 0 }));
    this.#material = this.#stage.add(BALL, {
      picture: greyTexture(new Uint8Array(28 * 28), 28),
      toBody: [1, 0, 0, 0, 1, 0, 0, 0, 1],
    });
    this.#stage.resize();
  }

  /** @param picture 28 × 28 grey values, row by row */
  set picture(picture: Uint8Array) {
    (this.#material.uniforms.picture!.value as DataTexture).dispose();
    this.#material.uniforms.picture!.value = greyTexture(picture.slice(), 28);
    this.#stage.draw();
  }

  /** @param toBody as `screenToBody` gives it */
  set toBody(toBody: readonly number[]) {
    this.#material.uniforms.toBody!.value = toBody;
    this.#stage.draw();
  }
}

/** Features of some layers, a row of small spheres for each; on a narrow screen two rows. */
export class SmallBalls {
  readonly #stage: Stage;
  readonly #materials: ShaderMaterial[];

  constructor(canvas: HTMLCanvasElement, layers: number, channels: number) {
    this.#stage = new Stage(canvas, (width, height) => {
      const wide = width > 1.5 * height;
      return { columns: wide ? channels : channels / 2, rows: wide ? layers : 2 * layers, gap: 10 };
    });
    this.#materials = Array.from({ length: layers * channels }, () =>
      this.#stage.add(MAP, { signal: greyTexture(new Uint8Array(4), 2), side: 2 }),
    );
    this.#stage.resize();
  }

  show(layers: readonly FeatureMaps[]): void {
    layers.forEach(({ bandwidth, channels, values }, layer) => {
      const side = 2 * bandwidth;
      for (let channel = 0; channel < channels; channel++) {
        const { uniforms } = this.#materials[layer * channels + channel]!;
        const map = values.subarray(channel * side * side, (channel + 1) * side * side);
        const texture = uniforms.signal!.value as DataTexture;
        if (texture.image.width === side) {
          (texture.image.data as Uint8Array).set(map);
          texture.needsUpdate = true;
        } else {
          texture.dispose();
          uniforms.signal!.value = greyTexture(map.slice(), side);
          uniforms.side!.value = side;
        }
      }
    });
    this.#stage.draw();
  }
}
