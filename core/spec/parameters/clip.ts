/** Parameters of the clip (length, size, drawing quality), of its stills, and of the caches. */
import { FIT_MODES } from "../../geometry/size.js";
import { QUALITIES } from "../../scene/quality.js";
import { CACHE_POLICIES } from "../spec.js";
import { choice, fixedNumber, named } from "./row.js";

const side = { range: [64, 4096], step: 2, unit: "pixels" } as const;

export const CLIP_PARAMETERS = named({
  "clip.duration_seconds": fixedNumber({
    range: [0.5, 30],
    defaultValue: 3,
    unit: "s",
    meaning: "length of one loop",
  }),
  "clip.width": fixedNumber({
    ...side,
    meaning: "width of the video; absent: the photo's aspect, long side 1280",
  }),
  "clip.height": fixedNumber({
    ...side,
    meaning: "height of the video; absent: the photo's aspect, long side 1280",
  }),
  "clip.longest_side": fixedNumber({
    ...side,
    meaning:
      "the longer side of the video, the other by the photo's aspect; without width and height",
  }),
  "clip.fit": choice(
    FIT_MODES,
    "crop",
    "how a photo of another aspect fills width and height: cut, shrink the video to it, or with bars",
  ),
  "clip.ssaa": fixedNumber({
    range: [1, 4],
    defaultValue: 1,
    step: 1,
    unit: "samples a side",
    meaning: "supersampling: each pixel is the mean of ssaa × ssaa",
  }),
  quality: choice(
    QUALITIES,
    undefined,
    "how closely pictures follow the disparity map; absent: the server decides",
  ),
  seed: fixedNumber({
    range: [0, 4_294_967_295],
    defaultValue: 0,
    step: 1,
    meaning: "of everything random: the same seed gives the same frames",
  }),
});

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

export const REUSE_PARAMETERS = named({
  cache_policy: choice(
    CACHE_POLICIES,
    "use",
    "whether a depth map or a whole result that was made before of the same may be taken; what is made is kept either way",
  ),
});
