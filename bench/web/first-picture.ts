/**
 * How long a person waits in the studio between dropping a photo and seeing its scene, which the
 * browser draws: upload, depth map, mesh and first frame together.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { openChromium, WITHOUT_CHROMIUM } from "../../testing/browser/chromium.js";
import { DESK, drop, openStudio } from "../../testing/browser/studio-page.js";
import type { Photo } from "../../testing/photos.js";
import { atMost, type BenchLine, figuresOf } from "../../testing/report-lines.js";
import { median } from "../../testing/statistics.js";
import type { BenchMesh } from "../bench-mesh.js";

const DROPS = 5;
const AIM_SECONDS = 3;
const FIRST_PICTURE = '.live[data-loaded="true"] canvas';

export async function* firstPicture({ mesh }: BenchMesh, photo: Photo): AsyncGenerator<BenchLine> {
  if (WITHOUT_CHROMIUM) {
    process.stderr.write(`the first picture is not measured: ${WITHOUT_CHROMIUM}\n`);
    return;
  }
  const folder = await mkdtemp(join(tmpdir(), "depthmesh-first-picture-"));
  const browser = await openChromium();
  const seconds: number[] = [];
  try {
    for (let turn = 0; turn < DROPS; turn++) {
      const page = await openStudio(browser, `${mesh.webAddress}/`, DESK);
      await page.locator(".welcome").waitFor();
      const path = await unseen(photo, turn, folder);
      const fromMs = performance.now();
      await drop(page, path, "image/jpeg");
      await page.locator(FIRST_PICTURE).waitFor({ state: "visible", timeout: 60_000 });
      seconds.push((performance.now() - fromMs) / 1_000);
      await page.context().close();
    }
  } finally {
    await browser.close();
    await rm(folder, { recursive: true, force: true });
  }
  const figure = figuresOf("web", "studio");
  yield figure("slowest first picture", Math.max(...seconds), "s");
  yield atMost("first picture after a drop, median", median(seconds), AIM_SECONDS, "s");
}

/** The photo with other pixels in each turn, so that no depth map is there already. */
async function unseen({ path }: Photo, turn: number, folder: string): Promise<string> {
  const to = join(folder, `turn-${turn}.jpg`);
  await sharp(path)
    .modulate({ brightness: 1 + 0.02 * turn })
    .jpeg({ quality: 92 })
    .toFile(to);
  return to;
}
