/** Draws the picture of one moment of a clip. */
import { type ClipSource, framesOf, stateAt } from "../../core/scene/clip/clip-states.js";
import type { Picture, RenderScene, TransparentPicture } from "./render-scene.js";

/** Draws the picture at `tau`, with the grain of the frame that the clip shows at that moment. */
export function stillAt(scene: RenderScene, source: ClipSource, tau: number): Promise<Picture> {
  return scene.still(stateAt(source, tau), Math.floor(tau * framesOf(source.spec)));
}

/** The same with its alpha, of a transparent scene. */
export function transparentStillAt(
  scene: RenderScene,
  source: ClipSource,
  tau: number,
): Promise<TransparentPicture> {
  return scene.transparentStill(stateAt(source, tau), Math.floor(tau * framesOf(source.spec)));
}
