/** Parameters of stereo pictures. `core/scene/stereo` defines what they do. */
import { MONO, STEREO_LAYOUTS } from "../../scene/stereo/layout.js";
import { choice, fixedNumber, flag, named } from "./row.js";

export const STEREO_PARAMETERS = named({
  "stereo.layout": choice(
    STEREO_LAYOUTS,
    MONO.layout,
    "how the views of both eyes make one frame; the clip's size is that of one eye's picture",
  ),
  "stereo.separation_percent": fixedNumber({
    range: [0, 10],
    defaultValue: MONO.separationPercent,
    unit: "%",
    meaning:
      "parallax between the farthest and the nearest plane, of the picture's width; more is deeper and harder to look at; 0 is flat",
  }),
  "stereo.convergence": fixedNumber({
    range: [0, 1],
    defaultValue: MONO.convergence,
    meaning:
      "disparity of the plane that lies on the screen, which nearer ones come out of; the default is 0 for vr180, where it is infinitely far",
  }),
  "stereo.swap_eyes": flag(
    MONO.swapEyes,
    "exchanges the eyes: for cross-eyed viewing, or glasses with red on the right",
  ),
  "stereo.field_of_view_degrees": fixedNumber({
    range: [30, 120],
    defaultValue: MONO.fieldOfViewDegrees,
    unit: "°",
    meaning: "angle that the longer side of the picture spans in vr180",
  }),
});
