/** Draws stereo pictures of small scenes for tests, and reads their parts. */
import assert from "node:assert/strict";
import type { Size } from "../../core/geometry/size.js";
import { type CameraState, DEFAULT_CAMERA } from "../../core/scene/camera.js";
import type { Edges } from "../../core/scene/edges.js";
import { type EffectState, NO_EFFECTS } from "../../core/scene/effects.js";
import { sceneGeometry } from "../../core/scene/geometry.js";
import { eyeCameras } from "../../core/scene/stereo/eyes.js";
import { MONO, type StereoSpec, stereoFrame } from "../../core/scene/stereo/layout.js";
import type { Picture } from "../../services/render/render-scene.js";
import type { Renderer } from "../../services/render/renderer.js";
import type { SmallScene } from "./small-scenes.js";

/** The size of a clip where a test needs no other, in pixels. */
export const CLIP: Size = { width: 640, height: 360 };

export interface Drawing {
  readonly stereo?: Partial<StereoSpec>;
  readonly camera?: CameraState;
  readonly clip?: Size;
  readonly effects?: EffectState;
  readonly edges?: Edges;
}

/** One still; checks that it has the size that the layout states. */
export async function drawStereo(
  renderer: Renderer,
  scene: SmallScene,
  drawing: Drawing = {},
): Promise<Picture> {
  const { camera = DEFAULT_CAMERA, clip = CLIP, effects = NO_EFFECTS, edges = "fill" } = drawing;
  const stereo = { ...MONO, ...drawing.stereo };
  const { frame: composed, eye } = stereoFrame(clip, stereo, scene.photoSize);
  const { frame, picture } = eye;
  const sizes = { photo: scene.photoSize, disparity: scene.disparitySize, frame: picture };
  const cameras = eyeCameras(camera, stereo, picture.width / picture.height);
  const open = await renderer.open({
    ...scene,
    ...{ frame, picture, geometry: sceneGeometry(sizes, cameras, "fine", edges) },
    ...(stereo.layout !== "none" && { stereo: { ...stereo, composed } }),
  });
  try {
    assert.deepEqual(open.size, composed);
    return await open.still({ camera, effects }, 0);
  } finally {
    await open.close();
  }
}

/** The part of a picture at x, y. */
export function cut({ rgb, width }: Picture, x: number, y: number, size: Size): Picture {
  const part = new Uint8Array(3 * size.width * size.height);
  for (let row = 0; row < size.height; row++) {
    const from = 3 * ((y + row) * width + x);
    part.set(rgb.subarray(from, from + 3 * size.width), 3 * row * size.width);
  }
  return { rgb: part, ...size };
}

/** Red, green and blue. */
export const pixelAt = ({ rgb, width }: Picture, x: number, y: number) => [
  ...rgb.subarray(3 * (y * width + x), 3 * (y * width + x) + 3),
];
