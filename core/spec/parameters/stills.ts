/** What a caller may set of the pictures that a job keeps beside its video. */
import { fixedNumber, named } from "./row.js";

export const STILL_PARAMETERS = named({
  // The middle: of a way there and back the far end, of a swing its rest, where edges are stretched least.
  "stills.poster_tau": fixedNumber({
    range: [0, 1],
    defaultValue: 0.5,
    meaning: "moment of the clip that the poster shows, as a fraction of its length",
  }),
  "stills.strip_count": fixedNumber({
    range: [2, 16],
    defaultValue: 4,
    step: 1,
    unit: "stills",
    meaning: "moments of the clip, evenly spaced, that the strip shows beside one another",
  }),
});
