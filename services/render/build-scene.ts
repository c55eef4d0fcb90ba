/**
 * Builds the scene that frames and stills are drawn from: reads a job's spec and rasters, and
 * chooses the geometry that covers the camera path of the clip.
 */
import { DepthmeshError } from "../../core/errors.js";
import type { CameraState } from "../../core/scene/camera.js";
import { cutoutRange, subjectDisparity } from "../../core/scene/cutout.js";
import { sceneGeometry } from "../../core/scene/geometry.js";
import type { Quality } from "../../core/scene/quality.js";
import { eyeCameras, weakerEyes } from "../../core/scene/stereo/eyes.js";
import { stereoFrame } from "../../core/scene/stereo/layout.js";
import { type Note, note } from "../../core/spec/note.js";
import type { JobSpec } from "../../core/spec/spec.js";
import { type DepthOutput, depthOutputOf } from "../../core/spec/stage-output.js";
import { readSpec } from "../../core/spec/stored-spec.js";
import { framesHaveAlpha } from "../../core/spec/transparency.js";
import type { RemoteBlobs } from "../../kit/blobs/remote.js";
import type { JobRecord } from "../../pipeline/record/record.js";
import { type CameraSource, type LimitedCamera, limitCamera } from "./clip-camera.js";
import { type ClipSource, coveringStates, framesOf, stateAt } from "./clip-states.js";
import type { SceneData } from "./gl/protocol.js";
import type { Picture, RenderScene, TransparentPicture } from "./render-scene.js";

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

/**
 * Reads the spec and the rasters of a job from the blob store. Throws JOB_NOT_READY before depth is
 * done, BLOB_NOT_FOUND when a blob is gone, CAMERA_LIMIT_EXCEEDED.
 */
export async function readJobSource(
  blobs: RemoteBlobs,
  record: JobRecord,
  signal: AbortSignal,
): Promise<SceneSource> {
  const depth = depthOf(record);
  const [specBytes, rasters] = await Promise.all([
    blobs.read(record.specBlob, signal),
    readRasters(blobs, depth, signal),
  ]);
  return sceneSource(withSpec(rasters, readSpec(specBytes)));
}

/** What a job's depth stage has made. Throws JOB_NOT_READY before it is done. */
export function depthOf({ state, stages }: JobRecord): DepthOutput {
  const { done, output } = stages.depth;
  if (done) return depthOutputOf(output);
  throw new DepthmeshError("JOB_NOT_READY", "the job has no depth map yet", {
    metadata: { state },
  });
}

/** Photo, alpha and disparity of a scene, as they are stored. */
export type SceneRasters = Omit<Rasters, "spec" | "transparent">;

/** Throws BLOB_NOT_FOUND when a blob is gone. */
export async function readRasters(
  blobs: RemoteBlobs,
  { photo, disparity, alpha }: Pick<DepthOutput, "photo" | "disparity" | "alpha">,
  signal: AbortSignal,
): Promise<SceneRasters> {
  const [photoBytes, disparityBytes, alphaBytes] = await Promise.all([
    blobs.read(photo.sha256, signal),
    blobs.read(disparity.sha256, signal),
    alpha ? blobs.read(alpha.sha256, signal) : undefined,
  ]);
  return {
    photo: photoBytes,
    photoSize: photo,
    alpha: alphaBytes,
    disparity: uint16View(disparityBytes),
    disparitySize: disparity,
  };
}

/** What is drawn of these rasters, before the camera is decided. */
export function withSpec(rasters: SceneRasters, spec: JobSpec): Rasters {
  return { ...rasters, spec, transparent: framesHaveAlpha(spec, rasters.alpha !== undefined) };
}

/** Little endian 16-bit samples: a view where the bytes are aligned, else a copy. */
export function uint16View(bytes: Uint8Array): Uint16Array {
  const aligned = bytes.byteOffset % 2 === 0 ? bytes : bytes.slice();
  return new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.length / 2);
}

/** Draws the picture at `tau`, with the grain of the frame that the clip shows at that moment. */
export function stillAt(scene: RenderScene, source: ClipSource, tau: number): Promise<Picture> {
  return scene.still(stateAt(source, tau), Math.floor(tau * framesOf(source.spec)));
}

/** The same with its alpha, of a transparent scene. */
export function transparentStillAt(
  scene: RenderScene,
  source: ClipSource,
  tau: number,
): Promise<TransparentPicture> {
  return scene.transparentStill(stateAt(source, tau), Math.floor(tau * framesOf(source.spec)));
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
