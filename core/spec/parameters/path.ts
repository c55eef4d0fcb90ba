/** What a caller may set of the way a clip runs through its camera path. */
import { LOOP_MODES } from "../../scene/loop.js";
import { choice, fixedNumber, named } from "./row.js";

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
