/** The outputs of stages that the job record keeps for later stages: blobs by their hashes, and their shapes. */
import { fields, flag, nullable, number, text } from "./json-checks.js";

/** A raster of raw samples in the blob store, row-major, without padding. */
export type RasterRef = {
  readonly sha256: string;
  readonly width: number;
  readonly height: number;
};

/** What made a depth map. */
export type DepthSource = {
  /** Name of the model; `none` for the estimate without a model. */
  readonly model: string;
  /** Of the model's file; empty without a model. */
  readonly modelSha256: string;
  readonly provider: string;
};

/** Output of the depth stage. */
export type DepthOutput = {
  /** Upright sRGB photo, 8-bit RGB interleaved, [height, width, 3]. */
  readonly photo: RasterRef;
  /** Relative disparity, 16-bit little endian, [height, width]; 65535 is nearest. */
  readonly disparity: RasterRef;
  /** The disparity map as a small 8-bit gray PNG, for a first look. */
  readonly thumbnail: RasterRef;
  /** The map was there already. */
  readonly cacheHit: boolean;
  readonly postProcessingVersion: number;
  readonly source: DepthSource;
  /** What the job's result may be kept under; null where no other job may have it. */
  readonly resultKey: string | null;
};

/** Output of the encode stage. */
export type EncodeOutput = {
  readonly sizeBytes: number;
  readonly frames: number;
  /** The first MP4 output as its followers got it; null where there is none. */
  readonly fragments: FragmentsRef | null;
};

/** The segments of a fragmented MP4 after one another, as one blob. */
export type FragmentsRef = {
  readonly sha256: string;
  readonly sizeBytes: number;
  /** The attempt of the encode that they are of. */
  readonly attempt: string;
};

const RASTER = fields<RasterRef>({ sha256: text, width: number, height: number });
const DEPTH_OUTPUT = fields<DepthOutput>({
  photo: RASTER,
  disparity: RASTER,
  thumbnail: RASTER,
  cacheHit: flag,
  postProcessingVersion: number,
  source: fields<DepthSource>({ model: text, modelSha256: text, provider: text }),
  resultKey: nullable(text),
});
const ENCODE_OUTPUT = fields<EncodeOutput>({
  sizeBytes: number,
  frames: number,
  fragments: nullable(fields<FragmentsRef>({ sha256: text, sizeBytes: number, attempt: text })),
});

/** The depth stage's output as the record has it. Throws INTERNAL where it is damaged, or the stage has none yet. */
export function depthOutputOf(output: unknown): DepthOutput {
  return DEPTH_OUTPUT(output, "the depth stage's output");
}

/** The encode stage's output as the record has it. Throws INTERNAL where it is damaged, or the stage has none yet. */
export function encodeOutputOf(output: unknown): EncodeOutput {
  return ENCODE_OUTPUT(output, "the encode stage's output");
}
