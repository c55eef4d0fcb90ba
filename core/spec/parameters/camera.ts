/** What a caller may set of the camera, for a whole clip or by a motion. `core/scene/camera.ts` says what it does. */
import { flag, movingNumber, named } from "./row.js";

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
