/**
 * Builds what is uploaded of a scene. It needs no GL, so that another thread may do it than the one
 * that draws.
 */
import type { SceneData } from "../core/scene/clip/scene-data.js";
import type { GlLimits } from "./driver.js";
import { fitTextures } from "./fit-scene.js";
import { type Sheet, sheetsOf } from "./sheets.js";

/** A scene with its meshes and textures. The photo is in the colors of the sheets. */
export interface BuiltScene extends Omit<SceneData, "photo" | "alpha" | "photoSize"> {
  readonly sheets: readonly Sheet[];
}

export function buildScene(
  requested: SceneData,
  { textureSidePixels }: Pick<GlLimits, "textureSidePixels">,
): BuiltScene {
  const data = fitTextures(requested, textureSidePixels);
  const { photo: _photo, alpha: _alpha, photoSize: _photoSize, ...rest } = data;
  return { ...rest, sheets: sheetsOf(data) };
}
