/**
 * The parameters of the effects. The state of a frame (core/scene/effects.ts) is derived from this
 * table, and the passes of drawing/effects read that state.
 */
import { fixedNumber, movingNumber, named } from "./row.js";

const neutral = { range: [0, 200], defaultValue: 100, unit: "%" } as const;
const off = { range: [0, 100], defaultValue: 0, unit: "%" } as const;

export const EFFECT_PARAMETERS = named({
  "effects.vignette.intensity": movingNumber({
    range: [0, 1],
    defaultValue: 0,
    meaning: "darkens the corners; 0 is off",
  }),
  "effects.vignette.decay": movingNumber({
    range: [0, 100],
    defaultValue: 20,
    meaning: "how steeply the vignette falls off towards the corners",
  }),
  "effects.lens.intensity": movingNumber({
    range: [0, 2],
    defaultValue: 0,
    meaning: "chromatic aberration: separates the colors towards the edges; 0 is off",
  }),
  "effects.lens.decay": movingNumber({
    range: [0, 1],
    defaultValue: 0.4,
    unit: "half diagonals",
    meaning: "distance from the center up to which the colors are not separated",
  }),
  "effects.lens.quality": fixedNumber({
    range: [3, 100],
    defaultValue: 30,
    step: 1,
    unit: "samples",
    meaning: "number of samples along the spectrum",
  }),
  "effects.depth_of_field.intensity": movingNumber({
    range: [0, 2],
    defaultValue: 0,
    meaning: "blurs what is out of focus; 0 is off",
  }),
  "effects.depth_of_field.start": movingNumber({
    range: [0, 1],
    defaultValue: 0.6,
    meaning:
      "depth (1 − disparity) at which the blur begins; if it is greater than the end, near parts are blurred",
  }),
  "effects.depth_of_field.end": movingNumber({
    range: [0, 1],
    defaultValue: 1,
    meaning: "depth (1 − disparity) at which the blur is strongest",
  }),
  "effects.depth_of_field.exponent": movingNumber({
    range: [0.1, 8],
    defaultValue: 2,
    meaning: "exponent of the ramp between start and end",
  }),
  "effects.depth_of_field.quality": fixedNumber({
    range: [1, 16],
    defaultValue: 4,
    step: 1,
    unit: "samples",
    meaning: "number of samples along each direction",
  }),
  "effects.depth_of_field.directions": fixedNumber({
    range: [4, 32],
    defaultValue: 16,
    step: 1,
    meaning: "number of directions around each pixel",
  }),
  "effects.color.saturation": movingNumber({
    ...neutral,
    meaning: "saturation; 100 leaves the photo as it is",
  }),
  "effects.color.contrast": movingNumber({
    ...neutral,
    meaning: "contrast; 100 leaves the photo as it is",
  }),
  "effects.color.brightness": movingNumber({
    ...neutral,
    meaning: "brightness; 100 leaves the photo as it is",
  }),
  "effects.color.gamma": movingNumber({
    range: [0, 400],
    defaultValue: 100,
    unit: "%",
    meaning: "gamma; 100 leaves the photo as it is, more brightens the dark parts",
  }),
  "effects.color.grayscale": movingNumber({ ...off, meaning: "blends towards gray" }),
  "effects.color.sepia": movingNumber({ ...off, meaning: "blends towards brown" }),
  "effects.grain": movingNumber({
    range: [0, 1],
    defaultValue: 0,
    meaning:
      "strength of film grain: its standard deviation as a fraction of white; `seed` decides its pattern",
  }),
  "effects.sharpen": movingNumber({
    range: [0, 2],
    defaultValue: 0,
    meaning: "strength of an unsharp mask; 0 is off",
  }),
});
