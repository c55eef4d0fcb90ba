/**
 * Depth maps supplied by the caller: their formats, the check of a file before anything is decoded,
 * and the conversion of their values to disparity.
 */
import { DepthmeshError } from "../../errors.js";
import type { Size } from "../../geometry/size.js";
import type { Orientation } from "../../photo/exif.js";
import { inspectJpeg } from "../../photo/jpeg.js";
import { type PhotoLimits, requireBytes, requireSize } from "../../photo/limits.js";
import { inspectPng } from "../../photo/png.js";
import { finishSteps } from "../../steps.js";
import type { MapOrientation } from "../orient.js";
import type { DisparityMap } from "../post-processing.js";
import { EXR_SIGNATURE, inspectExr } from "./exr.js";
import { inspectNpy, NPY_SIGNATURE } from "./npy.js";
import { inspectPfm } from "./pfm.js";
import type { MapSamples } from "./samples.js";
import { mapFault, mapTruncated } from "./samples.js";

export const MAP_FORMATS = ["png", "exr", "pfm", "npy", "float32", "jpeg"] as const;
export type MapFormat = (typeof MAP_FORMATS)[number];

/** What the values mean: brighter is nearer, brighter is farther, or distances. */
export const MAP_POLARITIES = ["near-is-white", "far-is-white", "distance"] as const;
export type MapPolarity = (typeof MAP_POLARITIES)[number];

export interface MapInput {
  /** Absent: the first bytes decide. */
  readonly format?: MapFormat;
  readonly polarity: MapPolarity;
  /** Only for `float32`, a file that has only rows of little-endian samples, the top row first. */
  readonly width?: number;
  readonly height?: number;
  /** How the map lies. Absent: its file and its aspect ratio decide. */
  readonly orientation?: MapOrientation;
}

/** A map that a camera has put into the photo's file. */
export interface EmbeddedInput {
  readonly format: "png" | "jpeg";
  readonly polarity: MapPolarity;
  /** With the polarity `distance`: the distances of sample 0 and of the largest sample. */
  readonly distances?: { readonly zero: number; readonly full: number };
}

const SIGNATURES: readonly (readonly [signature: string, format: MapFormat])[] = [
  ["\x89PNG\r\n\x1a\n", "png"],
  ["\xff\xd8\xff", "jpeg"],
  [EXR_SIGNATURE, "exr"],
  ["Pf", "pfm"],
  ["PF", "pfm"],
  [NPY_SIGNATURE, "npy"],
];

export interface MapFacts extends Size {
  readonly format: MapFormat;
  /** What the EXIF of a picture says; 1 also where it has none. */
  readonly orientation?: Orientation;
}

/**
 * Checks the structure of a map file and returns its format and size. Throws DepthmeshError and
 * nothing else: UPLOAD_TOO_LARGE and the IMAGE_ reasons, with the field `depth.map`.
 */
export function inspectMap(bytes: Uint8Array, input: MapInput, limits: PhotoLimits): MapFacts {
  const format = input.format ?? sniffMap(bytes);
  try {
    requireBytes(limits, bytes.length);
    const size = sizeOf(bytes, format, input, limits);
    requireSize({ ...limits, minSidePixels: 1 }, size.width, size.height);
    return { format, ...size };
  } catch (error) {
    if (!(error instanceof DepthmeshError)) throw error;
    const metadata = { ...error.metadata, field: "depth.map" };
    throw new DepthmeshError(error.reason, error.message, { metadata });
  }
}

function sniffMap(bytes: Uint8Array): MapFormat {
  const start = String.fromCharCode(...bytes.subarray(0, 8));
  const found = SIGNATURES.find(([signature]) => start.startsWith(signature));
  if (found) return found[1];
  throw mapFault(
    "IMAGE_UNSUPPORTED_FORMAT",
    "is none of PNG, JPEG, OpenEXR, PFM and NumPy; rows of float32 must be named as such",
  );
}

function sizeOf(
  bytes: Uint8Array,
  format: MapFormat,
  input: MapInput,
  limits: PhotoLimits,
): Omit<MapFacts, "format"> {
  switch (format) {
    case "png":
    case "jpeg": {
      const inspect = format === "png" ? inspectPng : inspectJpeg;
      const steps = inspect(bytes, { ...limits, minSidePixels: 1 });
      const { widthPixels, heightPixels, orientation } = finishSteps(steps);
      return { width: widthPixels, height: heightPixels, orientation };
    }
    case "exr":
      return inspectExr(bytes);
    case "pfm":
      return inspectPfm(bytes);
    case "npy":
      return inspectNpy(bytes);
    case "float32": {
      const { width = 0, height = 0 } = input;
      const expectedBytes = 4 * width * height;
      if (bytes.length < expectedBytes) throw mapTruncated(bytes.length, expectedBytes);
      if (bytes.length === expectedBytes && expectedBytes > 0) return { width, height };
      const fault = `has ${bytes.length} bytes, ${width}×${height} samples of float32 are ${expectedBytes}`;
      throw mapFault("IMAGE_CORRUPT", fault);
    }
  }
}

/**
 * Disparity up to scale and shift, larger = nearer. A distance that is not positive counts as
 * infinite.
 */
export function disparityOf(samples: MapSamples, polarity: MapPolarity): DisparityMap {
  return { ...samples, values: disparities(samples.values, polarity), edges: "sharp" };
}

function disparities(values: Float32Array, polarity: MapPolarity): Float32Array {
  switch (polarity) {
    case "near-is-white":
      return values;
    case "far-is-white":
      return values.map((value) => -value);
    case "distance":
      return values.map((value) => (value > 0 ? 1 / value : 0));
  }
}
