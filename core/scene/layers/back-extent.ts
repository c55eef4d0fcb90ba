/** Where the back sheet exists, on the pixels of a picture. */
import type { Size } from "../../geometry/size.js";
import type { Layers } from "./layers.js";

/** 255 for each pixel of a picture of this size over whose texel the back sheet exists, else 0. */
export function backExtent({ hidden, ...map }: Layers, { width, height }: Size): Uint8Array {
  const extent = new Uint8Array(width * height);
  const columns = texelsUnder(width, map.width);
  const rows = texelsUnder(height, map.height);
  for (let y = 0, pixel = 0; y < height; y++) {
    const row = (rows[y] ?? 0) * map.width;
    for (let x = 0; x < width; x++, pixel++) {
      if (hidden[row + (columns[x] ?? 0)] !== 0) extent[pixel] = 255;
    }
  }
  return extent;
}

/** The texel under the middle of each pixel of one axis. */
function texelsUnder(pixels: number, texels: number): Uint32Array {
  return Uint32Array.from({ length: pixels }, (_, i) => Math.floor(((i + 0.5) * texels) / pixels));
}
