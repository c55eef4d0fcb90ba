/**
 * The scene in the browser: it moves, and its stills are those of the mesh. The photo and the depth
 * map come by GetScene; the studio's workers draw them in Chromium, and RenderStill in the mesh.
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
import { Edges, JobSpec } from "../proto/gen/depthmesh/v1/spec.js";
import type { JobSpecJson } from "../proto/gen/json/depthmesh/v1/spec_pb.js";
import { messageOf } from "../services/web/json/descriptors.js";
import { encodeJson } from "../services/web/json/proto-json.js";
import { openChromium, WITHOUT_CHROMIUM } from "../testing/browser/chromium.js";
import { type ServedPage, serveScenePage } from "../testing/browser/scene-page.js";
import { eventually } from "../testing/eventually.js";
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
  "a circle with two sheets": { spec: { camera: { preset: "circle" } }, tau: 0.3 },
  "a dolly with depth of field, stretched": {
    spec: {
      camera: { preset: "dolly", intensity: 1.5 },
      effects: { depthOfField: { intensity: 1.5, start: 0.3 } },
      edges: "EDGES_STRETCH",
    },
    tau: 0.6,
  },
  "the default through a lens, sharpened, graded and with grain": {
    spec: {
      effects: {
        lens: { intensity: 1, decay: 0.2 },
        sharpen: 0.5,
        vignette: { intensity: 0.5, decay: 30 },
        color: { saturation: 140, contrast: 120, sepia: 20 },
        grain: 0.1,
      },
      seed: 5,
    },
    tau: 0.4,
  },
  "a supersampled push, between bars": {
    spec: {
      camera: { preset: "push-in" },
      clip: { ssaa: 2, width: 480, height: 480, fit: "FIT_MODE_PAD" },
    },
    tau: 0.9,
  },
  "balanced, refined by secants": {
    spec: { camera: { preset: "horizontal" }, quality: "QUALITY_BALANCED", edges: "EDGES_STRETCH" },
    tau: 0.2,
  },
  "fine, refined by a search, past edges that end in black": {
    spec: {
      camera: { preset: "swing", intensity: 2, mirror: false },
      quality: "QUALITY_FINE",
      edges: "EDGES_STRETCH",
    },
    tau: 0.25,
  },
  "both eyes as an anaglyph": {
    spec: { camera: { preset: "circle" }, stereo: { layout: "STEREO_LAYOUT_ANAGLYPH" } },
    tau: 0.5,
  },
  "the foreground alone": {
    spec: { camera: { preset: "circle" }, clip: { background: "BACKGROUND_NONE" } },
    tau: 0.3,
  },
};

/** How edges are drawn decides how the depth map is prepared. */
const MAPS = [
  ["depth-map.png", Edges.EDGES_UNSPECIFIED],
  ["stretched.png", Edges.EDGES_STRETCH],
] as const;

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
    const files = new Map<string, Uint8Array>();
    for (const [name, edges] of MAPS) {
      const request = GetSceneRequest.fromPartial({
        ...{ source, spec: { edges } },
        options: { ...options, longestSide: 1280 },
      });
      const { photo, depthMap } = await fixture.client.getScene(request);
      assert.ok(photo && depthMap);
      files.set("photo.png", photo.data).set(name, depthMap.data);
    }
    served = await serveScenePage(join(fixture.folder, "page"), files);
    browser = await openChromium();
    page = await browser.newPage();
    await page.goto(served.url);
    await page.evaluate(() => window.page.open());
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

  const shot = () => page.locator("canvas").screenshot();
  /** The picture when the browser shows the last one that was drawn. */
  const settled = async (): Promise<Buffer> => {
    let last = await shot();
    await eventually("a picture that stays", async () => {
      const before = last;
      last = await shot();
      return last.equals(before);
    });
    return last;
  };
  const look = async (x: number, y: number): Promise<Buffer> => {
    await page.evaluate(
      ([x, y]) => {
        window.page.rests = 0;
        window.page.scene?.look(x ?? 0, y ?? 0);
      },
      [x, y],
    );
    await page.waitForFunction(() => window.page.rests > 0);
    return settled();
  };
  const setSpec = (...specs: JobSpecJson[]) =>
    page.evaluate(
      (all) =>
        Promise.all(
          all.map((spec) =>
            window.page.scene?.setSpec(spec).catch((error: unknown) => ({ error: `${error}` })),
          ),
        ),
      specs,
    );

  test("the scene moves with the pointer, and comes back", async () => {
    const left = await look(-1, 0);
    const right = await look(1, 0);
    assert.ok((await decibels(left, right)) < 30);
    assert.ok((await decibels(await look(-1, 0), left)) > 60);
  });

  test("of many changes the last one is shown, and everybody gets its facts", async () => {
    const before = await look(0.5, 0);
    const specs = Array.from({ length: 12 }, (_, i) => ({
      ...{ camera: { preset: "circle", height: 0.1 + 0.02 * i } },
      effects: { color: { saturation: 10 * i } },
    }));
    const facts = await setSpec(...specs);
    assert.deepEqual(facts.at(1), facts.at(-1));
    const after = await settled();
    assert.ok((await decibels(before, after)) < 40);
    const [again] = await setSpec(specs.at(-1) ?? {});
    assert.ok(again && "isRebuilt" in again && !again.isRebuilt);
    assert.ok((await decibels(await settled(), after)) > 60);
  });

  test("a specification that is invalid is refused, and the scene stays", async () => {
    const before = await settled();
    const [refused] = await setSpec({ camera: { intensity: 99 } });
    assert.match(JSON.stringify(refused), /camera\.intensity is 99; it must be 0 to 4/);
    assert.ok((await settled()).equals(before));
  });

  test("a clip plays through its moments, and stays where it is paused", async () => {
    await setSpec({ camera: { preset: "circle" }, clip: { durationSeconds: 4 } });
    await page.evaluate(() => window.page.scene?.play());
    await eventually("moments that go on", async () => {
      const [first = 0, ...rest] = await page.evaluate(() => window.page.moments.splice(0));
      return rest.some((moment) => moment > first);
    });
    await page.evaluate(() => window.page.scene?.pause());
    const paused = await settled();
    await page.evaluate(() => window.page.scene?.show(0));
    assert.ok((await decibels(await settled(), paused)) < 50);
  });

  test("the scene is there again after the driver has taken the context away", async () => {
    const before = await look(0.5, 0.5);
    const devTools = await browser.newBrowserCDPSession();
    await devTools.send("Browser.crashGpuProcess");
    await page.waitForFunction(() => window.page.contexts.join() === "true,false");
    const facts = await page.evaluate(() => window.page.scene?.setSpec({}));
    assert.equal(facts?.quality, "fast");
    await look(-1, 0);
    assert.ok((await decibels(await look(0.5, 0.5), before)) > 40);
  });

  test("a browser without WebGL 2 says so", async () => {
    const other = await openChromium("none");
    try {
      const page = await other.newPage();
      await page.goto(served.url);
      await assert.rejects(
        page.evaluate(() => window.page.open()),
        /this browser has no WebGL 2/,
      );
    } finally {
      await other.close();
    }
  });

  for (const [name, each] of Object.entries(CASES)) {
    test(`${name}: the browser's still equals the mesh's`, async (context) => {
      const map = each.spec.edges === undefined ? "depth-map.png" : "stretched.png";
      await page.evaluate((map) => window.page.load(map), map);
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
