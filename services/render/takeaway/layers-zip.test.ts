/** The pictures of both sheets give the photo, and each has its own disparity. */
import assert from "node:assert/strict";
import { test } from "node:test";
import sharp from "sharp";
import { discTakeaway } from "../../../testing/render/disc-takeaway.js";
import { unzipped } from "../../../testing/zip.js";
import { layersZip } from "./layers-zip.js";
import { sheetsOf } from "./sheets.js";
import type { TakeawaySource } from "./source.js";

const NAMES = ["front.png", "back.png", "front-disparity.png", "back-disparity.png", "layers.json"];

async function filesOf(source: TakeawaySource) {
  const { bytes } = await layersZip(sheetsOf(source), source.height);
  return unzipped(bytes);
}

const picture = async (file: Buffer | undefined) => sharp(file).raw().toBuffer();

async function map(file: Buffer | undefined): Promise<Uint16Array> {
  const raw = await sharp(file).toColourspace("grey16").raw({ depth: "ushort" }).toBuffer();
  return new Uint16Array(raw.buffer, raw.byteOffset, raw.length / 2);
}

test("front over back is the photo, and the back is where the front is not opaque", async () => {
  const source = discTakeaway();
  const files = await filesOf(source);
  assert.deepEqual([...files.keys()], NAMES);
  const front = await picture(files.get("front.png"));
  const back = await picture(files.get("back.png"));
  let soft = 0;
  for (let pixel = 0; 4 * pixel < front.length; pixel++) {
    const alpha = (front[4 * pixel + 3] ?? 0) / 255;
    if (alpha === 1) continue;
    soft += 1;
    assert.equal(back[4 * pixel + 3], 255, "there is something behind a soft edge");
    for (let c = 0; c < 3; c++) {
      const both = alpha * (front[4 * pixel + c] ?? 0) + (1 - alpha) * (back[4 * pixel + c] ?? 0);
      assert.ok(Math.abs(both - (source.photo[3 * pixel + c] ?? 0)) <= 1.5, `${pixel}: ${both}`);
    }
  }
  assert.ok(soft > 200, `${soft}`);
  assert.equal(back[3], 0, "in the corner the camera sees nothing but the front");
});

test("the disparity maps have 16 bits, the disc's in front and the wall's behind it", async () => {
  const files = await filesOf(discTakeaway());
  const { width = 0 } = await sharp(files.get("front-disparity.png")).metadata();
  const rim = 24 * width + 36 - 16;
  const front = await map(files.get("front-disparity.png"));
  const back = await map(files.get("back-disparity.png"));
  assert.ok((front[rim] ?? 0) > 0.75 * 65535, "at the disc's left edge");
  assert.ok((back[rim] ?? 65535) < 0.15 * 65535);
  assert.equal(back[0], front[0], "where there is no back sheet it has the front's");
});

test("a flat scene has an opaque front and no back", async () => {
  const files = await filesOf(discTakeaway(0.5, 0.5));
  const stats = async (name: string) => (await sharp(files.get(name)).stats()).channels[3];
  assert.equal((await stats("front.png"))?.min, 255);
  assert.equal((await stats("back.png"))?.max, 0);
});

test("the camera's distances are those of the scene, and equal scenes give equal bytes", async () => {
  const source = discTakeaway();
  const { camera } = JSON.parse(String((await filesOf(source)).get("layers.json")));
  assert.ok(Math.abs(camera.distanceOfWhite / camera.distanceOfBlack - 0.8) < 1e-9);
  const [one, two] = [
    await layersZip(sheetsOf(source), source.height),
    await layersZip(sheetsOf(source), source.height),
  ];
  assert.deepEqual(one, two);
});
