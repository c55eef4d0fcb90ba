/** Where the camera looks: by the pointer, by keys, and by itself while nobody has touched it. */
import type { Vec2 } from "../../../../core/scene/camera.js";

export const MIDDLE: Vec2 = { x: 0, y: 0 };

/** Of the way from the middle to an end. */
const KEY_STEP = 0.2;
const DRIFT_SECONDS = 7;
const DRIFT_REACH = { x: 0.55, y: 0.25 };

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** A pointer over a picture: x to the right and y upwards, each in [−1, 1]. */
export function lookOfPointer(clientX: number, clientY: number, box: Box): Vec2 {
  return {
    x: within((2 * (clientX - box.left)) / box.width - 1),
    y: within(1 - (2 * (clientY - box.top)) / box.height),
  };
}

/** The look after a key; undefined for a key that moves nothing. */
export function lookOfKey(key: string, from: Vec2): Vec2 | undefined {
  switch (key) {
    case "ArrowLeft":
      return { ...from, x: within(from.x - KEY_STEP) };
    case "ArrowRight":
      return { ...from, x: within(from.x + KEY_STEP) };
    case "ArrowUp":
      return { ...from, y: within(from.y + KEY_STEP) };
    case "ArrowDown":
      return { ...from, y: within(from.y - KEY_STEP) };
    case "Home":
      return MIDDLE;
    default:
      return undefined;
  }
}

/** A slow figure of eight, from the middle and back. */
export function driftAt(seconds: number): Vec2 {
  const turn = (2 * Math.PI * seconds) / DRIFT_SECONDS;
  return { x: DRIFT_REACH.x * Math.sin(turn), y: DRIFT_REACH.y * Math.sin(2 * turn) };
}

const within = (value: number) => Math.max(-1, Math.min(1, Number.isFinite(value) ? value : 0));
