/** Numbers and words that stand in a message or a list of a JobSpec rather than in a field of their own. */
import { COMPONENT_KINDS, EASINGS } from "../../scene/motion.js";
import { choice, fixedNumber, flag, named } from "./row.js";

export const STRUCTURED_PARAMETERS = named({
  "clip.frame_rate": fixedNumber({
    range: [1, 120],
    defaultValue: 30,
    unit: "frames/s",
    meaning: "constant frame rate, a fraction such as 30000/1001 too",
  }),
  "motions.components.kind": choice(
    COMPONENT_KINDS,
    undefined,
    "set puts the bias in the place of the value, add adds it, the others add bias + amplitude · wave(cycles · τ + phase)",
  ),
  "motions.components.amplitude": fixedNumber({
    range: [-1000, 1000],
    defaultValue: 1,
    meaning: "of a wave, in the parameter's unit; not for set and add",
  }),
  "motions.components.bias": fixedNumber({
    range: [-1000, 1000],
    defaultValue: 0,
    meaning: "what set puts and all others add, in the parameter's unit",
  }),
  "motions.components.cycles": fixedNumber({
    range: [0, 100],
    defaultValue: 1,
    meaning: "periods of a wave over the motion; a whole number closes; not for set and add",
  }),
  "motions.components.phase": fixedNumber({
    range: [0, 1],
    defaultValue: 0,
    unit: "turns",
    meaning: "where a wave begins; not for set and add",
  }),
  "motions.components.reverse": flag(false, "a wave runs from τ = 1 to τ = 0; not for set and add"),
  "motions.keyframes.tau": fixedNumber({
    range: [0, 1],
    defaultValue: 0,
    meaning: "where in the motion the keyframe stands; each beyond the one before",
  }),
  "motions.keyframes.easing": choice(
    EASINGS,
    "smooth",
    "the way to the next keyframe: straight, Catmull-Rom, or none until there",
  ),
});
