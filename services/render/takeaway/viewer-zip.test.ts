/** The viewer's page is whole, asks for nothing else, and moves as the renderer's camera does. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import sharp from "sharp";
import { projection } from "../../../core/scene/camera.js";
import { visibleExtent } from "../../../core/scene/geometry.js";
import { lookingFrom } from "../../../core/scene/look-around.js";
import { discTakeaway } from "../../../testing/render/disc-takeaway.js";
import { unzipped } from "../../../testing/zip.js";
import { sheetsOf } from "./sheets.js";
import type { ViewerScene } from "./viewer-program.js";
import { viewerProjections, viewerZip } from "./viewer-zip.js";

const SOURCE = discTakeaway();
const made = await viewerZip(sheetsOf(SOURCE), SOURCE.height);
const files = unzipped(made.bytes);
const page = String(files.get("viewer/index.html"));
const scene: ViewerScene = JSON.parse(/id="scene">(.*)<\/script>/.exec(page)?.[1] ?? "{}");

test("one page has everything, and its policy allows its own script and no network", () => {
  assert.deepEqual([...files.keys()], ["viewer/index.html"]);
  const script = /<script>([\s\S]*)<\/script>/.exec(page)?.[1] ?? assert.fail();
  const policy = /Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1] ?? "";
  const hash = createHash("sha256").update(script).digest("base64");
  assert.ok(policy.includes(`script-src 'sha256-${hash}'`), policy);
  assert.ok(policy.startsWith("default-src 'none'; img-src data:;"), policy);
  assert.doesNotMatch(page, /https?:|src="(?!data:)|@import|url\(/);
  assert.match(page, /<title>.+<\/title>/);
  assert.match(page, /<img [^>]*alt=".+"/);
  assert.match(page, /aria-label=".+"/);
  // What is compiled stands alone: it parses, and uses nothing of its module.
  assert.doesNotThrow(() => new Function(script));
  assert.match(script, /prefers-reduced-motion/);
});

test("the surfaces are textures and triangles within the photo, the last one soft", async () => {
  assert.deepEqual([scene.width, scene.height], [144, 96]);
  assert.deepEqual(
    scene.surfaces.map(({ isSoft }) => isSoft),
    [false, false, true],
  );
  for (const { vertices, indices, texture } of scene.surfaces) {
    const count = Buffer.from(vertices, "base64").length / 6;
    const corners = Buffer.from(indices, "base64");
    const most = Array.from({ length: corners.length / 4 }, (_, i) => corners.readUInt32LE(4 * i));
    assert.equal(most.length % 3, 0);
    assert.ok(Math.max(...most) < count);
    const image = Buffer.from(texture.split(",")[1] ?? "", "base64");
    assert.equal((await sharp(image).metadata()).width, 144);
  }
});

test("the matrices give the camera wherever the pointer is, and never show past the photo", () => {
  const [rest, right, up] = viewerProjections(SOURCE.photoSize, SOURCE.height);
  // At disparity 0 the window on the photo is the zoom.
  const zoom = rest[15] ?? 0;
  for (const [x, y] of [
    [0, 0],
    [1, 0],
    [-0.6, 0.8],
  ] as const) {
    const camera = { ...lookingFrom(0.7 * x, 0.7 * y, SOURCE.height), zoom };
    const expected = projection(camera, 1.5);
    const actual = rest.map((value, i) => value + x * (right[i] ?? 0) + y * (up[i] ?? 0));
    actual.forEach((value, i) => {
      assert.ok(Math.abs(value - (expected[i] ?? 9)) < 1e-5, `${i}: ${value}`);
    });
    const { minX, maxX, minY, maxY } = visibleExtent([camera], 1.5, { x: 1.5, y: 1 });
    assert.ok(Math.max(-minX, maxX, -minY, maxY) <= 1.001);
  }
});

test("equal scenes give equal bytes, and a flat one has a page too", async () => {
  const again = await viewerZip(sheetsOf(SOURCE), SOURCE.height);
  assert.deepEqual(Buffer.from(again.bytes), Buffer.from(made.bytes));
  const flat = { ...SOURCE, height: 0 };
  assert.ok((await viewerZip(sheetsOf(flat), 0)).bytes.length > 1000);
});
