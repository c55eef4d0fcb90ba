/** Makes a PNG of a picture, with every sample as it was drawn. */
import { encode } from "fast-png";
import type { RgbaPicture } from "./gl-surface.js";

export function stillPng({ rgba, width, height, transparent }: RgbaPicture): Blob {
  const data = transparent ? rgba : withoutAlpha(rgba);
  const file = encode({ width, height, data, depth: 8, channels: transparent ? 4 : 3 });
  return new Blob([new Uint8Array(file)], { type: "image/png" });
}

/** The alpha of an opaque scene holds no coverage. */
function withoutAlpha(rgba: Uint8Array): Uint8Array {
  const rgb = new Uint8Array((3 * rgba.length) / 4);
  for (let from = 0, to = 0; to < rgb.length; from += 4, to += 3) {
    rgb[to] = rgba[from] ?? 0;
    rgb[to + 1] = rgba[from + 1] ?? 0;
    rgb[to + 2] = rgba[from + 2] ?? 0;
  }
  return rgb;
}
