// The built page in Chromium: below some path of a plain static server, on a machine without a graphics processor.

import { execFileSync } from "node:child_process";
import { accessSync, constants, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { serve } from "./serve.ts";

const NAMES = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/** Chromium's path: of the environment variable CHROMIUM, or the first of the usual names on the PATH; null leaves the tests out. */
export function findChromium(): string | null {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const folders = (process.env.PATH ?? "").split(delimiter);
  for (const path of NAMES.flatMap((name) => folders.map((folder) => join(folder, name)))) {
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not there; the next.
    }
  }
  return null;
}

/**
 * How Chromium does without a graphics processor. "none" is what it does by itself where there is none: the processor draws
 * the page, and WebGL through SwiftShader. "emulated" is told to take SwiftShader for a graphics processor and to draw the
 * page itself on it too, text and boxes, which costs several times as much.
 */
export type Graphics = "none" | "emulated";

const ARGUMENTS: Readonly<Record<Graphics, readonly string[]>> = {
  none: ["--no-sandbox", "--enable-unsafe-swiftshader"],
  emulated: ["--no-sandbox", "--enable-unsafe-swiftshader", "--use-angle=swiftshader"],
};

/** What Chromium says of itself when WebGL is drawn by the processor: that pictures are read back. */
const OF_ITSELF = /^\[\.WebGL-0x[\da-f]+\]GL Driver Message .* GPU stall due to ReadPixels/;

/** The page, built and served, and a browser to open it in. */
export class PageAtWork {
  private constructor(
    readonly url: string,
    readonly browser: Browser,
    readonly closeServer: () => Promise<void>,
    readonly folder: string,
  ) {}

  /** @param headers that the server sends with every file */
  static async start(headers: Readonly<Record<string, string>> = {}, graphics: Graphics = "none"): Promise<PageAtWork> {
    const executablePath = findChromium();
    if (executablePath === null) {
      throw new Error("no Chromium found: install one (Debian: apt-get install chromium) or set CHROMIUM to its path");
    }
    const folder = mkdtempSync(join(tmpdir(), "spherical-cnn-page-"));
    // As `npm run web` does it, and not in this process, in which Vitest has set NODE_ENV to "test".
    const vite = fileURLToPath(new URL("../../node_modules/vite/bin/vite.js", import.meta.url));
    execFileSync(process.execPath, [vite, "build", "web", "--outDir", folder, "--logLevel", "error"], {
      cwd: fileURLToPath(new URL("../..", import.meta.url)),
      env: { ...process.env, NODE_ENV: "production" },
    });
    const { url, close } = await serve(folder, "/some/where/", headers);
    const browser = await chromium.launch({ executablePath, args: [...ARGUMENTS[graphics]] });
    return new PageAtWork(url, browser, close, folder);
  }

  /**
   * Opens the page in a context of its own and waits for the first answer.
   * @param hash the state to open it with
   */
  async open(hash = "", options: BrowserContextOptions = {}): Promise<Visit> {
    const context = await this.browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    const page = await context.newPage();
    const errors: string[] = [];
    page.on("console", (message) => {
      const text = message.text();
      if (["error", "warning"].includes(message.type()) && !OF_ITSELF.test(text)) errors.push(text);
    });
    page.on("pageerror", (error) => errors.push(error.message));
    await page.goto(this.url + hash);
    await page.waitForSelector("html[data-ready]");
    return new Visit(context, page, errors);
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.closeServer();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** One visitor's page. */
export class Visit {
  constructor(
    readonly context: BrowserContext,
    readonly page: Page,
    /** Errors and warnings on the console, and exceptions. */
    readonly errors: readonly string[],
  ) {}

  /** What a network's card says now. */
  async digit(network: "spherical" | "planar" | "own"): Promise<string> {
    return (await this.page.locator(`.card.${network} .digit`).textContent()) ?? "";
  }

  /** What the panel says under a heading, without the remark. */
  async figure(name: string): Promise<string> {
    const cell = this.page.locator("#figures div", { hasText: name }).locator("dd > span");
    return (await cell.textContent()) ?? "";
  }

  /** Waits until everything rests and the screen reader's text says what is there; returns that. */
  async settled(): Promise<string> {
    await this.page.waitForTimeout(900);
    return (await this.page.locator("#announcement").textContent()) ?? "";
  }

  /** Draws strokes on the pad with the mouse. */
  async draw(strokes: readonly (readonly number[])[]): Promise<void> {
    const pad = (await this.page.locator("#pad").boundingBox())!;
    const { mouse } = this.page;
    for (const stroke of strokes) {
      const place = (i: number) =>
        [pad.x + (stroke[i]! / 255) * pad.width, pad.y + (stroke[i + 1]! / 255) * pad.height] as const;
      await mouse.move(...place(0));
      await mouse.down();
      for (let i = 2; i < stroke.length; i += 2) await mouse.move(...place(i));
      await mouse.up();
    }
  }

  /** Drags the sphere from one place of it to another, both in its radii from its middle, and holds it until it rests. */
  async turn(from: readonly [number, number], to: readonly [number, number]): Promise<void> {
    const { x, y, width, height } = (await this.page.locator("#handle").boundingBox())!;
    const place = ([right, down]: readonly [number, number]) =>
      [x + (width / 2) * (1 + right), y + (height / 2) * (1 + down)] as const;
    const { mouse } = this.page;
    await mouse.move(...place(from));
    await mouse.down();
    await mouse.move(...place(to), { steps: 8 });
    await this.page.waitForTimeout(150);
    await mouse.up();
  }
}

/** How many pixels of a PNG are as light as ink, decoded in the page. */
export function lightPixels(page: Page, png: Buffer): Promise<number> {
  return page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes]));
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext("2d")!;
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, image.width, image.height);
    let count = 0;
    // Inside of the sphere alone: the paper around it is light too.
    for (let p = 0; p < data.length / 4; p++) {
      const [x, y] = [((p % image.width) + 0.5) / image.width - 0.5, (p / image.width + 0.5) / image.height - 0.5];
      if (Math.hypot(x, y) < 0.45 && data[4 * p]! > 180 && data[4 * p + 1]! > 160) count++;
    }
    return count;
  }, png.toString("base64"));
}
