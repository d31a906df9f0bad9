// Real browsers, each by the driver that suits it. All they do is open a page and wait for its promise `result`.

import { type ChildProcess, spawn } from "node:child_process";
import { type AddressInfo, createServer } from "node:net";
import { pathToFileURL } from "node:url";
import { miniBrowser } from "./installed.mjs";
import { tool } from "./projects.ts";

export type BrowserName = "Chromium" | "Firefox" | "WebKitGTK";

export interface Browser {
  /** @throws Error if the page has no result, or its report failed */
  visit(url: string): Promise<unknown>;
  close(): Promise<void>;
}

/** @param without what to take away from it: SIMD */
export async function openBrowser(name: BrowserName, { simd = true } = {}): Promise<Browser> {
  const { visit, close } = await DRIVERS[name](simd);
  return {
    close,
    async visit(url) {
      const result = (await visit(url)) as { failed?: string } | null | undefined;
      if (result === null || result === undefined) throw new Error(`${name}: ${url} has no result`);
      if (result.failed) throw new Error(`${name}: ${url}: ${result.failed}`);
      return result;
    },
  };
}

const DRIVERS: Readonly<Record<BrowserName, (simd: boolean) => Promise<Browser>>> = {
  Chromium: openChromium,
  Firefox: openFirefox,
  WebKitGTK: openWebKit,
};

/** In the page, whose module may run some time after `load`; where it cannot be loaded there is no result. */
const RESULT = `new Promise((done) => {
  let looks = 0;
  const look = () => (globalThis.result || ++looks > 300 ? done(globalThis.result) : setTimeout(look, 100));
  look();
})`;

/** What Playwright's and Puppeteer's browsers have in common. */
interface Driver {
  newPage(): Promise<{
    goto(url: string, options: { waitUntil: "load" }): Promise<unknown>;
    evaluate(expression: string): Promise<unknown>;
    close(): Promise<void>;
  }>;
  close(): Promise<void>;
}

function driven(browser: Driver): Browser {
  return {
    async visit(url) {
      const page = await browser.newPage();
      await page.goto(url, { waitUntil: "load" });
      const result = await page.evaluate(RESULT);
      await page.close();
      return result as Awaited<ReturnType<Browser["visit"]>>;
    },
    close: () => browser.close(),
  };
}

async function openChromium(simd: boolean): Promise<Browser> {
  const { chromium } = await import(pathToFileURL(tool("playwright-core/index.mjs")).href);
  const args = ["--no-sandbox", ...(simd ? [] : ["--js-flags=--no-enable-sse4-1"])];
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args });
  return driven(browser);
}

async function openFirefox(simd: boolean): Promise<Browser> {
  const { default: puppeteer } = await import(
    pathToFileURL(tool("puppeteer-core/lib/esm/puppeteer/puppeteer-core.js")).href
  );
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath: "/usr/bin/firefox-esr",
    headless: true,
    // It has no switch for SIMD alone.
    extraPrefsFirefox: { "javascript.options.wasm": simd },
  });
  return driven(browser);
}

/** W3C WebDriver, spoken here; MiniBrowser wants a screen, which Xvfb pretends to be. */
async function openWebKit(simd: boolean): Promise<Browser> {
  const screen = spawn("/usr/bin/Xvfb", ["-displayfd", "1", "-screen", "0", "800x600x24", "-nolisten", "tcp"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const display = (await firstOutput(screen)).trim();
  const port = await freePort();
  const env = {
    ...process.env,
    DISPLAY: `:${display}`,
    GDK_BACKEND: "x11",
    LIBGL_ALWAYS_SOFTWARE: "1",
    WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1",
    // An isolated page gets it in a process of its own, and a browser that is driven starts none.
    JSC_useSharedArrayBuffer: "1",
    ...(simd ? {} : { JSC_useWasmSIMD: "0" }),
  };
  const driver = spawn("/usr/bin/WebKitWebDriver", [`--port=${port}`], { env, stdio: "ignore" });
  const close = async () => {
    driver.kill();
    screen.kill();
  };
  const ask = async (method: string, path: string, body?: object): Promise<never> => {
    const request = { method, ...(body ? { body: JSON.stringify(body) } : {}) };
    const response = await fetch(`http://127.0.0.1:${port}${path}`, request);
    const { value } = (await response.json()) as { value: never };
    if (!response.ok) throw new Error(`WebKitWebDriver: ${method} ${path}: ${JSON.stringify(value)}`);
    return value;
  };
  try {
    await untilReady(() => fetch(`http://127.0.0.1:${port}/status`));
    const options = { binary: miniBrowser(), args: ["--automation"] };
    const capabilities = { alwaysMatch: { "webkitgtk:browserOptions": options, timeouts: { script: 120_000 } } };
    const { sessionId } = await ask("POST", "/session", { capabilities });
    const session = `/session/${sessionId as string}`;
    return {
      async visit(url) {
        await ask("POST", `${session}/url`, { url });
        const script = `${RESULT}.then(arguments[0]);`;
        return ask("POST", `${session}/execute/async`, { script, args: [] });
      },
      async close() {
        await ask("DELETE", session).catch(() => undefined);
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function firstOutput(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.stdout!.once("data", (data) => resolve(String(data)));
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`it ended with ${code}`)));
  });
}

async function untilReady(attempt: () => Promise<unknown>): Promise<void> {
  for (let i = 0; ; i++) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (i === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
