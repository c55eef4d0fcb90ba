/** What the service asks of its decoding process, and what comes back. */

import type { MapInput } from "../../../core/depthmap/files/map-file.js";
import type { DisparityMap } from "../../../core/depthmap/post-processing.js";
import { type AskedSize, clipSize, type Size } from "../../../core/geometry/size.js";
import type { PhotoFormat, PhotoLimits } from "../../../core/photo/inspect.js";
import { textureSize } from "../../../core/scene/extent.js";

/** The size that a photo is shrunk to; it is never enlarged. */
export type Fit =
  /** What a clip of this size needs; what is absent follows from the photo's aspect. */
  | {
      readonly clip: AskedSize;
      /** How many times its own scale the camera sees some part of it. Absent: no more than once. */
      readonly closest?: number;
    }
  | { readonly longSidePixels: number };

export interface PhotoRequest {
  readonly kind: "photo";
  readonly limits: PhotoLimits;
  /** Formats that may be decoded; the loaders of all others are blocked. */
  readonly formats: readonly PhotoFormat[];
  readonly fit: Fit;
}

export interface DecodeMapRequest {
  readonly kind: "map";
  readonly input: MapInput;
  readonly limits: PhotoLimits;
  readonly formats: readonly PhotoFormat[];
}

export type DecodeRequest = PhotoRequest | DecodeMapRequest;

/** 8-bit sRGB interleaved, [height, width, 3], upright and opaque. */
export interface DecodedPhoto extends Size {
  readonly rgb: Uint8Array;
  /** Of the size and the pixels: equal for every file that shows the same. */
  readonly sha256: string;
}

/** A caller's own depth map: disparity up to scale and shift, larger = nearer. */
export interface DecodedMap extends DisparityMap {
  /** Of the size and the values. */
  readonly sha256: string;
}

export type DecodeReply =
  | (Size & { readonly sha256: string })
  | {
      readonly error: {
        readonly reason: string;
        readonly message: string;
        readonly metadata: Readonly<Record<string, string>>;
      };
    };

/** The size that `fit` gives to an upright photo. */
export function fittedSize(fit: Fit, upright: Size): Size {
  if ("clip" in fit) return textureSize(clipSize(fit.clip, upright), upright, fit.closest);
  const scale = Math.min(1, fit.longSidePixels / Math.max(upright.width, upright.height));
  return {
    width: Math.max(1, Math.round(upright.width * scale)),
    height: Math.max(1, Math.round(upright.height * scale)),
  };
}
