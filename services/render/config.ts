/** Settings of the render service. */
import { COMMON_SETTINGS, integer, readSettings, slotsSetting } from "../../kit/config.js";

export const RENDER_SETTINGS = {
  ...COMMON_SETTINGS,
  slots: slotsSetting(1),
  meshCells: integer(
    "DEPTHMESH_MESH_CELLS",
    36_864,
    [64, 1_000_000],
    "cells of the grid that lifts the photo",
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
