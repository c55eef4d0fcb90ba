/**
 * Parameters of the camera, for a whole clip or moved by a motion, and of its preset path.
 * `core/scene/camera.ts` defines what the camera's numbers do.
 */
import { LOOP_MODES } from "../../scene/loop.js";
import { choice, fixedNumber, flag, movingNumber, named } from "./row.js";

const acrossX = { range: [-4, 4], defaultValue: 0, unit: "half heights" } as const;
const acrossY = { range: [-1, 1], defaultValue: 0, unit: "half heights" } as const;

export const CAMERA_PARAMETERS = named({
  "camera.height": movingNumber({
    range: [0, 1],
    exclusive: "maximum",
    defaultValue: 0.2,
    meaning: "how far the nearest point rises towards the camera; 0 is flat",
  }),
  "camera.steady": movingNumber({
    range: [0, 1],
    defaultValue: 0.05,
    meaning: "disparity of the plane that stands still under the offset; 1 is the nearest",
  }),
  "camera.focus": movingNumber({
    range: [0, 1],
    defaultValue: 0,
    meaning: "disparity of the plane that keeps its size under dolly and isometric",
  }),
  "camera.zoom": movingNumber({
    range: [0, 2],
    exclusive: "minimum",
    defaultValue: 1,
    meaning: "part of the photo's height that is seen; below 1 is closer",
  }),
  "camera.isometric": movingNumber({
    range: [0, 1],
    defaultValue: 0.3,
    meaning: "0 is perspective, 1 is orthographic: depth changes no sizes",
  }),
  "camera.dolly": movingNumber({
    range: [0, 20],
    defaultValue: 0,
    meaning: "how far the camera stands back; the farther, the flatter",
  }),
  "camera.offset.x": movingNumber({ ...acrossX, meaning: "the camera's way to the right" }),
  "camera.offset.y": movingNumber({ ...acrossY, meaning: "the camera's way upwards" }),
  "camera.center.x": movingNumber({
    ...acrossX,
    meaning: "the point of the photo in the middle of the screen, to the right",
  }),
  "camera.center.y": movingNumber({
    ...acrossY,
    meaning: "the point of the photo in the middle of the screen, upwards",
  }),
  "camera.origin.x": movingNumber({
    ...acrossX,
    meaning: "where the lines of sight come together, to the right",
  }),
  "camera.origin.y": movingNumber({
    ...acrossY,
    meaning: "where the lines of sight come together, upwards",
  }),
  "camera.sticky": flag(true, "the steady plane sticks to the screen under the offset"),
  "camera.mirror": flag(true, "the photo continues mirrored beyond its edges; else black"),
  "camera.invert": movingNumber({
    range: [0, 1],
    defaultValue: 0,
    meaning: "turns near and far around: 1 swaps them, 0.5 is flat",
  }),
});

/** How the clip runs through the camera path of its preset. */
export const PATH_PARAMETERS = named({
  "camera.intensity": fixedNumber({
    range: [0, 4],
    defaultValue: 1,
    meaning: "how far the preset moves; 1 is its natural strength",
  }),
  "camera.phase": fixedNumber({
    range: [0, 1],
    defaultValue: 0,
    unit: "turns",
    meaning: "where in the preset's loop the clip begins; 0 for a one-way preset",
  }),
  "camera.loop": choice(
    LOOP_MODES,
    undefined,
    "how the clip runs through the motion; absent: ping-pong for a one-way preset, loop for the others",
  ),
  "camera.hold_start_seconds": fixedNumber({
    range: [0, 30],
    defaultValue: 0,
    unit: "s",
    meaning: "how long a camera that moves once waits before",
  }),
  "camera.hold_end_seconds": fixedNumber({
    range: [0, 30],
    defaultValue: 0,
    unit: "s",
    meaning: "how long a camera that moves once stays after",
  }),
});
