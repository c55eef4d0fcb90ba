/** Everything that one frame of a clip is drawn from, besides the scene itself. */
import type { CameraState } from "./camera.js";
import { type EffectState, NO_EFFECTS } from "./effects.js";

export interface FrameState {
  readonly camera: CameraState;
  readonly effects: EffectState;
}

/** A camera path whose pictures are left as they are drawn. */
export function withoutEffects(path: readonly CameraState[]): FrameState[] {
  return path.map((camera) => ({ camera, effects: NO_EFFECTS }));
}
