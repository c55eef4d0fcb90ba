/**
 * Aims a camera path at its target: the camera moves towards a point of the photo as far as its
 * picture stays within the photo's edges. docs/camera.md derives the formula.
 */
import { type CameraState, raysOf, type Vec2 } from "./camera.js";

/** The screen and the photo on the plane z = 1, in half heights of the screen. */
export interface View {
  /** Half width of the screen; its half height is 1. */
  readonly aspect: number;
  /** Half sides of the photo (`photoHalfSides`). */
  readonly halfSides: Vec2;
}

export type Aim = (camera: CameraState) => CameraState;

const AXES = ["x", "y"] as const;

/**
 * Returns the function that aims the states of one path: it adds to their `center` and `origin`.
 *
 * A ray of screen point g goes through C + D·g, where the eye is, and A + B·g on the photo's plane;
 * what it sees of any disparity lies between the two. So the picture stays within the photo if both
 * windows do, and it shows a point that lies in both. The target is approached in proportion to the
 * room that each state leaves beside its windows, so that the approach has no kink, and reached
 * where the room is largest if it is large enough.
 *
 * `samples` are states of the path, close enough to find its extremes.
 */
export function aimAlong(samples: readonly CameraState[], view: View): Aim {
  if (!samples.some(({ target }) => target.x !== 0 || target.y !== 0)) return (camera) => camera;
  const [x, y] = AXES.map((axis) => approachAlong(samples, view, axis));
  return (camera) => {
    const toX = x?.(camera) ?? NOWHERE;
    const toY = y?.(camera) ?? NOWHERE;
    const { center, origin } = camera;
    return {
      ...camera,
      center: { x: center.x + toX.center, y: center.y + toY.center },
      origin: { x: origin.x + toX.eye, y: origin.y + toY.eye },
    };
  };
}

/** How far the window on the photo's plane and that of the eye move along one axis. */
interface Shift {
  readonly center: number;
  readonly eye: number;
}

const NOWHERE: Shift = { center: 0, eye: 0 };

function approachAlong(
  samples: readonly CameraState[],
  { aspect, halfSides }: View,
  axis: "x" | "y",
): (camera: CameraState) => Shift {
  const edge = axis === "x" ? aspect : 1;
  const most = (of: (camera: CameraState) => number) =>
    samples.reduce((largest, camera) => Math.max(largest, of(camera)), 0);
  // A path that sways by itself keeps room for it on both sides.
  const sway = {
    center: most((camera) => Math.abs(raysOf(camera).A[axis])),
    eye: most((camera) => Math.abs(raysOf(camera).C[axis])),
  };
  const room = (camera: CameraState): Shift => {
    const { B, D } = raysOf(camera);
    return {
      center: Math.max(0, halfSides[axis] - B * edge - sway.center),
      eye: Math.max(0, halfSides[axis] - D * edge - sway.eye),
    };
  };
  const largest = {
    center: most((camera) => room(camera).center),
    eye: most((camera) => room(camera).eye),
  };
  return (camera) => {
    const target = camera.target[axis];
    const free = room(camera);
    return {
      center: approach(target, free.center, largest.center),
      eye: approach(target, free.eye, largest.eye),
    };
  };
}

function approach(target: number, room: number, largestRoom: number): number {
  if (largestRoom === 0) return 0;
  return Math.sign(target) * room * Math.min(1, Math.abs(target) / largestRoom);
}
