/**
 * Properties of every picture, in every quality: a still camera shows the photo, no pixel is left
 * uncovered, and loops have no seam.
 */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { aimAlong } from "../../core/scene/aim.js";
import { type CameraState, DEFAULT_CAMERA } from "../../core/scene/camera.js";
import { NO_EFFECTS } from "../../core/scene/effects.js";
import { type FrameState, withoutEffects, withState } from "../../core/scene/frame-state.js";
import { photoHalfSides, sceneGeometry } from "../../core/scene/geometry.js";
import { cameraPath, defaultLoopMode, PRESET_NAMES, PRESETS } from "../../core/scene/presets.js";
import { QUALITIES, type Quality } from "../../core/scene/quality.js";
import { STATE_PARAMETERS } from "../../core/spec/parameters.js";
import { rmsDifference } from "../../testing/encode/video.js";
import { seededRandom } from "../../testing/random.js";
import { openRenderer } from "../../testing/render/open-renderer.js";
import { boxesScene, hillScene, type SmallScene } from "../../testing/render/small-scenes.js";

const { renderer, close } = await openRenderer();
after(close);

/** The size of the photo, so that a pixel of the default camera is a texel. */
const FRAME = { width: 320, height: 180 };
const DEFAULT_STATE: FrameState = { camera: DEFAULT_CAMERA, effects: NO_EFFECTS };

async function pictures(
  scene: SmallScene,
  states: readonly FrameState[],
  quality: Quality,
  frame = FRAME,
): Promise<Uint8Array[]> {
  const sizes = { photo: scene.photoSize, disparity: scene.disparitySize, frame };
  const cameras = states.map(({ camera }) => camera);
  const geometry = sceneGeometry(sizes, cameras, quality);
  const open = await renderer.open({ ...scene, frame, geometry });
  const drawn: Uint8Array[] = [];
  for (const [i, state] of states.entries()) drawn.push((await open.still(state, i)).rgb);
  await open.close();
  return drawn;
}

const psnr = (a: Uint8Array, b: Uint8Array) =>
  20 * Math.log10(255 / Math.max(1e-6, rmsDifference(a, b)));

for (const quality of QUALITIES) {
  test(`${quality}: the preset still shows the photo`, async () => {
    const states = withoutEffects(cameraPath({ preset: "still", intensity: 1, phaseTurns: 0 }, 1));
    for (const scene of [hillScene(), boxesScene()]) {
      const [picture = new Uint8Array()] = await pictures(scene, states, quality);
      const decibels = psnr(picture, scene.photo);
      assert.ok(decibels >= 45, `${decibels} dB`);
    }
  });

  test(`${quality}: at height 0 every camera shows the photo`, async () => {
    const random = seededRandom(9);
    const between = (low: number, high: number) => low + (high - low) * random();
    const cameras = Array.from(
      { length: 12 },
      (): CameraState => ({
        ...DEFAULT_CAMERA,
        height: 0,
        isometric: random(),
        dolly: between(0, 20),
        steady: random(),
        focus: random(),
        offset: { x: between(-4, 4), y: between(-1, 1) },
        origin: { x: between(-4, 4), y: between(-1, 1) },
      }),
    );
    const scene = boxesScene();
    for (const picture of await pictures(scene, withoutEffects(cameras), quality)) {
      const decibels = psnr(picture, scene.photo);
      assert.ok(decibels >= 45, `${decibels} dB`);
    }
  });
}

/** A white photo, so that an uncovered pixel shows as black. */
function whiteScene(): SmallScene {
  const scene = boxesScene();
  return { ...scene, photo: new Uint8Array(scene.photo.length).fill(255) };
}

const SMALL = { width: 96, height: 54 };

for (const preset of PRESET_NAMES) {
  test(`${preset}: no pixel is uncovered at intensity 4, in any quality`, async () => {
    const path = withoutEffects(cameraPath({ preset, intensity: 4, phaseTurns: 0 }, 8));
    for (const quality of QUALITIES) {
      for (const [frame, picture] of (
        await pictures(whiteScene(), path, quality, SMALL)
      ).entries()) {
        assert.ok(Math.min(...picture) >= 254, `${quality}, frame ${frame}`);
      }
    }
  });
}

test("push-in towards a corner shows no pixel beyond the photo's edge", async () => {
  const scene = whiteScene();
  for (const frame of [SMALL, { width: 54, height: 54 }, { width: 32, height: 64 }]) {
    const aspect = frame.width / frame.height;
    const halfSides = photoHalfSides(scene.photoSize, aspect);
    const target = { x: 0.95 * halfSides.x, y: -0.95 * halfSides.y };
    // Beyond the edge of a photo that is not mirrored everything is black.
    const states = Array.from({ length: 9 }, (_, i) => {
      const { camera } = PRESETS["push-in"].state(i / 8, 2, { target });
      return { ...camera, target, mirror: false };
    });
    const aim = aimAlong(states, { aspect, halfSides });
    const unaimed = states.map((camera) => ({ ...camera, center: target }));
    const least = async (cameras: readonly CameraState[]) => {
      const drawn = await pictures(scene, withoutEffects(cameras), "fast", frame);
      return Math.min(...drawn.map((picture) => Math.min(...picture)));
    };
    assert.ok((await least(states.map(aim))) >= 254, JSON.stringify(frame));
    assert.equal(await least(unaimed), 0, "the test can tell");
  }
});

test("no camera of the allowed ranges sees past the far plane", async () => {
  const random = seededRandom(21);
  const between = (low: number, high: number) => low + (high - low) * random();
  const cameras = Array.from(
    { length: 24 },
    (): CameraState => ({
      height: between(0.9, 0.999),
      steady: random() < 0.5 ? 1 : random(),
      focus: random() < 0.5 ? 1 : random(),
      zoom: between(1, 2),
      isometric: random() < 0.5 ? 0 : random(),
      dolly: random() < 0.5 ? 0 : between(0, 20),
      offset: { x: between(-4, 4), y: between(-1, 1) },
      center: { x: between(-4, 4), y: between(-1, 1) },
      origin: { x: between(-4, 4), y: between(-1, 1) },
      target: { x: 0, y: 0 },
      sticky: random() < 0.5,
      mirror: true,
      invert: random() < 0.5 ? 0 : random(),
    }),
  );
  for (const [i, camera] of cameras.entries()) {
    const [picture] = await pictures(whiteScene(), withoutEffects([camera]), "fast", SMALL);
    assert.ok(Math.min(...(picture ?? [0])) >= 254, `camera ${i}: ${JSON.stringify(camera)}`);
  }
});

test("the far plane of an inverted scene changes nothing in front of it", async () => {
  const inverted: CameraState = { ...DEFAULT_CAMERA, invert: 1 };
  const far: CameraState = { ...inverted, zoom: 2, offset: { x: 4, y: 1 }, center: { x: 4, y: 1 } };
  const states = withoutEffects([inverted, far]);
  const [alone] = await pictures(boxesScene(), states.slice(0, 1), "fast", SMALL);
  const [beside] = await pictures(boxesScene(), states, "fast", SMALL);
  const decibels = psnr(alone ?? new Uint8Array(), beside ?? new Uint8Array());
  assert.ok(decibels >= 35, `${decibels} dB`);
});

/** Both ends of a parameter's range, or just inside an end that is excluded. */
function endsOf(name: keyof typeof STATE_PARAMETERS): (number | boolean)[] {
  const row = STATE_PARAMETERS[name];
  if (row.kind === "flag") return [true, false];
  if (row.kind !== "number") throw new Error(`${name} is no number or flag of a frame's state`);
  const { minimum, maximum } = row;
  const exclusive: string | undefined = "exclusive" in row ? row.exclusive : undefined;
  const inside = 1e-3 * (maximum - minimum);
  return [
    exclusive === "minimum" ? minimum + inside : minimum,
    exclusive === "maximum" ? maximum - inside : maximum,
  ];
}

for (const name of Object.keys(STATE_PARAMETERS) as (keyof typeof STATE_PARAMETERS)[]) {
  test(`${name}: both ends of its range are drawn`, async () => {
    const states = endsOf(name).map((value) => withState(DEFAULT_STATE, name, value));
    const coversAll = name.startsWith("camera.") && name !== "camera.mirror";
    for (const quality of QUALITIES) {
      for (const [end, picture] of (
        await pictures(whiteScene(), states, quality, SMALL)
      ).entries()) {
        assert.equal(picture.length, 3 * SMALL.width * SMALL.height);
        if (coversAll) assert.ok(Math.min(...picture) >= 254, `${quality}, end ${end}`);
      }
    }
  });
}

test("without mirror the photo ends in black, and with mirror it continues", async () => {
  const outside: CameraState = { ...DEFAULT_CAMERA, zoom: 2 };
  const [mirrored, ending] = await pictures(
    whiteScene(),
    withoutEffects([outside, { ...outside, mirror: false }]),
    "fine",
    SMALL,
  );
  assert.equal(Math.min(...(mirrored ?? [])), 255);
  assert.deepEqual([...(ending ?? []).slice(0, 3)], [0, 0, 0]);
  const middle = 3 * (27 * SMALL.width + 48);
  assert.deepEqual([...(ending ?? []).slice(middle, middle + 3)], [255, 255, 255]);
});

for (const preset of PRESET_NAMES.filter((name) => defaultLoopMode(name) === "loop")) {
  test(`${preset}: the last frame is as close to the first as neighboring frames are`, async () => {
    const path = withoutEffects(cameraPath({ preset, intensity: 1, phaseTurns: 0 }, 24));
    const drawn = await pictures(hillScene(), path, "fine", SMALL);
    const steps = drawn.map((picture, i) =>
      rmsDifference(picture, drawn[(i + 1) % drawn.length] ?? picture),
    );
    const closing = steps.at(-1) ?? Number.NaN;
    assert.ok(closing <= 1.05 * Math.max(...steps.slice(0, -1)), `${closing}`);
  });
}
