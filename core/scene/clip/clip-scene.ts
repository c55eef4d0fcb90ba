/**
 * What is drawn of a photo, its depth map and a specification: the geometry that covers the camera
 * path of the clip. Everything that draws a clip begins here.
 */
import { type Note, note } from "../../spec/note.js";
import type { JobSpec } from "../../spec/spec.js";
import { framesHaveAlpha } from "../../spec/transparency.js";
import type { CameraState } from "../camera.js";
import { cutoutRange, subjectDisparity } from "../cutout.js";
import { sceneGeometry } from "../geometry.js";
import type { Quality } from "../quality.js";
import { eyeCameras, weakerEyes } from "../stereo/eyes.js";
import { stereoFrame } from "../stereo/layout.js";
import { type CameraSource, type LimitedCamera, limitCamera } from "./clip-camera.js";
import { coveringStates } from "./clip-states.js";
import type { SceneData } from "./scene-data.js";

/** The scene of a clip before its camera is decided. */
export interface Rasters extends CameraSource {
  /** RGB interleaved, [height, width, 3]. */
  readonly photo: Uint8Array;
  /** Alpha of the photo, [height, width]; `photo` is over white then. Absent: opaque. */
  readonly alpha?: Uint8Array | undefined;
  /** Whether the frames have alpha. Absent: they are opaque. */
  readonly transparent?: boolean;
}

export interface SceneSource extends Rasters {
  readonly camera: LimitedCamera;
}

/** Throws CAMERA_LIMIT_EXCEEDED. */
export function sceneSource(rasters: Rasters): SceneSource {
  return { ...rasters, camera: limitCamera(rasters) };
}

/** Photo, alpha and disparity of a scene, as they are stored. */
export type SceneRasters = Omit<Rasters, "spec" | "transparent">;

/** What is drawn of these rasters, before the camera is decided. */
export function withSpec(rasters: SceneRasters, spec: JobSpec): Rasters {
  return { ...rasters, spec, transparent: framesHaveAlpha(spec, rasters.alpha !== undefined) };
}

/** The disparity at which the foreground of a clip without a background begins. */
function foregroundOf({ spec, disparity, disparitySize }: SceneSource): number {
  return spec.clip.cutoutDisparity ?? subjectDisparity(disparity, disparitySize);
}

/** Says where the foreground begins if the map has decided it. */
export function cutoutNotes({ clip }: JobSpec, { cutout }: Pick<SceneData, "cutout">): Note[] {
  if (!cutout || clip.cutoutDisparity !== undefined) return [];
  return [note("CUTOUT_CHOSEN", { cutout_disparity: cutout.to.toFixed(3) })];
}

/**
 * The scene as the renderer opens it. It depends on the clip as a whole, so that a still equals the
 * frame of its moment whether a job or a RenderStill call draws it. `quality` is used where the
 * spec names none; `taus` are the moments of the stills.
 */
export function sceneData(
  source: SceneSource,
  quality: Quality,
  taus: readonly number[],
): SceneData {
  return sceneDataFor(
    source,
    quality,
    coveringStates(source, taus).map(({ camera }) => camera),
  );
}

/** The same for these states of the camera, and all between them. */
export function sceneDataFor(
  source: SceneSource,
  quality: Quality,
  states: readonly CameraState[],
): SceneData {
  const { spec, photo, photoSize, alpha, transparent, disparity, disparitySize } = source;
  const stereo = weakerEyes(spec.stereo, source.camera.strength);
  const { frame: composed, eye } = stereoFrame(spec.clip, stereo, photoSize);
  const { frame, picture } = eye;
  const { ssaa } = spec.clip;
  const aspect = picture.width / picture.height;
  const sizes = { photo: photoSize, disparity: disparitySize, frame: picture, ssaa };
  const cameras = states.flatMap((camera) => eyeCameras(camera, stereo, aspect));
  return {
    photo,
    photoSize,
    ...(transparent && { transparent, ...(alpha && { alpha }) }),
    ...(spec.clip.background === "none" && { cutout: cutoutRange(foregroundOf(source)) }),
    disparity,
    disparitySize,
    frame,
    picture,
    ssaa,
    seed: spec.seed,
    ...(stereo.layout !== "none" && { stereo: { ...stereo, composed } }),
    geometry: sceneGeometry(sizes, cameras, spec.quality ?? quality, spec.edges),
  };
}
