/** The studio in a real browser, in front of a real mesh, as a person uses it. */
import assert from "node:assert/strict";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { JobState } from "../proto/gen/depthmesh/v1/job.js";
import type { JobJson } from "../proto/gen/json/depthmesh/v1/job_pb.js";
import { openChromium, WITHOUT_CHROMIUM } from "../testing/browser/chromium.js";
import {
  DESK,
  difference,
  drop,
  isTooWide,
  openStudio,
  PHONE,
  pixelsOf,
  pointAt,
  sceneOf,
  seriousViolations,
  untilLive,
  writeBadPhoto,
} from "../testing/browser/studio-page.js";
import { eventually } from "../testing/eventually.js";
import { type Fixture, SAMPLE, startFixture } from "../testing/mesh/fixture.js";

const skip = WITHOUT_CHROMIUM;
/** Other pages, and what is there once they are complete. */
const PLACES = [
  ["jobs", ".job"],
  ["mesh", ".queues"],
] as const;

let fixture: Fixture;
let browser: Browser;
let page: Page;
/** The job of the video. */
let made = "";
const faults: string[] = [];

before(async () => {
  if (skip) return;
  fixture = await startFixture({ webPort: 0 });
  browser = await openChromium();
  page = await openStudio(browser, `${fixture.mesh.webAddress}/`, DESK, faults);
});
after(async () => {
  await browser?.close();
  await fixture?.close();
});

test("a photo is dropped, and the camera follows the pointer", { skip }, async () => {
  await drop(page, SAMPLE, "image/png");
  await untilLive(page);
  const scene = sceneOf(page);
  const at = async (x: number) => {
    await pointAt(page, scene, x, 0.5);
    return pixelsOf(scene.locator("canvas"));
  };
  // The camera glides to where the pointer is.
  const left = await eventually("the left view is at rest", async () => {
    const [now, later] = [await at(0.1), await at(0.1)];
    return difference(now, later) < 0.2 && later;
  });
  await eventually("the camera has moved", async () => difference(left, await at(0.9)) > 2);
});

test("a video plays before its job has ended, and is downloaded", { skip }, async () => {
  const answer = page.waitForResponse((response) => isNewJob(response.url(), response.status()));
  await page.getByRole("button", { name: "Render", exact: true }).click();
  const { name = "" } = (await (await answer).json()) as JobJson;
  const grown = await eventually("the video plays while its frames are encoded", () =>
    page.evaluate(async (name) => {
      const stateNow = async () =>
        ((await (await fetch(`v1/${name}`)).json()) as { state: string }).state;
      const video = document.querySelector("video");
      const fromSeconds = video?.currentTime ?? 0;
      if ((await stateNow()) !== "JOB_STATE_ENCODE") return undefined;
      const toSeconds = document.querySelector("video")?.currentTime ?? 0;
      if ((await stateNow()) !== "JOB_STATE_ENCODE") return undefined;
      return toSeconds > fromSeconds && toSeconds > 0 ? toSeconds : undefined;
    }, name),
  );
  assert.ok(grown > 0);
  const link = page.locator(".downloads a[download]").filter({ hasText: "mp4" }).first();
  await link.waitFor({ timeout: 120_000 });
  const job = await fixture.client.getJob(name);
  made = name;
  const video = job.artifacts.find((artifact) => artifact.name.endsWith("/video.mp4"));
  const [download] = await Promise.all([page.waitForEvent("download"), link.click()]);
  const saved = join(fixture.folder, "saved.mp4");
  await download.saveAs(saved);
  assert.equal((await stat(saved)).size, video?.sizeBytes);
  assert.equal((await readFile(saved)).toString("latin1", 4, 8), "ftyp");
  assert.match(download.suggestedFilename(), /coffee.*\.mp4$/);
});

test("the page of a job shows its trace as a waterfall", { skip }, async () => {
  await page.goto(`${fixture.mesh.webAddress}/#/${made}`);
  const rows = page.locator(".span-tree tbody tr");
  await rows.first().waitFor({ timeout: 30_000 });
  const text = (await page.locator(".span-tree").textContent()) ?? "";
  for (const service of ["depth", "render", "encode"]) assert.match(text, new RegExp(service));
  assert.ok((await rows.count()) > 10);
  assert.deepEqual(await seriousViolations(page), []);
});

test("a running job is cancelled", { skip }, async () => {
  await page.goto(`${fixture.mesh.webAddress}/#/photo`);
  await untilLive(page);
  // The video that was made before would come from the cache.
  await page.getByText("circle", { exact: true }).click();
  const answer = page.waitForResponse((response) => isNewJob(response.url(), response.status()));
  await page.getByRole("button", { name: /^Render/ }).click();
  const { name = "" } = (await (await answer).json()) as JobJson;
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  await page.locator(".job-state", { hasText: "Cancelled" }).waitFor();
  const { state } = await fixture.client.getJob(name);
  assert.equal(state, JobState.JOB_STATE_CANCELLED);
});

test("the keyboard reaches every camera and every format", { skip }, async () => {
  const focused = () => page.evaluate(() => document.activeElement?.textContent ?? "");
  await page.getByRole("button", { name: "Compare all" }).focus();
  await page.keyboard.press("Enter");
  const still = page.locator(".sheet-stills button", { hasText: "orbital" });
  await still.waitFor({ timeout: 60_000 });
  await still.focus();
  await page.keyboard.press("Enter");
  await page.locator(".preset-chips input[value=orbital]:checked").waitFor({ state: "attached" });
  assert.equal(await focused(), "Compare all");
  await page.getByText("More formats").focus();
  await page.keyboard.press("Enter");
  const { formats } = await fixture.client.listEncoders();
  const offered = (await page.locator(".file-choices").textContent()) ?? "";
  const extensions = formats.flatMap(({ available, extension }) => (available ? extension : []));
  for (const extension of extensions.filter((each) => !/mp4|webm|gif|webp/.test(each))) {
    assert.ok(offered.includes(`(${extension})`), extension);
  }
});

test("a bad photo is refused with its reason", { skip }, async () => {
  const bad = join(fixture.folder, "bad.jpg");
  await writeBadPhoto(bad);
  await drop(page, bad, "image/jpeg");
  const alert = page.getByRole("alert").filter({ hasText: "IMAGE_UNSUPPORTED_FORMAT" });
  await alert.waitFor();
});

test("no page hinders people, in both themes, also on a phone", { skip }, async () => {
  for (const theme of [DESK, PHONE]) {
    const studio = await openStudio(browser, `${fixture.mesh.webAddress}/`, theme, faults);
    await studio.getByRole("heading", { level: 1 }).waitFor();
    const look = async (what: string) => {
      assert.deepEqual(await seriousViolations(studio), [], what);
      assert.equal(await isTooWide(studio), false, `${what} is too wide`);
    };
    await look("the first page");
    await drop(studio, SAMPLE, "image/png");
    await untilLive(studio);
    await look("the photo");
    for (const [place, shown] of PLACES) {
      await studio.goto(`${fixture.mesh.webAddress}/#/${place}`);
      await studio.locator(shown).first().waitFor();
      await look(place);
    }
    await studio.context().close();
  }
});

test("the browser finds no fault of its own in any page", { skip }, () => {
  // What the API refuses, Chromium reports as a failed resource.
  const own = faults.filter((fault) => !/status of 4\d\d/.test(fault));
  assert.deepEqual(own, []);
});

function isNewJob(url: string, status: number): boolean {
  return status === 201 && new URL(url).pathname === "/v1/jobs";
}
