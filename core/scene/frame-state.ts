/** Everything that one frame of a clip is drawn from, besides the scene itself. */
import type { CameraState } from "./camera.js";
import type { EffectState } from "./effects.js";

export interface FrameState {
  readonly camera: CameraState;
  readonly effects: EffectState;
}
