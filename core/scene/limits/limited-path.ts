/** Weakens a camera path until what it hides and stretches of a photo is within limits. */
import type { View } from "../aim.js";
import type { CameraState } from "../camera.js";
import { cutStepOf, pathFigures } from "./path-figures.js";
import type { SampledMap } from "./sampled-map.js";
import { type Strength, strengthWithin } from "./strength.js";
import type { Figures } from "./view-figures.js";
import { worstMoments } from "./worst-moments.js";

/**
 * The camera with a part of its depth, `strength` in [0, 1]. All that things of different disparity
 * do to each other is in proportion to the height, so that at 0 the photo is flat; how the picture
 * moves and zooms as a whole stays as it is.
 */
export function withStrength(camera: CameraState, strength: number): CameraState {
  return { ...camera, height: camera.height * strength };
}

/** The cameras that draw the frame of a camera with a part of its depth, in one order. */
export type DrawnCameras = (camera: CameraState, strength: number) => readonly CameraState[];

const itself: DrawnCameras = (camera, strength) => [withStrength(camera, strength)];

/**
 * The greatest strength of a path, [0, 1], at which its figures are within `limits`. They are those
 * of the worst cameras that draw it.
 */
export function limitedPath(
  map: SampledMap,
  path: readonly CameraState[],
  view: View,
  limits: Figures,
  drawn: DrawnCameras = itself,
): Strength {
  const full = path.flatMap((camera) =>
    drawn(camera, 1).map((state, index) => ({ camera, index, state })),
  );
  const states = full.map(({ state }) => state);
  const cutStep = cutStepOf(states, view, map.whole);
  const worst = worstMoments(states, view).flatMap((moment) => full[moment] ?? []);
  return strengthWithin(limits, (strength) => {
    const cameras = worst.flatMap(({ camera, index }) => drawn(camera, strength)[index] ?? []);
    return pathFigures(map, cameras, view, cutStep);
  });
}
