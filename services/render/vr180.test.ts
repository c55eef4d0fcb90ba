/** VR180, drawn: the sphere's angles, where the view ends, and the window of both eyes. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { DEFAULT_CAMERA } from "../../core/scene/camera.js";
import { openRenderer } from "../../testing/render/open-renderer.js";
import { hillScene, type SmallScene } from "../../testing/render/small-scenes.js";
import { cut, type Drawing, drawStereo, pixelAt } from "../../testing/render/stereo-drawing.js";
import type { Picture } from "./render-scene.js";

const { renderer, close } = await openRenderer();
after(close);

const draw = (scene: SmallScene, drawing: Drawing) => drawStereo(renderer, scene, drawing);

const VR_SIDE = 512;
const angleOf = (pixels: number) => (pixels / VR_SIDE - 0.5) * Math.PI;

/**
 * Longitude and latitude of the middle of a spot of this channel in an eye's square, in radians.
 */
function direction(square: Picture, channel: number): { longitude: number; latitude: number } {
  let [sum, x, y] = [0, 0, 0];
  for (let row = 0; row < square.height; row++) {
    for (let column = 0; column < square.width; column++) {
      const value = square.rgb[3 * (row * square.width + column) + channel] ?? 0;
      sum += value;
      x += value * (column + 0.5);
      y += value * (row + 0.5);
    }
  }
  return { longitude: angleOf(x / sum), latitude: -angleOf(y / sum) };
}

/** A black photo with one small white spot at (u, v), in parts of its sides from the top left. */
function spotScene(u: number, v: number): SmallScene {
  const size = { width: 640, height: 480 };
  const photo = new Uint8Array(3 * size.width * size.height);
  for (let y = 0, i = 0; y < size.height; y++) {
    for (let x = 0; x < size.width; x++, i += 3) {
      const distance = Math.hypot(x + 0.5 - u * size.width, y + 0.5 - v * size.height);
      photo.fill(255 * Math.max(0, Math.min(1, 6 - distance)), i, i + 3);
    }
  }
  const map = { width: 64, height: 48 };
  const disparity = new Uint16Array(map.width * map.height);
  return { photo, photoSize: size, disparity, disparitySize: map };
}

test("a point of the photo is at its longitude and latitude, in both eyes", async () => {
  const clip = { width: VR_SIDE, height: (VR_SIDE * 3) / 4 };
  for (const fieldOfViewDegrees of [60, 90, 110]) {
    const half = Math.tan((fieldOfViewDegrees * Math.PI) / 360);
    for (const [u, v] of [
      [0.5, 0.5],
      [0.8, 0.5],
      [0.5, 0.2],
      [0.2, 0.75],
    ] as const) {
      const stereo = { layout: "vr180", fieldOfViewDegrees, convergence: 0 } as const;
      const camera = { ...DEFAULT_CAMERA, height: 0 };
      const both = await draw(spotScene(u, v), { camera, clip, stereo });
      assert.deepEqual([both.width, both.height], [2 * VR_SIDE, VR_SIDE]);
      // The photo hangs at distance 1: x to the right, y upwards.
      const [x, y] = [half * (2 * u - 1), half * 0.75 * (1 - 2 * v)];
      const expected = { longitude: Math.atan(x), latitude: Math.atan(y / Math.hypot(1, x)) };
      for (const left of [0, VR_SIDE]) {
        const found = direction(cut(both, left, 0, { width: VR_SIDE, height: VR_SIDE }), 1);
        for (const angle of ["longitude", "latitude"] as const) {
          const off = (Math.abs(found[angle] - expected[angle]) * 180) / Math.PI;
          assert.ok(off < 0.3, `${fieldOfViewDegrees}°, ${u},${v}: ${angle} is ${off}° off`);
        }
      }
    }
  }
});

test("the view ends at its field of view with a soft edge, and around it is black", async () => {
  const scene = hillScene();
  const white = { ...scene, photo: new Uint8Array(scene.photo.length).fill(255) };
  const clip = { width: VR_SIDE, height: (VR_SIDE * 9) / 16 };
  const vr180 = { layout: "vr180", fieldOfViewDegrees: 90, convergence: 0 } as const;
  const both = await draw(white, { clip, stereo: { ...vr180, separationPercent: 0 } });
  const row = Array.from({ length: VR_SIDE }, (_, x) => pixelAt(both, x, VR_SIDE / 2)[1] ?? 0);
  const edge = VR_SIDE / 4;
  assert.equal(Math.max(...row.slice(0, edge - 1)), 0);
  assert.equal(Math.min(...row.slice(edge + 10, VR_SIDE - edge - 10)), 255);
  const ramp = row.slice(edge, edge + 9);
  assert.deepEqual(
    [...ramp].sort((a, b) => a - b),
    ramp,
    "it brightens towards the view",
  );
  assert.ok(ramp.some((value) => value > 60 && value < 200));
});

test("the field of view of a portrait is that of its height", async () => {
  const scene = hillScene();
  const white = { ...scene, photo: new Uint8Array(scene.photo.length).fill(255) };
  const clip = { width: VR_SIDE / 2, height: VR_SIDE };
  const both = await draw(white, { clip, stereo: { layout: "vr180", separationPercent: 0 } });
  const lit = (values: readonly number[]) => values.filter((value) => value > 127).length;
  const line = (at: (i: number) => readonly [number, number]) =>
    Array.from({ length: VR_SIDE }, (_, i) => pixelAt(both, ...at(i))[1] ?? 0);
  const degrees = (pixels: number) => (180 * pixels) / VR_SIDE;
  const tall = degrees(lit(line((i) => [VR_SIDE / 2, i])));
  const wide = degrees(lit(line((i) => [i, VR_SIDE / 2])));
  // Half of the faded edge is lit on either side.
  assert.ok(Math.abs(tall - (90 - 3)) < 1, `${tall}`);
  assert.ok(Math.abs(wide - ((360 / Math.PI) * Math.atan(0.5) - 3)) < 1, `${wide}`);
});

test("the window has the parallax of the nearest plane", async () => {
  const scene = hillScene();
  const white = { ...scene, photo: new Uint8Array(scene.photo.length).fill(255) };
  const clip = { width: VR_SIDE, height: (VR_SIDE * 9) / 16 };
  const stereo = { layout: "vr180", separationPercent: 10, convergence: 0 } as const;
  const both = await draw(white, { clip, stereo });
  /** The first and the last longitude that is half as bright as the photo, at the horizon. */
  const ends = (left: number) => {
    const row = Array.from({ length: VR_SIDE }, (_, x) => pixelAt(both, left + x, VR_SIDE / 2)[1]);
    const bright = row.flatMap((value = 0, x) => (value > 127 ? [x] : []));
    return [bright[0] ?? 0, (bright.at(-1) ?? 0) + 1].map(angleOf);
  };
  const [[leftBegin = 0, leftEnd = 0], [rightBegin = 0, rightEnd = 0]] = [ends(0), ends(VR_SIDE)];
  const fade = (1.5 * Math.PI) / 180;
  // A tenth of the view's width, which is 2 at distance 1.
  const inner = Math.atan(1 - 0.2);
  for (const [actual, expected] of [
    [leftBegin, -inner + fade],
    [leftEnd, Math.PI / 4 - fade],
    [rightBegin, -Math.PI / 4 + fade],
    [rightEnd, inner - fade],
  ] as const) {
    assert.ok(Math.abs(actual - expected) < 0.01, `${actual}, not ${expected}`);
  }
});
