/** The camera that the caller of a session moves. */
import type { CameraState } from "../scene/camera.js";
import type { FrameState } from "../scene/frame-state.js";
import { checkWithin } from "./options.js";

/** In the units of `CameraState`. */
export interface SessionCamera {
  /** Offset, x to the right and y upwards, [−1, 1]. */
  readonly x: number;
  readonly y: number;
  /** [0, 2] */
  readonly dolly: number;
  /** [0.5, 1]; absent: that of the specification. */
  readonly zoom?: number | undefined;
}

const OFFSET = { minimum: -1, maximum: 1 };
const DOLLY = { minimum: 0, maximum: 2 };
const ZOOM = { minimum: 0.5, maximum: 1 };

/** The same camera. Throws PARAMETER_OUT_OF_RANGE. */
export function checkSessionCamera(camera: SessionCamera): SessionCamera {
  checkWithin("camera.x", camera.x, OFFSET);
  checkWithin("camera.y", camera.y, OFFSET);
  checkWithin("camera.dolly", camera.dolly, DOLLY);
  if (camera.zoom !== undefined) checkWithin("camera.zoom", camera.zoom, ZOOM);
  return camera;
}

/** `base` with the camera where the caller has moved it. */
export function sessionState(base: FrameState, { x, y, dolly, zoom }: SessionCamera): FrameState {
  const moved = { offset: { x, y }, dolly, ...(zoom !== undefined && { zoom }) };
  return { ...base, camera: { ...base.camera, ...moved } };
}

/** States between which all states of a session lie: they decide what the scene must have. */
export function sessionCorners(base: FrameState): CameraState[] {
  const offsets = [OFFSET.minimum, 0, OFFSET.maximum];
  const zooms = [ZOOM.minimum, base.camera.zoom, ZOOM.maximum];
  return offsets.flatMap((x) =>
    offsets.flatMap((y) =>
      [DOLLY.minimum, DOLLY.maximum].flatMap((dolly) =>
        zooms.map((zoom) => sessionState(base, { x, y, dolly, zoom }).camera),
      ),
    ),
  );
}
