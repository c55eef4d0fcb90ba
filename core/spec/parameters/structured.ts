/**
 * Parameters that are part of a message or a list of a JobSpec: the frame rate, and the numbers of
 * motions.
 */
import { COMPONENT_KINDS, EASINGS } from "../../scene/motion.js";
import { choice, fixedNumber, flag, named } from "./row.js";

export const STRUCTURED_PARAMETERS = named({
  "clip.frame_rate": fixedNumber({
    range: [1, 120],
    defaultValue: 30,
    unit: "frames/s",
    meaning: "constant frame rate; it may be a fraction such as 30000/1001",
  }),
  "motions.components.components.kind": choice(
    COMPONENT_KINDS,
    undefined,
    "set replaces the value by the bias, add adds the bias, all others add bias + amplitude · wave(cycles · τ + phase)",
  ),
  "motions.components.components.amplitude": fixedNumber({
    range: [-1000, 1000],
    defaultValue: 1,
    meaning: "amplitude of a wave, in the parameter's unit; not for set and add",
  }),
  "motions.components.components.bias": fixedNumber({
    range: [-1000, 1000],
    defaultValue: 0,
    meaning: "the value that set replaces by and all others add, in the parameter's unit",
  }),
  "motions.components.components.cycles": fixedNumber({
    range: [0, 100],
    defaultValue: 1,
    meaning:
      "number of periods of a wave over the motion; a whole number gives a seamless loop; not for set and add",
  }),
  "motions.components.components.phase": fixedNumber({
    range: [0, 1],
    defaultValue: 0,
    unit: "turns",
    meaning: "where in its period a wave begins; not for set and add",
  }),
  "motions.components.components.reverse": flag(
    false,
    "whether a wave runs backwards, from τ = 1 to τ = 0; not for set and add",
  ),
  "motions.keyframes.keyframes.tau": fixedNumber({
    range: [0, 1],
    defaultValue: 0,
    meaning: "position of the keyframe in the motion; greater than that of the keyframe before",
  }),
  "motions.keyframes.keyframes.easing": choice(
    EASINGS,
    "smooth",
    "how the value reaches the next keyframe: linearly, by a Catmull-Rom curve, or held until there",
  ),
});
