/**
 * Takes the pictures of docs/studio.md: the studio in a browser, in front of a mesh of its own, in
 * both themes and both widths. Run by scripts/demo --studio.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import sharp from "sharp";
import { packagePath } from "../kit/process/package-path.js";
import { Mesh } from "../launcher/mesh.js";
import { openChromium } from "../testing/browser/chromium.js";
import {
  DESK,
  drop,
  openStudio,
  PHONE,
  pointAt,
  sceneOf,
  untilLive,
} from "../testing/browser/studio-page.js";

const IMAGES = packagePath("docs", "images");
const SAMPLE = packagePath("samples", "coffee.png");
const MAKING_MS = 180_000;

const folder = await mkdtemp(join(tmpdir(), "depthmesh-studio-"));
const mesh = await Mesh.start({
  ...{ data: folder, depth: 1, render: 1, encode: 1, port: 0, webPort: 0, logs: "file" },
  // The pictures must not depend on the models that the user has installed.
  environment: { DEPTHMESH_MODELS: join(folder, "models") },
});
const browser = await openChromium();
try {
  for (const theme of [DESK, PHONE]) {
    const name = theme === DESK ? "desk" : "phone";
    const page = await openStudio(browser, `${mesh.webAddress}/`, theme);
    await page.locator(".welcome").waitFor();
    await picture(page, `studio-first-${name}`);
    await drop(page, SAMPLE, "image/png");
    await untilLive(page);
    await pointAt(page, sceneOf(page), 0.85, 0.4);
    await page.waitForTimeout(1_500);
    await picture(page, `studio-photo-${name}`);
    // The first video would come from the cache, without a trace of its making.
    if (theme === PHONE) await page.getByText("circle", { exact: true }).click();
    await page.getByRole("button", { name: /^Render/ }).click();
    const video = page.locator(".downloads a").filter({ hasText: "coffee.mp4" });
    await video.waitFor({ timeout: MAKING_MS });
    await page.locator(".movie video").scrollIntoViewIfNeeded();
    await picture(page, `studio-made-${name}`);
    await page.getByText("Details of the job").click();
    await page.locator(".span-tree tbody tr").first().waitFor();
    // The last spans of a job that has just ended are still on their way.
    await page
      .locator(".span-tree")
      .getByText(/encode/)
      .first()
      .waitFor();
    await page.locator(".trace").scrollIntoViewIfNeeded();
    await picture(page, `studio-trace-${name}`);
    await page.goto(`${mesh.webAddress}/#/mesh`);
    await page.locator(".queues").waitFor();
    await picture(page, `studio-mesh-${name}`);
    await page.context().close();
  }
} finally {
  await browser.close();
  await mesh.stop();
  await rm(folder, { recursive: true, force: true });
}

async function picture(page: Page, name: string): Promise<void> {
  const path = join(IMAGES, `${name}.webp`);
  await sharp(await page.screenshot())
    .webp({ quality: 80 })
    .toFile(path);
  process.stdout.write(`${path}\n`);
}
