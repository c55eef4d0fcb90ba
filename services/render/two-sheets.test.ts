/**
 * Scenes of two sheets in real frames: edges stay edges, a path that passes through rest shows the
 * photo there, transparency and depth of field follow the sheets, and inverted cameras are filled.
 */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { type CameraState, DEFAULT_CAMERA } from "../../core/scene/camera.js";
import type { SceneData } from "../../core/scene/clip/scene-data.js";
import type { Edges } from "../../core/scene/edges.js";
import { type EffectState, NO_EFFECTS } from "../../core/scene/effects.js";
import { sceneGeometry } from "../../core/scene/geometry.js";
import { QUALITIES } from "../../core/scene/quality.js";
import { rmsDifference } from "../../testing/encode/video.js";
import { openRenderer } from "../../testing/render/open-renderer.js";
import { boxesScene } from "../../testing/render/small-scenes.js";

const { renderer, close } = await openRenderer();
after(close);

const SIZE = { width: 320, height: 180 };
const REST: CameraState = { ...DEFAULT_CAMERA, isometric: 1, steady: 0 };
const moved = (x: number): CameraState => ({ ...REST, offset: { x, y: 0 } });
/** Moves the near box by 26 pixels against the wall. */
const MOVED = moved(0.3);
const PATH = [REST, moved(-0.3), MOVED];

/** A box of disparity 0.9 in front of a wall of 0.1, each with one color. */
const isBox = (x: number, y: number) => Math.abs(x - 160) < 40 && Math.abs(y - 90) < 45;
const [BOX, WALL] = [240, 20];

type Scene = Pick<SceneData, "photo" | "photoSize" | "disparity" | "disparitySize" | "alpha">;

function boxScene(invert = false): Scene {
  const pixels = Array.from({ length: SIZE.width * SIZE.height }, (_, i) =>
    isBox(i % SIZE.width, Math.floor(i / SIZE.width)),
  );
  return {
    photo: Uint8Array.from(pixels.flatMap((box) => Array<number>(3).fill(box ? BOX : WALL))),
    photoSize: SIZE,
    disparity: Uint16Array.from(pixels, (box) => (box !== invert ? 59_000 : 6_500)),
    disparitySize: SIZE,
  };
}

interface Drawing {
  readonly edges?: Edges;
  readonly path?: readonly CameraState[];
  readonly effects?: EffectState;
  readonly quality?: (typeof QUALITIES)[number];
}

async function drawn(scene: Scene, camera: CameraState, drawing: Drawing = {}) {
  const { edges = "fill", path = PATH, effects = NO_EFFECTS, quality = "fast" } = drawing;
  const sizes = { photo: scene.photoSize, disparity: scene.disparitySize, frame: SIZE };
  const geometry = sceneGeometry(sizes, path, quality, edges);
  const open = await renderer.open({ ...scene, frame: SIZE, geometry });
  const { rgb } = await open.still({ camera, effects }, 0);
  await open.close();
  return rgb;
}

/** Pixels whose color is neither of the two. */
const between = (rgb: Uint8Array) =>
  rgb.filter((value, i) => i % 3 === 0 && value > WALL + 12 && value < BOX - 12).length;

for (const quality of QUALITIES) {
  test(`${quality}: a moved box has the wall behind it, where a stretched one has a ramp`, async () => {
    const filled = between(await drawn(boxScene(), MOVED, { quality }));
    const stretched = between(await drawn(boxScene(), MOVED, { quality, edges: "stretch" }));
    // Two soft columns and two soft rows of a box of 80 × 90 pixels.
    assert.ok(filled <= 700, `${filled} pixels between both colors`);
    assert.ok(filled < stretched || stretched > 700, `${filled} filled, ${stretched} stretched`);
    const size = (await drawn(boxScene(), MOVED, { quality })).filter((v) => v > 130).length / 3;
    assert.ok(Math.abs(size / (79 * 89) - 1) < 0.05, `${size} pixels of the box`);
  });

  test(`${quality}: at rest on a path that moves, the picture is the photo`, async () => {
    for (const scene of [boxScene(), boxesScene()]) {
      const rgb = await drawn(scene, REST, { quality });
      const decibels = 20 * Math.log10(255 / rmsDifference(rgb, scene.photo));
      assert.ok(decibels >= 45, `${decibels} dB`);
    }
  });
}

test("a camera that exchanges near and far sees the far map's box in front, and fills behind it", async () => {
  const path = PATH.map((camera) => ({ ...camera, invert: 1 }));
  const [, , last = MOVED] = path;
  const inverted = await drawn(boxScene(true), last, { path });
  const plain = await drawn(boxScene(), MOVED);
  assert.ok(between(inverted) <= 700, `${between(inverted)} pixels between both colors`);
  const box = (rgb: Uint8Array) => rgb.filter((value) => value > 130).length / 3;
  assert.ok(Math.abs(box(inverted) / box(plain) - 1) < 0.05);
});

test("a transparent scene keeps the box opaque, and transparent what it uncovers", async () => {
  const scene = boxScene();
  const alpha = Uint8Array.from({ length: SIZE.width * SIZE.height }, (_, i) =>
    scene.photo[3 * i] === BOX ? 255 : 0,
  );
  // Stored over white, as the photo of a job is.
  const photo = scene.photo.map((value) => (value === BOX ? BOX : 255));
  const sizes = { photo: SIZE, disparity: SIZE, frame: SIZE };
  const geometry = sceneGeometry(sizes, PATH, "fast");
  const open = await renderer.open({
    ...{ ...scene, photo, alpha, transparent: true, frame: SIZE, geometry },
  });
  for (const camera of [REST, MOVED]) {
    const { rgba } = await open.transparentStill({ camera, effects: NO_EFFECTS }, 0);
    let opaque = 0;
    let partly = 0;
    for (let at = 0; at < rgba.length; at += 4) {
      const cover = rgba[at + 3] ?? 0;
      if (cover > 250) opaque += 1;
      else if (cover > 5) partly += 1;
      if (cover > 250) assert.ok(Math.abs((rgba[at] ?? 0) - BOX) <= 12, `${rgba[at]}`);
    }
    assert.ok(Math.abs((opaque + partly / 2) / (79 * 89) - 1) < 0.05, `${opaque} and ${partly}`);
    assert.ok(partly < 900, `${partly} pixels are partly transparent`);
  }
  await open.close();
});

test("depth of field blurs the wall and leaves the box sharp up to its soft edge", async () => {
  const depthOfField = { ...NO_EFFECTS.depthOfField, intensity: 2, start: 0.5, exponent: 1 };
  const effects = { ...NO_EFFECTS, depthOfField };
  const scene = boxScene();
  const photo = scene.photo.map((value, i) => (value === WALL && (i / 3) % 4 < 2 ? 90 : value));
  const sharp = await drawn({ ...scene, photo }, MOVED);
  const blurred = await drawn({ ...scene, photo }, MOVED, { effects });
  let boxChange = 0;
  let wallChange = 0;
  for (let i = 0; i < sharp.length; i += 3) {
    const change = Math.abs((sharp[i] ?? 0) - (blurred[i] ?? 0));
    if ((sharp[i] ?? 0) > 225) boxChange = Math.max(boxChange, change);
    else if ((sharp[i] ?? 0) < 100) wallChange = Math.max(wallChange, change);
  }
  assert.ok(wallChange > 15, `${wallChange} levels`);
  assert.ok(boxChange <= 2, `${boxChange} levels`);
});

test("closing a scene of two sheets frees every GL object of it", async () => {
  const before = await renderer.objectCounts();
  await drawn(boxScene(), MOVED);
  assert.deepEqual(await renderer.objectCounts(), before);
});
