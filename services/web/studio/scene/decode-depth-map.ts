/** Decodes the depth map of a scene. Browsers give pictures 8 bits, so that this is done here. */
import { decode } from "fast-png";
import { DepthmeshError } from "../../../../core/errors.js";
import type { Size } from "../../../../core/geometry/size.js";

export interface DecodedDepthMap {
  readonly size: Size;
  /** [height, width], 65535 nearest. */
  readonly disparity: Uint16Array;
}

/** Takes gray PNGs of 8 and 16 bits. Throws IMAGE_CORRUPT. */
export function decodeDepthMap(file: ArrayBuffer): DecodedDepthMap {
  const { data, width, height, depth, channels } = decoded(file);
  if (channels !== 1 || (depth !== 8 && depth !== 16)) {
    const message = `the depth map has ${channels} channels of ${depth} bits; it must be gray with 8 or 16 bits`;
    throw new DepthmeshError("IMAGE_CORRUPT", message);
  }
  // 255 becomes 65535.
  const disparity = depth === 16 ? Uint16Array.from(data) : Uint16Array.from(data, (v) => 257 * v);
  return { size: { width, height }, disparity };
}

function decoded(file: ArrayBuffer) {
  try {
    return decode(file);
  } catch (cause) {
    throw new DepthmeshError("IMAGE_CORRUPT", "the depth map is not a PNG", { cause });
  }
}
