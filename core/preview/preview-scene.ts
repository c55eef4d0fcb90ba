/** What a preview is drawn from: the scene of a still, or of a session. */
import {
  type Rasters,
  type SceneSource,
  sceneData,
  sceneDataFor,
  sceneSource,
} from "../scene/clip/clip-scene.js";
import { stateAt } from "../scene/clip/clip-states.js";
import type { SceneData } from "../scene/clip/scene-data.js";
import type { FrameState } from "../scene/frame-state.js";
import type { Quality } from "../scene/quality.js";
import type { PreviewOptions } from "./options.js";
import { atSize, sessionSpec } from "./preview-spec.js";
import { sessionCorners } from "./session-camera.js";

/** The scene of a still. It serves every moment of its clip. */
export function stillScene(
  rasters: Rasters,
  { longestSide }: Pick<PreviewOptions, "longestSide">,
  quality: Quality,
): { source: SceneSource; data: SceneData } {
  const source = sceneSource({
    ...rasters,
    spec: atSize(rasters.spec, rasters.photoSize, longestSide),
  });
  return { source, data: sceneData(source, quality, []) };
}

/** The scene of a session, and the state that its camera begins from. */
export function sessionScene(
  rasters: Rasters,
  { longestSide }: Pick<PreviewOptions, "longestSide">,
  quality: Quality,
): { base: FrameState; data: SceneData } {
  const spec = sessionSpec(atSize(rasters.spec, rasters.photoSize, longestSide));
  const source = sceneSource({ ...rasters, spec });
  const base = stateAt(source, 0);
  return { base, data: sceneDataFor(source, quality, sessionCorners(base)) };
}
