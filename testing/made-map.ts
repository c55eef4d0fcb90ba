/** Made disparity maps for tests: boxes before a tilted ground, with seeded places and sizes. */
import type { Size } from "../core/geometry/size.js";
import { seededRandom } from "./random.js";

/** 16-bit, row-major, 65535 nearest. */
export function madeMap({ width, height }: Size, seed: number, boxes = 6): Uint16Array {
  const random = seededRandom(seed);
  const [tilt, base] = [0.4 * random(), 0.3 * random()];
  const map = Uint16Array.from({ length: width * height }, (_, at) =>
    Math.round(65535 * (base + (tilt * Math.floor(at / width)) / height)),
  );
  for (let i = 0; i < boxes; i++) {
    const disparity = Math.round(65535 * (0.3 + 0.7 * random()));
    const [left, top] = [random() * width, random() * height];
    const right = left + (0.05 + 0.3 * random()) * width;
    const bottom = top + (0.1 + 0.5 * random()) * height;
    for (let y = Math.floor(top); y < Math.min(height, bottom); y++) {
      for (let x = Math.floor(left); x < Math.min(width, right); x++) {
        map[y * width + x] = Math.max(map[y * width + x] ?? 0, disparity);
      }
    }
  }
  return map;
}
