/** The figures of a whole camera path: those of its worst frames. */
import type { Size } from "../../geometry/size.js";
import type { View } from "../aim.js";
import type { CameraState } from "../camera.js";
import { layerReach } from "../layers/reach.js";
import type { SampledMap } from "./sampled-map.js";
import { type Figures, viewFigures } from "./view-figures.js";

/**
 * Height in pixels of the screen for which silhouettes are found, whatever the clip's own size: a
 * small preview moves as the large clip does.
 */
const SCREEN_HEIGHT = 1080;

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
 * Steps of the map above this are silhouettes, at which the sheet is cut, as `buildLayers` cuts it:
 * on some camera of the path they open by more than about a pixel. Infinite if nothing is cut.
 * `map` is the size of the whole map.
 */
export function cutStepOf(path: readonly CameraState[], view: View, map: Size): number {
  const screen = { width: Math.round(SCREEN_HEIGHT * view.aspect), height: SCREEN_HEIGHT };
  const reach = layerReach(path, screen, view.halfSides, map);
  return reach?.cutDisparity ?? Number.POSITIVE_INFINITY;
}
