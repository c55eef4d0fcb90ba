/**
 * The golden frames: a few scenes, each at one frame of a camera movement, with and without
 * effects.
 */
import type { Size } from "../../core/geometry/size.js";
import type { SceneData } from "../../core/scene/clip/scene-data.js";
import { type EffectState, NO_EFFECTS } from "../../core/scene/effects.js";
import { cameraPath, type PresetName } from "../../core/scene/presets.js";
import type { Renderer } from "../../services/render/renderer.js";
import {
  boxesScene,
  hillScene,
  photographScene,
  type SmallScene,
  sceneData,
} from "../../testing/render/small-scenes.js";

export const FRAME: Size = { width: 256, height: 144 };
/** Frames of the clip, and the frame that is drawn: one in the middle of the movement. */
const FRAMES = 24;
const DRAWN_FRAME = 5;

interface Style {
  readonly effects?: Partial<EffectState>;
  readonly data?: Pick<SceneData, "picture" | "ssaa" | "seed">;
}

const SCENES: Readonly<
  Record<string, readonly [() => SmallScene | Promise<SmallScene>, PresetName]>
> = {
  photograph: [photographScene, "circle"],
  hill: [hillScene, "dolly"],
  boxes: [boxesScene, "horizontal"],
};

const { color, depthOfField, lens } = NO_EFFECTS;

const STYLES: Readonly<Record<string, Style>> = {
  plain: {},
  "far out of focus": {
    effects: { depthOfField: { ...depthOfField, intensity: 2, start: 0.3, exponent: 1 } },
  },
  "near out of focus": {
    effects: { depthOfField: { ...depthOfField, intensity: 2, start: 0.8, end: 0, exponent: 1 } },
  },
  "dark corners through a lens": {
    effects: { vignette: { intensity: 1, decay: 60 }, lens: { ...lens, intensity: 2, decay: 0 } },
  },
  "graded and sharp": {
    effects: { color: { ...color, saturation: 160, contrast: 140, gamma: 150 }, sharpen: 1 },
  },
  "sepia with grain": { effects: { color: { ...color, sepia: 100 }, grain: 0.05 } },
  "supersampled between bars": {
    data: { ssaa: 2, picture: { x: 56, y: 0, width: 144, height: 144 } },
  },
};

export interface GoldenFrame {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export async function* goldenFrames(renderer: Renderer): AsyncGenerator<GoldenFrame> {
  for (const [scene, [make, preset]] of Object.entries(SCENES)) {
    const cameras = cameraPath({ preset, intensity: 1, phaseTurns: 0 }, FRAMES);
    const made = await make();
    for (const [style, { effects, data }] of Object.entries(STYLES)) {
      const open = await renderer.open(sceneData(made, cameras, FRAME, data));
      const path = cameras
        .slice(DRAWN_FRAME, DRAWN_FRAME + 1)
        .map((camera) => ({ camera, effects: { ...NO_EFFECTS, ...effects } }));
      for await (const { bytes } of open.frames(path, new AbortController().signal)) {
        yield { name: `${scene}, ${style}`, bytes };
      }
      await open.close();
    }
  }
}
