/**
 * Small scenes that render in milliseconds: synthetic ones, and a sample photo with synthetic
 * depth.
 */
import sharp from "sharp";
import type { Size } from "../../core/geometry/size.js";
import type { CameraState } from "../../core/scene/camera.js";
import type { SceneData } from "../../core/scene/clip/scene-data.js";
import { sceneGeometry } from "../../core/scene/geometry.js";
import { packagePath } from "../../kit/process/package-path.js";

const PHOTO: Size = { width: 320, height: 180 };
const MAP: Size = { width: 160, height: 90 };

/**
 * Blobs of several sizes that differ between the channels, so that there is detail at every scale.
 */
function blobs(shift: number): Uint8Array {
  const rgb = new Uint8Array(3 * PHOTO.width * PHOTO.height);
  for (let y = 0, at = 0; y < PHOTO.height; y++) {
    for (let x = 0; x < PHOTO.width; x++) {
      for (let channel = 0; channel < 3; channel++, at++) {
        const phase = shift + 2.1 * channel;
        const coarse = Math.sin(x / 31 + phase) * Math.cos(y / 23 - phase) + Math.sin((x + y) / 47);
        const fine = Math.sin(x / 2.3 + phase) * Math.sin(y / 1.9);
        rgb[at] = Math.max(0, Math.min(255, 128 + 45 * coarse + 25 * fine));
      }
    }
  }
  return rgb;
}

/** A 16-bit map from a function of x and y in [0, 1]. */
function map(disparity: (x: number, y: number) => number): Uint16Array {
  return Uint16Array.from({ length: MAP.width * MAP.height }, (_, i) => {
    const x = ((i % MAP.width) + 0.5) / MAP.width;
    const y = (Math.floor(i / MAP.width) + 0.5) / MAP.height;
    return Math.round(65535 * Math.max(0, Math.min(1, disparity(x, y))));
  });
}

const hill = (x: number, y: number) =>
  0.3 * y + 0.7 * Math.exp(-12 * ((x - 0.45) ** 2 + (y - 0.5) ** 2));

const boxes = (x: number, y: number) => {
  if (Math.abs(x - 0.3) < 0.12 && Math.abs(y - 0.55) < 0.3) return 0.9;
  if (Math.abs(x - 0.7) < 0.09 && Math.abs(y - 0.4) < 0.2) return 0.6;
  return 0.1;
};

export type SmallScene = Pick<SceneData, "photo" | "photoSize" | "disparity" | "disparitySize">;

export const hillScene = (): SmallScene => madeScene(blobs(0), hill);
export const boxesScene = (): SmallScene => madeScene(blobs(1), boxes);

export async function photographScene(): Promise<SmallScene> {
  const photo = await sharp(packagePath("samples", "coffee.png"))
    .resize(PHOTO.width, PHOTO.height, { fit: "cover" })
    .removeAlpha()
    .raw()
    .toBuffer();
  return madeScene(new Uint8Array(photo), hill);
}

function madeScene(photo: Uint8Array, disparity: (x: number, y: number) => number): SmallScene {
  return { photo, photoSize: PHOTO, disparity: map(disparity), disparitySize: MAP };
}

/** The input of the renderer for this scene and camera path, at quality fine. */
export function sceneData(
  scene: SmallScene,
  path: readonly CameraState[],
  frame: Size,
  more: Pick<SceneData, "picture" | "ssaa" | "seed"> = {},
): SceneData {
  const picture = more.picture ?? frame;
  const { photoSize: photo, disparitySize: disparity } = scene;
  const sizes = { photo, disparity, frame: picture, ssaa: more.ssaa ?? 1 };
  return { ...scene, ...more, frame, geometry: sceneGeometry(sizes, path, "fine") };
}
