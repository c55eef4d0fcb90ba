/** What each effect, supersampling and a padded picture cost per frame at 1080p. */

import type { SceneData } from "../../core/scene/clip/scene-data.js";
import { type EffectState, NO_EFFECTS } from "../../core/scene/effects.js";
import { sceneGeometry } from "../../core/scene/geometry.js";
import { cameraPath } from "../../core/scene/presets.js";
import type { Renderer } from "../../services/render/renderer.js";
import { openRenderer } from "../../testing/render/open-renderer.js";
import { type BenchScene, madeScenes } from "../../testing/render/scenes.js";
import { type BenchLine, figuresOf } from "../../testing/report-lines.js";

const FRAME = { width: 1920, height: 1080 };
/** Frames per round; the first ones pay for compiling and paging. */
const FRAMES = 8;
const WARM_UP_FRAMES = 3;
/** The best round counts, because other load on the machine only adds time. */
const ROUNDS = 5;

interface Case {
  readonly name: string;
  readonly effects?: Partial<EffectState>;
  readonly data?: Pick<SceneData, "ssaa" | "picture">;
}

const { depthOfField, lens, color } = NO_EFFECTS;
const PLAIN: Case = { name: "plain" };
const STRONG_BLUR = { depthOfField: { ...depthOfField, intensity: 2, start: 0.3 } };

const CASES: readonly Case[] = [
  PLAIN,
  { name: "depth of field 1", effects: { depthOfField: { ...depthOfField, intensity: 1 } } },
  { name: "depth of field 2, from 0.3", effects: STRONG_BLUR },
  {
    name: "depth of field 2, near",
    effects: { depthOfField: { ...depthOfField, intensity: 2, start: 0.5, end: 0 } },
  },
  {
    name: "depth of field 2, quality 16, 32 directions",
    effects: { depthOfField: { ...STRONG_BLUR.depthOfField, quality: 16, directions: 32 } },
  },
  { name: "lens 1", effects: { lens: { ...lens, intensity: 1 } } },
  {
    name: "lens 2, decay 0, quality 100",
    effects: { lens: { intensity: 2, decay: 0, quality: 100 } },
  },
  { name: "sharpen", effects: { sharpen: 1 } },
  { name: "color", effects: { color: { ...color, saturation: 130, gamma: 110 } } },
  { name: "vignette", effects: { vignette: { intensity: 0.5, decay: 20 } } },
  { name: "grain", effects: { grain: 0.03 } },
  {
    name: "all: depth of field 1, lens 1, sharpen, color, vignette, grain",
    effects: {
      depthOfField: { ...depthOfField, intensity: 1 },
      lens: { ...lens, intensity: 1 },
      sharpen: 1,
      color: { ...color, saturation: 130, gamma: 110 },
      vignette: { intensity: 0.5, decay: 20 },
      grain: 0.03,
    },
  },
  { name: "supersampled 2", data: { ssaa: 2 } },
  { name: "supersampled 3", data: { ssaa: 3 } },
  { name: "supersampled 4", data: { ssaa: 4 } },
  { name: "picture of 1440×1080", data: { picture: { x: 240, y: 0, width: 1440, height: 1080 } } },
];

export async function* effects(): AsyncGenerator<BenchLine> {
  const { renderer, close } = await openRenderer();
  const [scene] = madeScenes();
  if (!scene) throw new Error("no scene");
  const bestMs = new Map<string, number>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const effectCase of CASES) {
      const frameMs = await frameTime(renderer, scene, effectCase);
      const { name } = effectCase;
      bestMs.set(name, Math.min(frameMs, bestMs.get(name) ?? frameMs));
    }
  }
  const plainMs = bestMs.get(PLAIN.name) ?? Number.NaN;
  for (const [name, frameMs] of bestMs) {
    const figure = figuresOf("effects", name);
    yield figure("frame", frameMs, "ms");
    yield figure("over plain", frameMs - plainMs, "ms");
  }
  await close();
}

/** Milliseconds per frame, with read-back. */
async function frameTime(
  renderer: Renderer,
  scene: BenchScene,
  { effects, data }: Case,
): Promise<number> {
  const cameras = cameraPath({ preset: "circle", intensity: 1, phaseTurns: 0 }, FRAMES);
  const picture = data?.picture ?? FRAME;
  const sizes = { photo: scene.photoSize, disparity: scene.disparitySize, frame: picture };
  const open = await renderer.open({
    ...scene,
    ...data,
    frame: FRAME,
    geometry: sceneGeometry(sizes, cameras, "fast"),
  });
  const path = cameras.map((camera) => ({ camera, effects: { ...NO_EFFECTS, ...effects } }));
  let startedAtMs = 0;
  for await (const { frame } of open.frames(path, new AbortController().signal)) {
    if (frame === WARM_UP_FRAMES - 1) startedAtMs = performance.now();
  }
  const frameMs = (performance.now() - startedAtMs) / (FRAMES - WARM_UP_FRAMES);
  await open.close();
  return frameMs;
}
