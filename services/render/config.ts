/** Settings of the render service. */
import { QUALITIES } from "../../core/scene/quality.js";
import { COMMON_SETTINGS, choice, integer, readSettings } from "../../kit/config.js";
import { FRAMES_SETTINGS, WORKER_SETTINGS } from "../../pipeline/settings.js";
import { MAX_KEPT_MIB } from "./kept-frames.js";

export const RENDER_SETTINGS = {
  ...COMMON_SETTINGS,
  ...WORKER_SETTINGS,
  ...FRAMES_SETTINGS,
  quality: choice(
    "DEPTHMESH_QUALITY",
    "auto",
    ["auto", ...QUALITIES],
    "how closely pictures follow the disparity map where a job sets no quality; auto is fine on a GPU, fast on software GL",
  ),
  requireGpu: choice(
    "DEPTHMESH_REQUIRE_GPU",
    "no",
    ["no", "yes"],
    "whether to refuse to start where the renderer is software",
  ),
  maxPixels: integer(
    "DEPTHMESH_MAX_PIXELS",
    50_000_000,
    [4096, 1_000_000_000],
    "largest photo or depth map of a RenderStill call, in pixels",
  ),
  maxPixelFrames: integer(
    "DEPTHMESH_MAX_PIXEL_FRAMES",
    10_000_000_000,
    [1_000_000, 10_000_000_000_000],
    "most pixels drawn for one job: width × height × ssaa² × frames; the gateway refuses larger jobs by its own setting",
  ),
  keptFramesMib: integer(
    "DEPTHMESH_KEPT_FRAMES_MIB",
    0,
    [0, MAX_KEPT_MIB],
    "MiB of memory for frames that a movement shows again, so that each is drawn once; 0 means a sixteenth of the memory of the machine or container, from 128 to 2048",
  ),
  previewMib: integer(
    "DEPTHMESH_PREVIEW_MIB",
    256,
    [16, 65_536],
    "MiB of memory, about, for scenes and photos that stay ready for the next preview",
  ),
  segmentSeconds: integer(
    "DEPTHMESH_SEGMENT_SECONDS",
    5,
    [0, 30],
    "seconds of a clip that one worker makes at a time: a clip of three such segments or more is made by several workers side by side, if its outputs can be joined; 0 never divides a clip",
  ),
  maxReorders: integer(
    "DEPTHMESH_MAX_REORDERS",
    5,
    [1, 20],
    "encode orders that may end without a clip before render gives its own order back",
  ),
};

export const loadConfig = () => readSettings(RENDER_SETTINGS);
export type RenderConfig = ReturnType<typeof loadConfig>;
