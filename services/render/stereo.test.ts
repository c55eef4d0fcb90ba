/**
 * Stereo pictures, drawn: sign and size of the parallax by pixels, where the views lie, what a half
 * layout keeps and the anaglyph's colors.
 */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { type CameraState, DEFAULT_CAMERA, raysOf } from "../../core/scene/camera.js";
import { NO_EFFECTS } from "../../core/scene/effects.js";
import { sceneGeometry } from "../../core/scene/geometry.js";
import { cameraPath, PRESET_NAMES } from "../../core/scene/presets.js";
import { CYAN_EYE, RED_EYE } from "../../core/scene/stereo/anaglyph.js";
import { eyeCameras } from "../../core/scene/stereo/eyes.js";
import { MONO, type StereoLayout, stereoFrame } from "../../core/scene/stereo/layout.js";
import { openRenderer } from "../../testing/render/open-renderer.js";
import { boxesScene, hillScene, type SmallScene } from "../../testing/render/small-scenes.js";
import {
  CLIP,
  cut,
  type Drawing,
  drawStereo,
  pixelAt,
} from "../../testing/render/stereo-drawing.js";
import type { Picture } from "./render-scene.js";

const { renderer, close } = await openRenderer();
after(close);

const draw = (scene: SmallScene, drawing?: Drawing) => drawStereo(renderer, scene, drawing);

const BOX = { x: 0.5, y: 0.5, half: 0.1 };

/** A green disk on a near plane and red disks on a far one, of which the map is exact. */
function twoPlanes(near: number, far: number): SmallScene {
  const size = { width: 640, height: 360 };
  const photo = new Uint8Array(3 * size.width * size.height);
  const disparity = new Uint16Array(size.width * size.height);
  for (let y = 0, i = 0; y < size.height; y++) {
    for (let x = 0; x < size.width; x++, i++) {
      const [u, v] = [(x + 0.5) / size.width, (y + 0.5) / size.height];
      const isNear = Math.abs(u - BOX.x) < BOX.half && Math.abs(v - BOX.y) < 2 * BOX.half;
      disparity[i] = Math.round(65535 * (isNear ? near : far));
      const spot = (cx: number, cy: number) =>
        255 * Math.max(0, Math.min(1, 9 - Math.hypot(x + 0.5 - 640 * cx, y + 0.5 - 360 * cy)));
      photo.set([spot(0.2, 0.5) + spot(0.8, 0.25), spot(0.5, 0.5), 0].map(Math.round), 3 * i);
    }
  }
  return { photo, photoSize: size, disparity, disparitySize: size };
}

/** Center of mass of a channel in columns from..to, in pixels of the picture. */
function centerX({ rgb, width, height }: Picture, channel: number, from = 0, to = width): number {
  let sum = 0;
  let weight = 0;
  for (let y = 0; y < height; y++) {
    for (let x = Math.floor(from); x < to; x++) {
      const value = rgb[3 * (y * width + x) + channel] ?? 0;
      sum += value * (x + 0.5);
      weight += value;
    }
  }
  return sum / weight;
}

async function views(scene: SmallScene, drawing: Drawing = {}): Promise<[Picture, Picture]> {
  const stereo = { layout: "side-by-side", ...drawing.stereo } as const;
  const both = await draw(scene, { ...drawing, stereo });
  const size = { width: both.width / 2, height: both.height };
  return [cut(both, 0, 0, size), cut(both, size.width, 0, size)];
}

const CAMERAS: readonly (readonly [string, CameraState])[] = [
  ["the default camera", DEFAULT_CAMERA],
  ["a camera in perspective", { ...DEFAULT_CAMERA, isometric: 0, height: 0.4 }],
  ["a camera that has moved", { ...DEFAULT_CAMERA, offset: { x: 0.3, y: 0.1 }, steady: 0.3 }],
  ["a camera without height", { ...DEFAULT_CAMERA, height: 0 }],
  ["a camera that is close", { ...DEFAULT_CAMERA, zoom: 0.7, dolly: 1 }],
];

for (const [name, camera] of CAMERAS) {
  test(`${name}: disparities in pixels are those of the formula`, async () => {
    for (const [edges, separationPercent, convergence] of [
      ["fill", 3, 0.5],
      ["stretch", 3, 0.5],
      ["fill", 5, 0.2],
    ] as const) {
      const stereo = { separationPercent, convergence };
      const [near, far] = [0.8, 0.1];
      const [left, right] = await views(twoPlanes(near, far), { camera, stereo, edges });
      const { B, D, k } = raysOf(camera);
      const w = (d: number) => B + k * (D - B) * d;
      const expected = (d: number) =>
        ((CLIP.width * stereo.separationPercent) / 100) *
        (d - stereo.convergence) *
        (w(stereo.convergence) / w(d));
      const apart = (channel: number, from?: number, to?: number) =>
        centerX(left, channel, from, to) - centerX(right, channel, from, to);
      const nearApart = apart(1);
      const farApart = apart(0, 0, CLIP.width / 2);
      assert.ok(nearApart > 0, "near: the left eye sees it further to the right");
      assert.ok(farApart < 0, "far: the left eye sees it further to the left");
      const [nearWanted, farWanted] = [expected(near), expected(far)];
      assert.ok(Math.abs(nearApart - nearWanted) < 0.5, `near ${nearApart}, not ${nearWanted}`);
      assert.ok(Math.abs(farApart - farWanted) < 0.5, `far ${farApart}, not ${farWanted}`);
    }
  });
}

test("without separation both views are the mono picture", async () => {
  const mono = await draw(boxesScene());
  const [left, right] = await views(boxesScene(), { stereo: { separationPercent: 0 } });
  assert.deepEqual(left.rgb, mono.rgb);
  assert.deepEqual(right.rgb, mono.rgb);
});

test("each layout has the views at their places, and swapped eyes at the other's", async () => {
  const scene = hillScene();
  const [left, right] = await views(scene);
  assert.notDeepEqual(left.rgb, right.rgb);
  const swapped = await views(scene, { stereo: { swapEyes: true } });
  assert.deepEqual([swapped[0].rgb, swapped[1].rgb], [right.rgb, left.rgb]);
  const above = await draw(scene, { stereo: { layout: "top-bottom" } });
  assert.deepEqual(cut(above, 0, 0, CLIP).rgb, left.rgb);
  assert.deepEqual(cut(above, 0, CLIP.height, CLIP).rgb, right.rgb);
});

test("a half layout has the mean of two pixels", async () => {
  const scene = hillScene();
  const eyes = await views(scene);
  for (const [layout, stepX, stepY] of [
    ["side-by-side-half", 2, 1],
    ["top-bottom-half", 1, 2],
  ] as const) {
    const half = await draw(scene, { stereo: { layout } });
    const size = { width: CLIP.width / stepX, height: CLIP.height / stepY };
    for (const [index, eye] of eyes.entries()) {
      const [x0, y0] = [index * (stepX - 1) * size.width, index * (stepY - 1) * size.height];
      const part = cut(half, x0, y0, size);
      for (let y = 0; y < size.height; y += 3) {
        for (let x = 0; x < size.width; x += 3) {
          const a = pixelAt(eye, stepX * x, stepY * y);
          const b = pixelAt(eye, stepX * x + stepX - 1, stepY * y + stepY - 1);
          for (const [channel, value] of pixelAt(part, x, y).entries()) {
            const mean = ((a[channel] ?? 0) + (b[channel] ?? 0)) / 2;
            assert.ok(Math.abs(value - mean) <= 1, `${layout} ${x},${y}: ${value}, not ${mean}`);
          }
        }
      }
    }
  }
});

const toLinear = (byte: number) =>
  byte / 255 <= 0.04045 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4;
const toByte = (linear: number) =>
  255 * (linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055);

test("an anaglyph mixes both views by the matrices in linear light", async () => {
  const scene = hillScene();
  const [left, right] = await views(scene);
  const mixed = await draw(scene, { stereo: { layout: "anaglyph" } });
  for (let y = 0; y < CLIP.height; y += 7) {
    for (let x = 0; x < CLIP.width; x += 7) {
      const [a, b] = [left, right].map((eye) => pixelAt(eye, x, y).map(toLinear));
      for (const [row, value] of pixelAt(mixed, x, y).entries()) {
        const dot = (matrix: typeof RED_EYE, rgb: readonly number[] = []) =>
          (matrix[row] ?? []).reduce((sum, factor, i) => sum + factor * (rgb[i] ?? 0), 0);
        const light = dot(RED_EYE, a) + dot(CYAN_EYE, b);
        const expected = toByte(Math.max(0, Math.min(1, light)));
        assert.ok(Math.abs(value - expected) <= 1.5, `${x},${y}: ${value}, not ${expected}`);
      }
    }
  }
});

test("known colors of an anaglyph: white stays white, pure colors go through both filters", async () => {
  const plain = (rgb: readonly number[]): SmallScene => {
    const scene = hillScene();
    return { ...scene, photo: Uint8Array.from(scene.photo, (_, i) => rgb[i % 3] ?? 0) };
  };
  for (const [color, expected] of [
    [
      [255, 255, 255],
      [255, 255, 255],
    ],
    [
      [0, 0, 0],
      [0, 0, 0],
    ],
    // In linear light (0.426, 0.315, 0) for red, (0.417, 0.699, 0) for green, (0.157, 0, 1).
    [
      [255, 0, 0],
      [175, 152, 0],
    ],
    [
      [0, 255, 0],
      [173, 218, 0],
    ],
    [
      [0, 0, 255],
      [111, 0, 255],
    ],
  ] as const) {
    const picture = await draw(plain(color), { stereo: { layout: "anaglyph" } });
    const pixel = pixelAt(picture, 320, 180);
    const off = Math.max(...pixel.map((value, i) => Math.abs(value - (expected[i] ?? 0))));
    assert.ok(off <= 1, `${color}: ${pixel}, not ${expected}`);
  }
});

test("no pixel is uncovered in either eye at the largest separation, at every preset", async () => {
  const white = { ...boxesScene(), photo: new Uint8Array(boxesScene().photo.length).fill(255) };
  const clip = { width: 96, height: 54 };
  for (const preset of PRESET_NAMES) {
    for (const camera of cameraPath({ preset, intensity: 1, phaseTurns: 0 }, 3)) {
      for (const [convergence, edges] of [
        [0, "fill"],
        [1, "fill"],
        [1, "stretch"],
      ] as const) {
        const stereo = { layout: "side-by-side", separationPercent: 10, convergence } as const;
        const { rgb } = await draw(white, { camera, clip, stereo, edges });
        assert.ok(Math.min(...rgb) >= 254, `${preset}, convergence ${convergence}`);
      }
    }
  }
});

test("effects are drawn in each view: both have their own vignette and the same grain", async () => {
  const gray: SmallScene = {
    ...hillScene(),
    photo: new Uint8Array(hillScene().photo.length).fill(128),
  };
  const effects = { ...NO_EFFECTS, vignette: { intensity: 0.8, decay: 20 }, grain: 0.1 };
  const [left, right] = await views(gray, { effects });
  assert.deepEqual(left.rgb, right.rgb);
  const mean = (picture: Picture) =>
    picture.rgb.reduce((sum, value) => sum + value, 0) / picture.rgb.length;
  const corner = (x: number, y: number) => mean(cut(left, x, y, { width: 24, height: 24 }));
  assert.ok(corner(308, 168) > 2 * corner(0, 0), "dark in the corner on the left");
  assert.ok(corner(308, 168) > 2 * corner(616, 336), "and on the right");
});

test("the frames of a clip are those of its stills, in each layout", async () => {
  const scene = hillScene();
  const layouts: StereoLayout[] = ["side-by-side", "top-bottom-half", "anaglyph", "vr180"];
  for (const layout of layouts) {
    const stereo = { ...MONO, layout };
    const clip = { width: 128, height: 96 };
    const { frame: composed, eye } = stereoFrame(clip, stereo, scene.photoSize);
    const sizes = { photo: scene.photoSize, disparity: scene.disparitySize, frame: eye.picture };
    const cameras = eyeCameras(DEFAULT_CAMERA, stereo, 4 / 3);
    const geometry = sceneGeometry(sizes, cameras, "fast");
    const open = await renderer.open({
      ...scene,
      ...eye,
      geometry,
      stereo: { ...stereo, composed },
    });
    const state = { camera: DEFAULT_CAMERA, effects: NO_EFFECTS };
    const { rgb } = await open.still(state, 0);
    for await (const { bytes } of open.frames([state], new AbortController().signal)) {
      assert.equal(bytes.length, (3 * composed.width * composed.height) / 2);
      for (const at of [5, 777, composed.width * composed.height - 9]) {
        const [r = 0, g = 0, b = 0] = rgb.subarray(3 * at, 3 * at + 3);
        const luma = 16 + (219 / 255) * (0.2126 * r + 0.7152 * g + 0.0722 * b);
        assert.ok(Math.abs((bytes[at] ?? 0) - luma) <= 1, `${layout}: luma of pixel ${at}`);
      }
    }
    await open.close();
  }
});
