/** The one scene that all stills of a contact sheet are drawn from. */
import { setImmediate } from "node:timers/promises";
import type { PreviewOptions } from "../../../core/preview/options.js";
import { atSize, withPreset } from "../../../core/preview/preview-spec.js";
import { planSheet, type SheetLayout, sheetLayout } from "../../../core/preview/sheet-layout.js";
import { tellingMoment } from "../../../core/preview/telling-moment.js";
import { type Rasters, sceneDataFor, sceneSource } from "../../../core/scene/clip/clip-scene.js";
import { stateAt } from "../../../core/scene/clip/clip-states.js";
import type { SceneData } from "../../../core/scene/clip/scene-data.js";
import type { FrameState } from "../../../core/scene/frame-state.js";
import { PRESET_NAMES, type PresetName } from "../../../core/scene/presets.js";
import type { Quality } from "../../../core/scene/quality.js";
import { stereoFrame } from "../../../core/scene/stereo/layout.js";

/** One still of a sheet. */
export interface SheetState {
  readonly preset: PresetName;
  readonly state: FrameState;
}

/** Moments of a path among which the most telling one is chosen. */
const MOMENTS = 32;

/**
 * The one scene that all presets are drawn from, each at its most telling moment, and where the
 * stills stand.
 */
export async function sheetScene(
  rasters: Rasters,
  { longestSide }: PreviewOptions,
  quality: Quality,
): Promise<{ layout: SheetLayout; states: readonly SheetState[]; data: SceneData }> {
  const { spec, photoSize } = rasters;
  const count = PRESET_NAMES.length;
  const { frame } = stereoFrame(spec.clip, spec.stereo, photoSize);
  const { columns, stillSide } = planSheet(count, frame.width / frame.height, longestSide);
  const small = { ...atSize(spec, photoSize, stillSide), motions: [] };
  const still = stereoFrame(small.clip, small.stereo, photoSize).frame;
  const layout = sheetLayout(count, columns, still);
  const states: SheetState[] = [];
  for (const preset of PRESET_NAMES) {
    states.push({ preset, state: tellingState(rasters, small, preset) });
    // Each takes some milliseconds of the thread that serves everybody.
    await setImmediate();
  }
  const data = sceneDataFor(
    sceneSource({ ...rasters, spec: withPreset(small, "still") }),
    quality,
    states.map(({ state }) => state.camera),
  );
  return { layout, states, data };
}

function tellingState(rasters: Rasters, small: Rasters["spec"], preset: PresetName): FrameState {
  const spec = withPreset(small, preset);
  // A preset beyond a strict limit is drawn as strong as the limit allows.
  const limit = spec.camera.limit === "strict" ? "auto" : spec.camera.limit;
  const source = sceneSource({ ...rasters, spec: { ...spec, camera: { ...spec.camera, limit } } });
  const states = Array.from({ length: MOMENTS }, (_, i) => stateAt(source, i / MOMENTS));
  const { width, height } = stereoFrame(small.clip, small.stereo, rasters.photoSize).eye.picture;
  const best = tellingMoment(
    states.map(({ camera }) => camera),
    width / height,
  );
  return states[best] ?? stateAt(source, 0);
}
