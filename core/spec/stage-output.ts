/**
 * The outputs of the depth and encode stages, which the job record keeps for later stages: hashes
 * and sizes of blobs, and the checks when they are read.
 */
import {
  type Check,
  fields,
  flag,
  nullable,
  number,
  object,
  oneOf,
  optional,
  text,
  withDefault,
} from "./json-checks.js";
import { NOTES, type Note, type NoteCode } from "./note.js";

/** A raster of raw samples in the blob store, row-major, without padding. */
export type RasterRef = {
  readonly sha256: string;
  readonly width: number;
  readonly height: number;
};

/** The model and the provider that made a depth map. */
export type DepthSource = {
  /** Name of the model; `none` for an estimate without a model. */
  readonly model: string;
  /** Hash of the model's file; empty without a model. */
  readonly modelSha256: string;
  readonly provider: string;
};

/** Output of the depth stage. */
export type DepthOutput = {
  /** Upright sRGB photo, 8-bit RGB interleaved, [height, width, 3]. */
  readonly photo: RasterRef;
  /**
   * Alpha of the photo, 8-bit, [height, width], over whose white `photo` is; null if it is opaque,
   * or if the job has no use for it.
   */
  readonly alpha: RasterRef | null;
  /** Relative disparity, 16-bit little endian, [height, width]; 65535 is nearest. */
  readonly disparity: RasterRef;
  /** The disparity map as a small 8-bit gray PNG, for previews. */
  readonly thumbnail: RasterRef;
  /** Whether the map was taken from the cache. */
  readonly cacheHit: boolean;
  readonly postProcessingVersion: number;
  readonly source: DepthSource;
  /**
   * Key under which the result cache may store the job's result; null if no other job may reuse it.
   */
  readonly resultKey: string | null;
};

/** What the camera of a clip does to its photo. */
export type CameraFigures = {
  /** Part of the requested depth that the camera has, [0, 1]. */
  readonly strength: number;
  /** Of the worst frame, 0 to 100. */
  readonly hiddenAreaPercent: number;
  /** Of the worst frame, at least 1. */
  readonly stretchP99: number;
  /** Disparity of the photo's subject, where the preset moves around it. */
  readonly subject?: number;
};

/** Output of the render stage. */
export type RenderOutput = {
  readonly camera: CameraFigures;
};

/** Output of the encode stage. */
export type EncodeOutput = {
  readonly sizeBytes: number;
  readonly frames: number;
  /**
   * The fragments of the first MP4 output, as its followers received them; null if there is no MP4
   * output.
   */
  readonly fragments: FragmentsRef | null;
};

/** All segments of a fragmented MP4 in order, as one blob. */
export type FragmentsRef = {
  readonly sha256: string;
  readonly sizeBytes: number;
  /** The attempt of the encode stage that made them. */
  readonly attempt: string;
};

/** Checks a raster in a record or a cache entry. Throws INTERNAL. */
export const RASTER = fields<RasterRef>({ sha256: text, width: number, height: number });
/** Text by names, as in the metadata of a note. */
const FACTS: Check<Readonly<Record<string, string>>> = (value, at) => {
  for (const [name, fact] of Object.entries(object(value, at))) text(fact, `${at}.${name}`);
  return value as Readonly<Record<string, string>>;
};

/** As RASTER, for a note. */
export const STORED_NOTE = fields<Note>({
  code: oneOf(Object.keys(NOTES) as NoteCode[]),
  message: text,
  metadata: FACTS,
});

/** As RASTER, for what made a depth map. */
export const DEPTH_SOURCE = fields<DepthSource>({
  model: text,
  modelSha256: text,
  provider: text,
});
const DEPTH_OUTPUT = fields<DepthOutput>({
  photo: RASTER,
  // Records of earlier versions have none.
  alpha: withDefault(nullable(RASTER), null),
  disparity: RASTER,
  thumbnail: RASTER,
  cacheHit: flag,
  postProcessingVersion: number,
  source: DEPTH_SOURCE,
  // Records of before the result cache have none.
  resultKey: withDefault(nullable(text), null),
});
const RENDER_OUTPUT = fields<RenderOutput>({
  camera: fields<CameraFigures>({
    strength: number,
    hiddenAreaPercent: number,
    stretchP99: number,
    subject: optional(number),
  }),
});
const ENCODE_OUTPUT = fields<EncodeOutput>({
  sizeBytes: number,
  frames: number,
  fragments: nullable(fields<FragmentsRef>({ sha256: text, sizeBytes: number, attempt: text })),
});

/**
 * Checks the output of the depth stage in a job record. Throws INTERNAL if it is damaged or absent.
 */
export function depthOutputOf(output: unknown): DepthOutput {
  return DEPTH_OUTPUT(output, "the depth stage's output");
}

/**
 * The output of the render stage in a job record; null until it has drawn, for a job without a clip
 * and stills, and in records of earlier versions. Throws INTERNAL if it is damaged.
 */
export function renderOutputOf(output: unknown): RenderOutput | null {
  return nullable(RENDER_OUTPUT)(output, "the render stage's output");
}

/**
 * Checks the output of the encode stage in a job record. Throws INTERNAL if it is damaged or
 * absent.
 */
export function encodeOutputOf(output: unknown): EncodeOutput {
  return ENCODE_OUTPUT(output, "the encode stage's output");
}
