/** Settings of the render service. */
import { QUALITIES } from "../../core/scene/quality.js";
import { COMMON_SETTINGS, choice, integer, readSettings, slotsSetting } from "../../kit/config.js";

export const RENDER_SETTINGS = {
  ...COMMON_SETTINGS,
  slots: slotsSetting(1),
  quality: choice(
    "DEPTHMESH_QUALITY",
    "fast",
    QUALITIES,
    "how closely pictures follow the disparity map: fast for software GL, fine for a GPU",
  ),
  maxReorders: integer(
    "DEPTHMESH_MAX_REORDERS",
    5,
    [1, 20],
    "encode orders given again before render hands its own order back",
  ),
};

export const loadConfig = () => readSettings(RENDER_SETTINGS);
export type RenderConfig = ReturnType<typeof loadConfig>;
