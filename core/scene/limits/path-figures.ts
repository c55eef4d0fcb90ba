/** The figures of a whole camera path: those of its worst frames. */
import type { View } from "../aim.js";
import type { CameraState } from "../camera.js";
import { pixelsPerDisparity } from "../quality.js";
import type { SampledMap } from "./sampled-map.js";
import { type Figures, viewFigures } from "./view-figures.js";

/** The screen on which a step that opens by a pixel counts as a silhouette, in pixels. */
const SCREEN_HEIGHT = 1080;
const MIN_OPENING_PIXELS = 1;

/** Nothing hidden, nothing stretched. */
export const AT_REST: Figures = { hiddenAreaPercent: 0, stretchP99: 1 };

/**
 * The figures of the worst of some cameras of a path. `cutStep` is that of the path at its full
 * strength: with cuts that came and went with the strength, a steep slope would count as stretched
 * at one strength and as hidden at the next.
 */
export function pathFigures(
  map: SampledMap,
  cameras: readonly CameraState[],
  view: View,
  cutStep: number,
): Figures {
  return cameras.reduce<Figures>((most, camera) => {
    const { hiddenAreaPercent, stretchP99 } = viewFigures(map, camera, view, cutStep);
    return {
      hiddenAreaPercent: Math.max(most.hiddenAreaPercent, hiddenAreaPercent),
      stretchP99: Math.max(most.stretchP99, stretchP99),
    };
  }, AT_REST);
}

/**
 * Steps of the map above this are silhouettes, at which the sheet is cut: on some camera of the
 * path they open by more than a pixel.
 */
export function cutStepOf(path: readonly CameraState[], { aspect }: View): number {
  const screen = { width: SCREEN_HEIGHT * aspect, height: SCREEN_HEIGHT };
  return MIN_OPENING_PIXELS / Math.max(1e-9, pixelsPerDisparity(path, screen));
}
