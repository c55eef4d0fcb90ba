/** Finds and starts the browser of tests. */
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import { environmentVariable } from "../../kit/config.js";

const PATHS = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
];

/** The browser's program: that of CHROME_BIN, or where distributions put it. */
export function findChromium(): string | undefined {
  const given = environmentVariable("CHROME_BIN");
  return [...(given ? [given] : []), ...PATHS].find(existsSync);
}

/** Why tests that need a browser are left out; false where there is one. */
export const WITHOUT_CHROMIUM: string | false = findChromium()
  ? false
  : "there is no Chromium: scripts/setup installs it where apt is, or CHROME_BIN names it";

/** What draws WebGL without a GPU, and what leaves nothing that could. */
const GRAPHICS = {
  software: ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"],
  none: ["--disable-gpu", "--disable-software-rasterizer"],
} as const;

/** Starts it without a screen; WebGL is drawn by the processor, or not at all. */
export function openChromium(graphics: keyof typeof GRAPHICS = "software"): Promise<Browser> {
  const executablePath = findChromium();
  if (!executablePath) throw new Error("there is no Chromium");
  return chromium.launch({
    executablePath,
    args: [
      ...GRAPHICS[graphics],
      // Containers run tests as root and have a small /dev/shm.
      "--no-sandbox",
      "--disable-dev-shm-usage",
    ],
  });
}
