/** Brightness of a photo as one number a pixel. */

/** BT.709 luma in [0, 1] of RGB in [0, 255], [height, width, 3]. */
export function luma(rgb: Float32Array | Uint8Array): Float32Array {
  const result = new Float32Array(rgb.length / 3);
  for (let i = 0; i < result.length; i++) {
    const at = 3 * i;
    result[i] =
      (0.2126 * (rgb[at] ?? 0) + 0.7152 * (rgb[at + 1] ?? 0) + 0.0722 * (rgb[at + 2] ?? 0)) / 255;
  }
  return result;
}
