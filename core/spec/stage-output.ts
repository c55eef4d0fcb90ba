/** What a stage leaves for the next one in the job record: names of blobs and their shapes. */

/** A raster of raw samples in the blob store, row-major, without padding. */
export interface RasterRef {
  readonly sha256: string;
  readonly width: number;
  readonly height: number;
}

/** What made a depth map. */
export interface DepthSource {
  /** Name of the model; `none` for the estimate without a model. */
  readonly model: string;
  /** Of the model's file; empty without a model. */
  readonly modelSha256: string;
  readonly provider: string;
}

/** Output of the depth stage. */
export interface DepthOutput {
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
}

/** Output of the encode stage. */
export interface EncodeOutput {
  readonly sizeBytes: number;
  readonly frames: number;
  /** The first MP4 output as its followers got it; null where there is none. */
  readonly fragments: FragmentsRef | null;
}

/** The segments of a fragmented MP4 after one another, as one blob. */
export interface FragmentsRef {
  readonly sha256: string;
  readonly sizeBytes: number;
  /** The attempt of the encode that they are of. */
  readonly attempt: string;
}
