/** Opens what a preview is drawn from: the scene of a still, of a contact sheet or of a session. */
import { setImmediate } from "node:timers/promises";
import type { PreviewOptions } from "../../../core/preview/options.js";
import { atSize, sessionSpec, withPreset } from "../../../core/preview/preview-spec.js";
import { sessionCorners } from "../../../core/preview/session-camera.js";
import { planSheet, type SheetLayout, sheetLayout } from "../../../core/preview/sheet-layout.js";
import { tellingMoment } from "../../../core/preview/telling-moment.js";
import type { FrameState } from "../../../core/scene/frame-state.js";
import { PRESET_NAMES, type PresetName } from "../../../core/scene/presets.js";
import type { Quality } from "../../../core/scene/quality.js";
import { stereoFrame } from "../../../core/scene/stereo/layout.js";
import {
  type Rasters,
  type SceneSource,
  sceneData,
  sceneDataFor,
  sceneSource,
} from "../build-scene.js";
import { stateAt } from "../clip-states.js";
import type { SceneData } from "../gl/protocol.js";

/** The scene of a still. It serves every moment of its clip. */
export function stillScene(
  rasters: Rasters,
  { longestSide }: PreviewOptions,
  quality: Quality,
): { source: SceneSource; data: SceneData } {
  const source = sceneSource({
    ...rasters,
    spec: atSize(rasters.spec, rasters.photoSize, longestSide),
  });
  return { source, data: sceneData(source, quality, []) };
}

/** The scene of a session, and the state that its camera begins from. */
export function sessionScene(
  rasters: Rasters,
  { longestSide }: PreviewOptions,
  quality: Quality,
): { base: FrameState; data: SceneData } {
  const spec = sessionSpec(atSize(rasters.spec, rasters.photoSize, longestSide));
  const source = sceneSource({ ...rasters, spec });
  const base = stateAt(source, 0);
  return { base, data: sceneDataFor(source, quality, sessionCorners(base)) };
}

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
