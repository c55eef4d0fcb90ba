/**
 * The scene in the browser and the stills of the mesh show the same: the same photo and depth map,
 * by GetScene, drawn by the studio's worker in Chromium and by RenderStill.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { uploadFile } from "../client/upload-file.js";
import {
  GetSceneRequest,
  PreviewFormat,
  type PreviewSource,
  RenderStillRequest,
} from "../proto/gen/depthmesh/v1/preview_service.js";
import { JobSpec } from "../proto/gen/depthmesh/v1/spec.js";
import type { JobSpecJson } from "../proto/gen/json/depthmesh/v1/spec_pb.js";
import { messageOf } from "../services/web/json/descriptors.js";
import { encodeJson } from "../services/web/json/proto-json.js";
import { openChromium, WITHOUT_CHROMIUM } from "../testing/browser/chromium.js";
import { type ServedPage, serveScenePage } from "../testing/browser/scene-page.js";
import { type Fixture, SAMPLE, startFixture } from "../testing/mesh/fixture.js";
import { decibels } from "../testing/pictures/decibels.js";

const SIDE = 480;
/** What the same shaders on two drivers must reach. */
const LEAST_DECIBELS = 40;

interface Case {
  readonly spec: JobSpecJson;
  readonly tau: number;
}

const CASES: Readonly<Record<string, Case>> = {
  "a circle, two sheets": { spec: { camera: { preset: "circle" } }, tau: 0.3 },
  "a circle, stretched": {
    spec: { camera: { preset: "circle" }, edges: "EDGES_STRETCH" },
    tau: 0.3,
  },
  "a dolly with depth of field": {
    spec: {
      camera: { preset: "dolly", intensity: 1.5 },
      effects: { depthOfField: { intensity: 1.5, start: 0.3 } },
    },
    tau: 0.6,
  },
  "the default through a lens, sharpened and graded": {
    spec: {
      effects: {
        lens: { intensity: 1, decay: 0.2 },
        sharpen: 0.5,
        vignette: { intensity: 0.5, decay: 30 },
        color: { saturation: 140, contrast: 120, sepia: 20 },
      },
    },
    tau: 0.4,
  },
  "a push with supersampling": {
    spec: { camera: { preset: "push-in" }, clip: { ssaa: 2 } },
    tau: 0.9,
  },
  "balanced, refined by secants": {
    spec: { camera: { preset: "horizontal" }, quality: "QUALITY_BALANCED", edges: "EDGES_STRETCH" },
    tau: 0.2,
  },
  "fine, refined by a search": {
    spec: { camera: { preset: "orbital" }, quality: "QUALITY_FINE", edges: "EDGES_STRETCH" },
    tau: 0.7,
  },
  "past the photo's edges, which end in black": {
    spec: { camera: { preset: "swing", intensity: 2, mirror: false } },
    tau: 0.25,
  },
  "a square between bars": {
    spec: {
      camera: { preset: "vertical" },
      clip: { width: 480, height: 480, fit: "FIT_MODE_PAD" },
    },
    tau: 0.1,
  },
  "both eyes as an anaglyph": {
    spec: { camera: { preset: "circle" }, stereo: { layout: "STEREO_LAYOUT_ANAGLYPH" } },
    tau: 0.5,
  },
  "the foreground alone": {
    spec: { camera: { preset: "circle" }, clip: { background: "BACKGROUND_NONE" } },
    tau: 0.3,
  },
  "grain of the same seed": {
    spec: { camera: { preset: "still" }, effects: { grain: 0.1 }, seed: 5 },
    tau: 0.5,
  },
};

const options = { longestSide: SIDE, format: PreviewFormat.PREVIEW_FORMAT_PNG };

if (WITHOUT_CHROMIUM) test("the scene in a browser", { skip: WITHOUT_CHROMIUM }, () => {});
else {
  let fixture: Fixture;
  let source: PreviewSource;
  let served: ServedPage;
  let browser: Browser;
  let page: Page;

  before(async () => {
    fixture = await startFixture({ encode: 0 });
    const { name } = await uploadFile(fixture.client, SAMPLE);
    source = { kind: { $case: "upload", value: name } };
    const request = GetSceneRequest.fromPartial({
      source,
      options: { ...options, longestSide: 1280 },
    });
    const { photo, depthMap } = await fixture.client.getScene(request);
    assert.ok(photo && depthMap);
    const files = new Map([
      ["photo.png", photo.data],
      ["depth-map.png", depthMap.data],
    ]);
    served = await serveScenePage(join(fixture.folder, "page"), files);
    browser = await openChromium();
    page = await browser.newPage();
    await page.goto(served.url);
    await page.evaluate(async () => {
      const canvas = document.querySelector("canvas");
      if (!canvas) throw new Error("no canvas");
      const file = async (name: string) => (await fetch(name)).blob();
      const scene = window.page.openLiveScene(canvas);
      window.page.scene = scene;
      await scene.load({
        photo: await file("photo.png"),
        depthMap: await file("depth-map.png"),
        spec: {},
      });
    });
  });
  after(async () => {
    await browser?.close();
    await served?.close();
    await fixture.close();
  });

  const stillInBrowser = async ({ spec, tau }: Case): Promise<Uint8Array> => {
    const bytes = await page.evaluate(
      async ({ spec, tau, side }) => {
        const still = await window.page.scene?.still(spec, tau, side);
        return [...new Uint8Array((await still?.arrayBuffer()) ?? new ArrayBuffer(0))];
      },
      { spec, tau, side: SIDE },
    );
    return Uint8Array.from(bytes);
  };

  for (const [name, each] of Object.entries(CASES)) {
    test(`${name}: the browser's still equals the mesh's`, async (context) => {
      const spec = JobSpec.decode(encodeJson(messageOf("JobSpec"), each.spec));
      const { picture } = await fixture.client.renderStill(
        RenderStillRequest.fromPartial({ source, spec, tau: each.tau, options }),
      );
      assert.ok(picture);
      const ratio = await decibels(await stillInBrowser(each), picture.data);
      context.diagnostic(`${ratio.toFixed(1)} dB`);
      assert.ok(ratio >= LEAST_DECIBELS, `${ratio.toFixed(1)} dB`);
    });
  }
}
