export const CACHE: string;
export const DEBIAN_PACKAGES: Readonly<Record<string, string>>;
export type Installable =
  | "Node 24"
  | "Deno"
  | "Bun"
  | "workerd"
  | "esbuild"
  | "webpack"
  | "Vite"
  | "Next"
  | "Chromium"
  | "Firefox"
  | "WebKitGTK";
export function miniBrowser(): string | null;
export function isThere(path: string): boolean;
export function has(name: Installable): boolean;
export function missing(): Installable[];
