/** The studio as a person uses it: drops a photo, moves the pointer, reads what is shown. */
import { readFile, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import type { Browser, Locator, Page } from "playwright-core";
import sharp from "sharp";

export interface Theme {
  readonly width: number;
  readonly height: number;
  readonly scheme: "dark" | "light";
}

export const DESK: Theme = { width: 1280, height: 900, scheme: "light" };
export const PHONE: Theme = { width: 390, height: 844, scheme: "dark" };

/**
 * A page of the studio. `faults` gets what the page itself says is wrong, such as a broken policy.
 */
export async function openStudio(
  browser: Browser,
  url: string,
  { width, height, scheme }: Theme = DESK,
  faults: string[] = [],
): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: scheme,
    acceptDownloads: true,
    ignoreHTTPSErrors: true,
  });
  const page = await context.newPage();
  page.on("pageerror", ({ message }) => faults.push(message));
  page.on("console", (line) => {
    if (line.type() === "error") faults.push(line.text());
  });
  await page.goto(url);
  return page;
}

/** Drops a file on the page, as from a file manager. */
export async function drop(page: Page, path: string, type: string): Promise<void> {
  const data = await readFile(path, "base64");
  const transfer = await page.evaluateHandle(
    ({ data, name, type }) => {
      const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
      const transfer = new DataTransfer();
      transfer.items.add(new File([bytes], name, { type }));
      return transfer;
    },
    { data, name: basename(path), type },
  );
  for (const event of ["dragenter", "dragover", "drop"]) {
    await page.dispatchEvent("body", event, { dataTransfer: transfer });
  }
}

/** The picture that a person looks around in. */
export function sceneOf(page: Page): Locator {
  return page.locator("figure.scene-view");
}

/** Waits until the scene is drawn by the browser itself. */
export async function untilLive(page: Page, withinMs = 60_000): Promise<void> {
  await page
    .locator('figure.scene-view[aria-busy="false"] canvas')
    .waitFor({ state: "visible", timeout: withinMs });
}

/** RGB of an element as it is on the screen. */
export async function pixelsOf(element: Locator): Promise<Buffer> {
  return sharp(await element.screenshot())
    .removeAlpha()
    .resize(160, 100, { fit: "fill" })
    .raw()
    .toBuffer();
}

/** Mean difference of two pictures of one size, in steps of 255. */
export function difference(a: Buffer, b: Buffer): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs((a[i] ?? 0) - (b[i] ?? 0));
  return sum / a.length;
}

/** Puts the pointer at a place of an element; each coordinate is a fraction of its side. */
export async function pointAt(page: Page, element: Locator, x: number, y: number): Promise<void> {
  const box = await element.boundingBox();
  if (!box) throw new Error("the element is not shown");
  await page.mouse.move(box.x + x * box.width, box.y + y * box.height, { steps: 4 });
}

/** What axe finds that hinders people seriously, in words. */
export async function seriousViolations(page: Page): Promise<string[]> {
  const source = await readFile(new URL(import.meta.resolve("axe-core/axe.min.js")), "utf8");
  await page.evaluate(source);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: AxeViolation[] }> };
    };
    interface AxeViolation {
      readonly id: string;
      readonly impact: string;
      readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
    }
    const { violations } = await axe.run();
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .flatMap(({ id, nodes }) =>
        nodes.slice(0, 3).map(({ html, failureSummary }) => `${id}: ${html}: ${failureSummary}`),
      );
  });
}

/** Whether the page is wider than its window, so that it must be scrolled sideways. */
export function isTooWide(page: Page): Promise<boolean> {
  return page.evaluate(() => document.documentElement.scrollWidth > innerWidth + 1);
}

/** A file that is no photo, although its name says so. */
export async function writeBadPhoto(path: string): Promise<void> {
  await writeFile(path, "This is a text and no photo.\n".repeat(40));
}
