/**
 * Finds the depth map that a phone's camera has put into a JPEG: GDepth in XMP, an item of the
 * Dynamic Depth format, or an auxiliary picture of the Multi-Picture Format. The map lies as the
 * photo's stored pixels do.
 */
import type { EmbeddedInput } from "../../depthmap/files/map-file.js";
import { auxiliaryPictures } from "./multi-picture.js";
import { property, readXmp, type Xmp } from "./xmp.js";

export interface EmbeddedDepth {
  /** How the file holds it, for a note. */
  readonly kind: "GDepth" | "DynamicDepth" | "MPF";
  readonly bytes: Uint8Array;
  readonly input: EmbeddedInput;
}

const FORMATS: Readonly<Record<string, EmbeddedInput["format"]>> = {
  "image/png": "png",
  "image/jpeg": "jpeg",
  "image/jpg": "jpeg",
};
/** A larger picture in XMP than this is no map of a phone. */
const MAX_MAP_BYTES = 24 * 1024 * 1024;
const MAX_ITEMS = 32;

/** Undefined where there is none, or none that is understood. Never throws. */
export function findEmbeddedDepth(jpeg: Uint8Array): EmbeddedDepth | undefined {
  const xmp = readXmp(jpeg);
  const inXmp = xmp && (ofGDepth(xmp) ?? ofDynamicDepth(xmp, jpeg));
  return inXmp ?? ofMultiPicture(jpeg);
}

/**
 * "Depthmap Metadata" of the Google Camera: `GDepth:Data` is the picture in base64, 0 is `Near` and
 * the largest sample is `Far`.
 */
function ofGDepth({ main, extension }: Xmp): EmbeddedDepth | undefined {
  const find = (name: string) =>
    property(main, `GDepth:${name}`) ?? property(extension, `GDepth:${name}`);
  const data = find("Data");
  const format = FORMATS[find("Mime")?.toLowerCase() ?? ""];
  if (!data || !format || data.length > (MAX_MAP_BYTES * 4) / 3) return undefined;
  const input = scaled(format, find("Format"), find("Near"), find("Far"));
  if (!input) return undefined;
  return { kind: "GDepth", bytes: Buffer.from(data, "base64"), input };
}

/**
 * Dynamic Depth 1.0: a list of items whose bytes stand behind the photo, in order, up to the end of
 * the file.
 */
function ofDynamicDepth({ main, extension }: Xmp, jpeg: Uint8Array): EmbeddedDepth | undefined {
  const xmp = `${main}${extension}`;
  const items = xmp.split(/<Container:Item\b/).slice(1, MAX_ITEMS + 1);
  let end = jpeg.length;
  for (const item of items.reverse()) {
    const length = Number(property(item, "Item:Length") ?? "0");
    const padding = Number(property(item, "Item:Padding") ?? "0");
    const start = end - length;
    if (!Number.isInteger(length) || !Number.isInteger(padding) || start < 0) return undefined;
    const format = FORMATS[property(item, "Item:Mime")?.toLowerCase() ?? ""];
    if (isDepthItem(item) && format && length > 0 && length <= MAX_MAP_BYTES) {
      const find = (name: string) => property(xmp, `DepthMap:${name}`);
      const input = scaled(format, find("Format"), find("Near"), find("Far"));
      return input && { kind: "DynamicDepth", bytes: jpeg.subarray(start, end), input };
    }
    end = start - padding;
  }
  return undefined;
}

function isDepthItem(item: string): boolean {
  const uri = property(item, "Item:DataURI") ?? "";
  const semantic = property(item, "Item:Semantic") ?? "";
  return /depthmap$/i.test(uri) || /^depth(map)?$/i.test(semantic);
}

/**
 * RangeInverse is linear in the inverse of the distance, which is disparity; RangeLinear is linear
 * in the distance, from near to far.
 */
function scaled(
  format: EmbeddedInput["format"],
  scale: string | undefined,
  near: string | undefined,
  far: string | undefined,
): EmbeddedInput | undefined {
  if (scale === "RangeInverse") return { format, polarity: "far-is-white" };
  const [nearest, farthest] = [Number(near), Number(far)];
  if (scale !== "RangeLinear" || !(nearest > 0 && farthest > nearest)) return undefined;
  return { format, polarity: "distance", distances: { zero: nearest, full: farthest } };
}

/**
 * Cameras that write auxiliary pictures name their kind in the XMP of each:
 * `AuxiliaryImageType` is disparity (white is near) or depth (distances from `FloatMinValue` to
 * `FloatMaxValue`).
 */
function ofMultiPicture(jpeg: Uint8Array): EmbeddedDepth | undefined {
  for (const bytes of auxiliaryPictures(jpeg)) {
    const xmp = readXmp(bytes)?.main ?? "";
    const kind = /AuxiliaryImageType(?:="|>)[^"<]*?(disparity|depth)\b/i.exec(xmp)?.[1];
    if (kind?.toLowerCase() === "disparity") {
      return { kind: "MPF", bytes, input: { format: "jpeg", polarity: "near-is-white" } };
    }
    if (kind === undefined) continue;
    const zero = Number(/FloatMinValue(?:="|>)([\d.eE+-]+)/.exec(xmp)?.[1]);
    const full = Number(/FloatMaxValue(?:="|>)([\d.eE+-]+)/.exec(xmp)?.[1]);
    if (!(zero >= 0 && full > zero)) continue;
    const input = { format: "jpeg", polarity: "distance", distances: { zero, full } } as const;
    return { kind: "MPF", bytes, input };
  }
  return undefined;
}
