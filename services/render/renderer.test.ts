/** Frames from the real GL thread: determinism, effects, supersampling, black bars and memory. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, test } from "node:test";
import type { Size } from "../../core/geometry/size.js";
import type { SceneData } from "../../core/scene/clip/scene-data.js";
import { type EffectState, NO_EFFECTS } from "../../core/scene/effects.js";
import { type FrameState, withoutEffects } from "../../core/scene/frame-state.js";
import { cameraPath } from "../../core/scene/presets.js";
import { blocksOf, type Plane, planesOf } from "../../testing/encode/i420-frames.js";
import { eventually } from "../../testing/eventually.js";
import { seededRandom } from "../../testing/random.js";
import { openRenderer } from "../../testing/render/open-renderer.js";
import { boxesScene, hillScene, sceneData } from "../../testing/render/small-scenes.js";

const { renderer, close } = await openRenderer();
after(close);

const FRAME: Size = { width: 128, height: 72 };
const CAMERAS = cameraPath({ preset: "circle", intensity: 1, phaseTurns: 0 }, 6);
const PATH = withoutEffects(CAMERAS);
const EFFECTS: EffectState = {
  ...NO_EFFECTS,
  vignette: { intensity: 0.5, decay: 20 },
  lens: { intensity: 1, decay: 0.2, quality: 10 },
  depthOfField: { ...NO_EFFECTS.depthOfField, intensity: 1, start: 0.3 },
  color: { ...NO_EFFECTS.color, saturation: 130 },
  grain: 0.02,
  sharpen: 0.5,
};
const withEffects = (effects: EffectState): FrameState[] =>
  CAMERAS.map((camera) => ({ camera, effects }));

async function draw(data: SceneData, path: readonly FrameState[]): Promise<Uint8Array[]> {
  const scene = await renderer.open(data);
  const frames: Uint8Array[] = [];
  for await (const { bytes } of scene.frames(path, new AbortController().signal)) {
    frames.push(bytes.slice());
  }
  await scene.close();
  return frames;
}

const hashes = (frames: readonly Uint8Array[]) =>
  frames.map((bytes) => createHash("sha256").update(bytes).digest("hex"));

const rms = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += ((a[i] ?? 0) - (b[i] ?? 0)) ** 2;
  return Math.sqrt(sum / a.length);
};

test("the same input gives the same frames, with every effect", async () => {
  const data = sceneData(boxesScene(), CAMERAS, FRAME, { ssaa: 2, seed: 7 });
  const first = hashes(await draw(data, withEffects(EFFECTS)));
  assert.deepEqual(hashes(await draw(data, withEffects(EFFECTS))), first);
  assert.equal(new Set(first).size, first.length);
});

test("effects of intensity 0 change no bit", async () => {
  const data = sceneData(boxesScene(), CAMERAS, FRAME);
  const idle: EffectState = {
    ...NO_EFFECTS,
    vignette: { intensity: 0, decay: 100 },
    lens: { intensity: 0, decay: 0, quality: 100 },
    depthOfField: { ...EFFECTS.depthOfField, intensity: 0 },
  };
  assert.deepEqual(await draw(data, withEffects(idle)), await draw(data, PATH));
});

test("depth of field uses the scene's disparity: only far parts are blurred", async () => {
  const [still] = cameraPath({ preset: "still", intensity: 1, phaseTurns: 0 }, 1);
  if (!still) return assert.fail();
  const data = sceneData(boxesScene(), [still], FRAME);
  const depthOfField = { ...NO_EFFECTS.depthOfField, intensity: 2, start: 0.5, exponent: 1 };
  const [plain] = await draw(data, withoutEffects([still]));
  const [blurred] = await draw(data, [{ camera: still, effects: { ...NO_EFFECTS, depthOfField } }]);
  if (!plain || !blurred) return assert.fail();
  // Inside the nearer box and well beside both, rows from the top as in the map.
  const change = (x: number, y: number) => {
    const patch = (bytes: Uint8Array) =>
      Array.from({ length: 100 }, (_, i) => {
        const column = Math.round(x * FRAME.width) + (i % 10);
        const row = Math.round(y * FRAME.height) + Math.floor(i / 10);
        return bytes[row * FRAME.width + column] ?? 0;
      });
    return rms(patch(plain), patch(blurred));
  };
  assert.equal(change(0.25, 0.5), 0);
  assert.ok(change(0.9, 0.8) > 3, String(change(0.9, 0.8)));
});

test("grain differs in each frame of a still clip and depends on the scene's seed", async () => {
  const [still] = cameraPath({ preset: "still", intensity: 1, phaseTurns: 0 }, 1);
  if (!still) return assert.fail();
  const path = Array.from({ length: 4 }, () => ({
    camera: still,
    effects: { ...NO_EFFECTS, grain: 0.05 },
  }));
  const seeded = (seed: number) => draw(sceneData(hillScene(), [still], FRAME, { seed }), path);
  const [one, two] = [hashes(await seeded(1)), hashes(await seeded(2))];
  assert.equal(new Set([...one, ...two]).size, 8);
});

test("more supersampling comes closer to the scene drawn four times larger", async () => {
  const large = { width: 4 * FRAME.width, height: 4 * FRAME.height };
  const lumaMeans = async (data: SceneData, columns: number, rows: number) => {
    const [, frame] = await draw(data, PATH.slice(0, 2));
    if (!frame) throw new Error("no frame");
    return blocksOf(planesOf(frame, data.frame).y, columns, rows).map(({ mean }) => mean);
  };
  const { width, height } = FRAME;
  // Noise of single pixels, which a frame smaller than the photo cannot show.
  const random = seededRandom(3);
  const scene = { ...boxesScene(), photo: boxesScene().photo.map(() => 256 * random()) };
  const reference = await lumaMeans(sceneData(scene, CAMERAS, large), width, height);
  const errors: number[] = [];
  for (const ssaa of [1, 2, 4] as const) {
    const data = sceneData(scene, CAMERAS, FRAME, { ssaa });
    errors.push(rms(await lumaMeans(data, width, height), reference));
  }
  const [none = 0, twice = 0, four = 0] = errors;
  assert.ok(twice < 0.6 * none && four < 0.3 * none, `errors ${errors} levels`);
});

test("a picture smaller than its frame is drawn unchanged between black bars", async () => {
  const alone = { width: 96, height: 72 };
  const picture = { x: 16, y: 0, ...alone };
  const [frame] = await draw(sceneData(hillScene(), CAMERAS, FRAME, { picture }), PATH);
  const [small] = await draw(sceneData(hillScene(), CAMERAS, alone), PATH);
  if (!frame || !small) return assert.fail();
  const whole = planesOf(frame, FRAME);
  const part = planesOf(small, alone);
  for (const [plane, black] of [
    ["y", 16],
    ["u", 128],
    ["v", 128],
  ] as const) {
    assert.deepEqual(whole[plane].values, framed(part[plane], whole[plane].size, black));
  }
});

/** A plane in the middle of a wider one. */
function framed({ size, values }: Plane, frame: Size, black: number): Uint8Array {
  const left = (frame.width - size.width) / 2;
  return Uint8Array.from({ length: frame.width * frame.height }, (_, i) => {
    const x = (i % frame.width) - left;
    const inside = x >= 0 && x < size.width;
    return inside ? (values[Math.floor(i / frame.width) * size.width + x] ?? 0) : black;
  });
}

test("supersampling beyond the driver's limit is lowered with a note", async () => {
  const frame = { width: 12_000, height: 4 };
  const scene = await renderer.open(sceneData(hillScene(), CAMERAS, frame, { ssaa: 4 }));
  assert.deepEqual(
    scene.notes.map(({ code }) => code),
    ["SSAA_LOWERED"],
  );
  await scene.close();
  const plain = await renderer.open(sceneData(hillScene(), CAMERAS, FRAME, { ssaa: 4 }));
  assert.deepEqual(plain.notes, []);
  await plain.close();
});

test("memory does not grow over many scenes with effects", async () => {
  const frame = { width: 256, height: 144 };
  const picture = { x: 0, y: 8, width: 256, height: 128 };
  const data: SceneData = {
    ...sceneData(hillScene(), CAMERAS, frame, { ssaa: 2, picture }),
  };
  const path = withEffects(EFFECTS).slice(0, 1);
  const rounds = async (count: number) => {
    for (let i = 0; i < count; i++) await draw(data, path);
    return process.memoryUsage.rss() / 2 ** 20;
  };
  const before = await rounds(50);
  const grown = (await rounds(150)) - before;
  // The targets of one such scene take 3 MiB.
  assert.ok(grown < 50, `${grown.toFixed(1)} MiB over 150 scenes`);
});

test("the memory of large frames that were kept goes back to the system", async () => {
  const frame = { width: 3840, height: 2160 };
  const cameras = cameraPath({ preset: "horizontal", intensity: 1, phaseTurns: 0 }, 16);
  const scene = await renderer.open(sceneData(hillScene(), cameras, frame));
  const mib = () => process.memoryUsage.rss() / 2 ** 20;
  // In a function of its own, whose variables end with it.
  const grown = async () => {
    let before = 0;
    for await (const { bytes } of scene.frames(
      withoutEffects(cameras),
      new AbortController().signal,
    )) {
      before ||= mib();
      assert.equal(bytes.length, 1.5 * frame.width * frame.height);
    }
    return { before, after: mib() };
  };
  const { before, after } = await grown();
  // Seven frames of 12 MiB are kept beside the first ones.
  assert.ok(after - before > 60, `${after - before} MiB`);
  await scene.close();
  await eventually("the memory goes back", () => mib() < before + 10);
});
