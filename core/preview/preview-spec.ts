/** The specification of a preview: that of a job, at another size, or with another camera. */
import type { Size } from "../geometry/size.js";
import { defaultLoopMode, PRESETS, type PresetName } from "../scene/presets.js";
import { stereoFrame } from "../scene/stereo/layout.js";
import type { ClipSpec, JobSpec } from "../spec/spec.js";

const MIN_SIDE_PIXELS = 2;

/**
 * The same scene with a frame whose longest side has about this many pixels: its aspect, and what
 * of the photo it shows, stay. `photo` is the photo's upright size.
 */
export function atSize(spec: JobSpec, photo: Size, longestSide: number): JobSpec {
  const { clip, stereo } = spec;
  const { frame } = stereoFrame(clip, stereo, photo);
  const scale = longestSide / Math.max(frame.width, frame.height);
  return {
    ...spec,
    clip: { ...clip, ...scaledClip(clip, photo, scale) },
    outputs: [],
    artifacts: [],
  };
}

function scaledClip(clip: ClipSpec, photo: Size, scale: number): Partial<ClipSpec> {
  const { width, height, longestSide } = clip;
  if (width === undefined && height === undefined) {
    const { frame } = stereoFrame(clip, { layout: "none", fieldOfViewDegrees: 0 }, photo);
    const longest = longestSide ?? Math.max(frame.width, frame.height);
    return { longestSide: evenSide(longest * scale) };
  }
  return {
    ...(width !== undefined && { width: evenSide(width * scale) }),
    ...(height !== undefined && { height: evenSide(height * scale) }),
  };
}

const evenSide = (pixels: number) => Math.max(MIN_SIDE_PIXELS, 2 * Math.round(pixels / 2));

/** The same scene with the path of another preset. */
export function withPreset(spec: JobSpec, preset: PresetName): JobSpec {
  const phaseTurns = PRESETS[preset].oneWay ? 0 : spec.camera.phaseTurns;
  const loop = defaultLoopMode(preset);
  return { ...spec, camera: { ...spec.camera, preset, phaseTurns, loop } };
}

/**
 * The scene of a session, whose camera the caller moves: nothing else moves, and the camera is as
 * strong as that of a gentle path. One sample per pixel, because frames must be fast.
 */
export function sessionSpec(spec: JobSpec): JobSpec {
  const { limit } = spec.camera;
  const camera = {
    ...withPreset(spec, "circle").camera,
    intensity: 1,
    phaseTurns: 0,
    // A session is drawn as strong as the limits allow: nobody decides on another strength.
    limit: limit === "none" ? limit : ("auto" as const),
  };
  return { ...spec, camera, motions: [], clip: { ...spec.clip, ssaa: 1 } };
}
