/** The colors of both sides of every silhouette, on the texels of the disparity map. */
import type { Size } from "../../geometry/size.js";
import type { BuiltLayers } from "./build-layers.js";
import { isGrown } from "./grown.js";
import { BackKind } from "./hidden.js";
import { smoothInvented } from "./surface.js";

/** RGB in [0, 255], [height, width, 3]. */
export interface Sides {
  /** Of the near thing, around each silhouette. */
  readonly near: Float32Array;
  /** Of what lies behind, under the near thing and around its silhouette. */
  readonly far: Float32Array;
}

/** How far around a rim texel its side's color is taken from, in texels. */
const SAMPLE_RADIUS = 2;

/** Weight of the texels at the silhouette, which have colors of both sides. */
const MIXED_WEIGHT = 0.03;

/** Squared distances in texels from the other side up to which colors are mixed. */
const MIXED_NEAR2 = 2;
const MIXED_FAR2 = 2;

/** Passes that smooth the invented colors within one surface, so that they meet what is visible. */
const PASSES = 12;

/** `photo` is RGB on the texels of the map. */
export function sideColors(layers: BuiltLayers, photo: Float32Array): Sides {
  const { front, back, rims, disparity, least } = layers.seams;
  const { grown } = front;
  const { under, kind } = back;
  const meanAround = (texels: Int32Array, weigh: (texel: number) => number) =>
    rimColors(layers, photo, texels, disparity, 2 * least, weigh);
  const nearColors = meanAround(rims.near.texels, (texel) => {
    if (isGrown(grown, texel)) return 0;
    return isWithin(under.seed, under.distance2, texel, MIXED_NEAR2) ? MIXED_WEIGHT : 1;
  });
  const farColors = meanAround(rims.far.texels, (texel) =>
    isGrown(grown, texel) && (grown.distance2[texel] ?? 0) <= MIXED_FAR2 ? MIXED_WEIGHT : 1,
  );
  const near = new Float32Array(photo.length);
  const far = photo.slice();
  for (const texel of grown.reached) {
    const seed = grown.seed[texel] ?? 0;
    copy(nearColors, seed, near, texel);
    const across = under.seed[rims.near.partners[seed] ?? 0] ?? -1;
    if (across >= 0) copy(farColors, across, far, texel);
  }
  for (const texel of under.reached) {
    if (kind[texel] !== BackKind.HIDDEN) continue;
    const seed = under.seed[texel] ?? 0;
    copy(farColors, seed, far, texel);
    const across = grown.seed[rims.far.partners[seed] ?? 0] ?? -1;
    if (across >= 0) copy(nearColors, across, near, texel);
  }
  smoothInvented(back.invented, far, 3, PASSES);
  return { near, far };
}

function isWithin(seed: Int32Array, distance2: Int32Array, texel: number, most: number): boolean {
  return (seed[texel] ?? -1) >= 0 && (distance2[texel] ?? 0) > 0 && (distance2[texel] ?? 0) <= most;
}

function copy(from: Float32Array, at: number, to: Float32Array, texel: number): void {
  for (let c = 0; c < 3; c++) to[3 * texel + c] = from[3 * at + c] ?? 0;
}

/** The weighted mean color of the same surface around each texel. */
function rimColors(
  { width, height }: Size,
  photo: Float32Array,
  texels: Int32Array,
  disparity: Uint16Array,
  tolerance: number,
  weigh: (texel: number) => number,
): Float32Array {
  const colors = new Float32Array(3 * texels.length);
  for (let number = 0; number < texels.length; number++) {
    const texel = texels[number] ?? 0;
    const here = disparity[texel] ?? 0;
    const y = (texel / width) | 0;
    const x = texel - y * width;
    const lastX = Math.min(width - 1, x + SAMPLE_RADIUS);
    const lastY = Math.min(height - 1, y + SAMPLE_RADIUS);
    let [r, g, b, total] = [0, 0, 0, 0];
    for (let ny = Math.max(0, y - SAMPLE_RADIUS); ny <= lastY; ny++) {
      for (let nx = Math.max(0, x - SAMPLE_RADIUS); nx <= lastX; nx++) {
        const to = ny * width + nx;
        if (Math.abs((disparity[to] ?? 0) - here) > tolerance) continue;
        const weight = weigh(to);
        r += weight * (photo[3 * to] ?? 0);
        g += weight * (photo[3 * to + 1] ?? 0);
        b += weight * (photo[3 * to + 2] ?? 0);
        total += weight;
      }
    }
    const scale = total > 0 ? 1 / total : 0;
    colors[3 * number] = total > 0 ? r * scale : (photo[3 * texel] ?? 0);
    colors[3 * number + 1] = total > 0 ? g * scale : (photo[3 * texel + 1] ?? 0);
    colors[3 * number + 2] = total > 0 ? b * scale : (photo[3 * texel + 2] ?? 0);
  }
  return colors;
}
