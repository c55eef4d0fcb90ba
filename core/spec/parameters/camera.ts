/**
 * Parameters of the camera, for a whole clip or moved by a motion, and of its preset path.
 * `core/scene/camera.ts` defines what the camera's numbers do.
 */
import { LIMIT_MODES } from "../../scene/limits/camera-limits.js";
import { LOOP_MODES } from "../../scene/loop.js";
import { choice, fixedNumber, flag, movingNumber, named } from "./row.js";

const acrossX = { range: [-4, 4], defaultValue: 0, unit: "half heights" } as const;
const acrossY = { range: [-1, 1], defaultValue: 0, unit: "half heights" } as const;

export const CAMERA_PARAMETERS = named({
  "camera.height": movingNumber({
    range: [0, 1],
    exclusive: "maximum",
    defaultValue: 0.2,
    meaning: "how far the nearest point rises towards the camera; 0 is a flat photo",
  }),
  "camera.steady": movingNumber({
    range: [0, 1],
    defaultValue: 0.05,
    meaning:
      "disparity of the plane that does not move when the offset changes; 1 is the nearest plane",
  }),
  "camera.focus": movingNumber({
    range: [0, 1],
    defaultValue: 0,
    meaning: "disparity of the plane that keeps its size when dolly and isometric change",
  }),
  "camera.zoom": movingNumber({
    range: [0, 2],
    exclusive: "minimum",
    defaultValue: 1,
    meaning: "part of the photo's height that is visible; below 1 the camera is closer",
  }),
  "camera.isometric": movingNumber({
    range: [0, 1],
    defaultValue: 0.3,
    meaning: "0 is perspective; 1 is orthographic, where depth does not change sizes",
  }),
  "camera.dolly": movingNumber({
    range: [0, 20],
    defaultValue: 0,
    meaning: "how far the camera moves back; a larger distance flattens the perspective",
  }),
  "camera.offset.x": movingNumber({ ...acrossX, meaning: "movement of the camera to the right" }),
  "camera.offset.y": movingNumber({ ...acrossY, meaning: "movement of the camera upwards" }),
  "camera.center.x": movingNumber({
    ...acrossX,
    meaning:
      "point of the photo that is in the middle of the screen, to the right of the photo's center",
  }),
  "camera.center.y": movingNumber({
    ...acrossY,
    meaning: "point of the photo that is in the middle of the screen, above the photo's center",
  }),
  "camera.origin.x": movingNumber({
    ...acrossX,
    meaning: "point where the lines of sight meet, to the right of the photo's center",
  }),
  "camera.origin.y": movingNumber({
    ...acrossY,
    meaning: "point where the lines of sight meet, above the photo's center",
  }),
  "camera.target.x": movingNumber({
    ...acrossX,
    meaning:
      "point of the photo that the camera moves to and keeps in the picture, to the right of the photo's center; as far as the photo's edges allow",
  }),
  "camera.target.y": movingNumber({
    ...acrossX,
    meaning:
      "point of the photo that the camera moves to and keeps in the picture, above the photo's center; as far as the photo's edges allow",
  }),
  "camera.sticky": flag(
    true,
    "whether the steady plane stays fixed on the screen when the offset changes",
  ),
  "camera.mirror": flag(
    true,
    "whether the photo continues mirrored beyond its edges; otherwise there is black",
  ),
  "camera.invert": movingNumber({
    range: [0, 1],
    defaultValue: 0,
    meaning: "inverts depth: 1 exchanges near and far, 0.5 is flat",
  }),
});

/** How the clip runs through the camera path of its preset. */
export const PATH_PARAMETERS = named({
  "camera.intensity": fixedNumber({
    range: [0, 4],
    defaultValue: 1,
    meaning: "strength of the preset's movement; 1 is its normal strength",
  }),
  "camera.phase": fixedNumber({
    range: [0, 1],
    defaultValue: 0,
    unit: "turns",
    meaning: "where in the preset's loop the clip begins; a one-way preset takes only 0",
  }),
  "camera.loop": choice(
    LOOP_MODES,
    undefined,
    "how the clip runs through the motion; if absent: ping-pong for a one-way preset, loop for all others",
  ),
  "camera.hold_start_seconds": fixedNumber({
    range: [0, 30],
    defaultValue: 0,
    unit: "s",
    meaning: "how long the camera waits before it moves; only with the loop mode once",
  }),
  "camera.hold_end_seconds": fixedNumber({
    range: [0, 30],
    defaultValue: 0,
    unit: "s",
    meaning: "how long the camera stays at the end; only with the loop mode once",
  }),
  "camera.limit": choice(
    LIMIT_MODES,
    undefined,
    "what happens to a movement that hides or stretches more of the photo than the limits below: auto makes it weaker, strict fails the job, none leaves it; if absent: auto, but none for a movement whose strength, camera parameters or motions the caller has set without a limit",
  ),
  "camera.max_hidden_area_percent": fixedNumber({
    range: [0, 100],
    defaultValue: 3,
    unit: "%",
    meaning: "most of any frame that may show what the photo hides, and must therefore be invented",
  }),
  "camera.max_stretch_p99": fixedNumber({
    range: [1, 8],
    defaultValue: 1.8,
    meaning:
      "most that the photo's surface may be stretched in any frame, apart from the most stretched hundredth of it; 1 is not at all",
  }),
});
