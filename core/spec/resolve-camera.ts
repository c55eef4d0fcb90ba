/**
 * Checks and completes the camera path of a request: its preset, and how the clip runs through it.
 */
import { DepthmeshError } from "../errors.js";
import { loopOf } from "../scene/frame-path.js";
import type { LimitMode } from "../scene/limits/camera-limits.js";
import { LOOP_MODES, movingFrames } from "../scene/loop.js";
import {
  DEFAULT_PRESET,
  defaultLoopMode,
  isPreset,
  PRESET_NAMES,
  PRESET_OF_OWN_CAMERA,
  PRESETS,
  type PresetName,
} from "../scene/presets.js";
import type { Fields } from "./fields.js";
import type { FieldName } from "./parameters.js";
import type { SpecRequest } from "./request.js";
import type { CameraSpec } from "./spec.js";
import { type Checks, FIRST_ONLY } from "./violations.js";

/** Fewest frames for a movement from the first state to the last, with the loop mode `once`. */
const MIN_MOVING_FRAMES = 2;

/** Refuses with PRESET_UNKNOWN and PARAMETER_CONFLICT; an unknown preset becomes the default. */
export function resolveCamera(
  fields: Fields,
  request: Pick<SpecRequest, "preset" | "motions">,
  frames: number,
  durationSeconds: number,
  checks: Checks = FIRST_ONLY,
): CameraSpec {
  const ownCamera = hasOwnCamera(fields, request.motions);
  const ofNone = ownCamera ? PRESET_OF_OWN_CAMERA : DEFAULT_PRESET;
  const preset = checks.check(() => resolvePreset(request.preset || ofNone)) ?? ofNone;
  const camera: CameraSpec = {
    preset,
    ...fields.section<Omit<CameraSpec, "preset">>("camera", {
      "camera.loop": defaultLoopMode(preset),
      "camera.limit": defaultLimit(fields, ownCamera),
    }),
  };
  checks.check(() => checkOneWay(camera));
  checks.check(() => checkHolds(camera, frames, durationSeconds));
  return camera;
}

/** Parameters of the camera that do not change how near and far things move against each other. */
const WITHOUT_DEPTH: ReadonlySet<string> = new Set([
  "camera.target.x",
  "camera.target.y",
  "camera.sticky",
  "camera.mirror",
]);

/**
 * Whether the caller moves the camera itself, by its parameters or by motions. These are added to
 * the preset that they always were added to, and not to one that depends on the photo.
 */
function hasOwnCamera(fields: Fields, motions: SpecRequest["motions"]): boolean {
  const names = [
    ...Object.keys(fields.stateValues()),
    ...motions.map((motion) => motion.parameter),
  ];
  return names.some((name) => name.startsWith("camera.") && !WITHOUT_DEPTH.has(name));
}

/** A strength of the caller's own is left as it is, unless the caller also gives it a limit. */
function defaultLimit(fields: Fields, ownCamera: boolean): LimitMode {
  const isSet = (name: FieldName) => fields.optional(name) !== undefined;
  if (isSet("camera.max_hidden_area_percent") || isSet("camera.max_stretch_p99")) return "auto";
  return ownCamera || isSet("camera.intensity") ? "none" : "auto";
}

function resolvePreset(preset: string): PresetName {
  if (isPreset(preset)) return preset;
  throw new DepthmeshError("PRESET_UNKNOWN", "there is no camera preset of this name", {
    metadata: {
      field: "camera.preset",
      actual: preset.slice(0, 64),
      known: PRESET_NAMES.join(" "),
    },
  });
}

function checkOneWay({ preset, loop, phaseTurns }: CameraSpec): void {
  if (!PRESETS[preset].oneWay) return;
  if (loop === "loop") {
    const possible = LOOP_MODES.filter((mode) => mode !== "loop");
    const message = `${preset} does not end where it begins, so camera.loop must be ${possible.join(" or ")}`;
    throw new DepthmeshError("PARAMETER_CONFLICT", message, {
      metadata: {
        field: "camera.loop",
        actual: loop,
        conflicts_with: "camera.preset",
        known: possible.join(" "),
      },
    });
  }
  if (phaseTurns !== 0) {
    throw new DepthmeshError(
      "PARAMETER_CONFLICT",
      `${preset} moves in one direction only, so camera.phase must be 0`,
      {
        metadata: {
          field: "camera.phase",
          actual: String(phaseTurns),
          conflicts_with: "camera.preset",
        },
      },
    );
  }
}

function checkHolds(camera: CameraSpec, frames: number, durationSeconds: number): void {
  const { holdStartSeconds, holdEndSeconds, loop } = camera;
  if (holdStartSeconds === 0 && holdEndSeconds === 0) return;
  const field = holdStartSeconds > 0 ? "camera.hold_start_seconds" : "camera.hold_end_seconds";
  if (loop !== "once") {
    const message = `${field} needs camera.loop to be once; it is ${loop}`;
    throw new DepthmeshError("PARAMETER_CONFLICT", message, {
      metadata: { field, conflicts_with: "camera.loop" },
    });
  }
  const holds = loopOf(camera, durationSeconds, frames);
  const moving = movingFrames(holds, frames);
  if (moving >= MIN_MOVING_FRAMES) return;
  const message = `the holds leave ${Math.max(0, moving)} of ${frames} frames for the movement; it needs at least ${MIN_MOVING_FRAMES}`;
  throw new DepthmeshError("PARAMETER_CONFLICT", message, {
    metadata: {
      field,
      conflicts_with: "clip.duration_seconds",
      actual_frames: String(moving),
      limit_frames: String(MIN_MOVING_FRAMES),
    },
  });
}
