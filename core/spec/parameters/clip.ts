/** Parameters of the clip (length, size, drawing quality), of its stills, and of the caches. */
import { FIT_MODES } from "../../geometry/size.js";
import { TRANSPARENCIES } from "../../output/codecs.js";
import { POSTER_FORMATS } from "../../output/poster.js";
import { BACKGROUNDS } from "../../scene/cutout.js";
import { EDGES } from "../../scene/edges.js";
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
    meaning:
      "width of the video; if absent, it follows from the photo's aspect ratio, with a long side of 1280",
  }),
  "clip.height": fixedNumber({
    ...side,
    meaning:
      "height of the video; if absent, it follows from the photo's aspect ratio, with a long side of 1280",
  }),
  "clip.longest_side": fixedNumber({
    ...side,
    meaning:
      "longer side of the video; the other follows from the photo's aspect ratio; excludes width and height",
  }),
  "clip.fit": choice(
    FIT_MODES,
    "crop",
    "how a photo of another aspect ratio fills width and height: crop the photo, fit the video to the photo, or pad with black bars",
  ),
  "clip.ssaa": fixedNumber({
    range: [1, 4],
    defaultValue: 1,
    step: 1,
    unit: "samples per side",
    meaning: "supersampling: each pixel is the mean of ssaa × ssaa",
  }),
  "clip.background": choice(
    BACKGROUNDS,
    "photo",
    "photo shows the whole photo; none leaves only its foreground, with transparency around it",
  ),
  "clip.cutout_disparity": fixedNumber({
    range: [0, 1],
    meaning:
      "disparity at which the foreground begins if the background is none, 1 being nearest; if absent, the depth map decides",
  }),
  quality: choice(
    QUALITIES,
    undefined,
    "how closely the pictures follow the disparity map; if absent, the server decides",
  ),
  edges: choice(
    EDGES,
    "fill",
    "what the camera shows where it looks past the edge of a near thing: fill cuts the near thing out with a soft edge and fills in what lies behind it, stretch draws one stretched surface; a path that exchanges near and far on its way is always drawn with stretch",
  ),
  seed: fixedNumber({
    range: [0, 4_294_967_295],
    defaultValue: 0,
    step: 1,
    meaning: "seed of everything random; the same seed gives the same frames",
  }),
});

export const STILL_PARAMETERS = named({
  // The middle is the far end of a movement there and back, and the center of a swing, where edges
  // are stretched least.
  "stills.poster_tau": fixedNumber({
    range: [0, 1],
    defaultValue: 0.5,
    meaning: "moment of the clip that the poster shows, as a fraction of the clip's length",
  }),
  "stills.strip_count": fixedNumber({
    range: [2, 16],
    defaultValue: 4,
    step: 1,
    unit: "stills",
    meaning: "number of stills, evenly spaced over the clip, that the strip shows side by side",
  }),
  "stills.poster_format": choice(POSTER_FORMATS, "png", "file format of the poster"),
  "stills.poster_quality": fixedNumber({
    range: [1, 100],
    defaultValue: 85,
    step: 1,
    meaning:
      "quality of a poster in JPEG or WebP; higher means better quality and a larger file; PNG has none",
  }),
  "stills.poster_transparency": choice(
    TRANSPARENCIES,
    "auto",
    "auto keeps the photo's transparency in the poster if an output of the job does; keep always does; flatten shows white there, as JPEG always does",
  ),
});

export const REUSE_PARAMETERS = named({
  cache_policy: choice(
    CACHE_POLICIES,
    "use",
    "whether the job may reuse a depth map or a whole result of an earlier job with the same input; its own results are stored in the cache either way",
  ),
});
