/** The invented texels of the back sheet, and which neighbors continue their surface. */
import type { Size } from "../../geometry/size.js";

export interface InventedSurface {
  /** The invented texels, row by row. */
  readonly texels: Int32Array;
  /**
   * Four for each of them: left, right, above, below; the texel itself in place of one that belongs
   * to another surface.
   */
  readonly neighbors: Int32Array;
}

/**
 * `isInvented` and `exists` tell of which texels the back sheet is made; neighbors whose
 * `disparity` differs by more than `tolerance` belong to other surfaces.
 */
export function inventedSurface(
  { width, height }: Size,
  count: number,
  disparity: Uint16Array,
  tolerance: number,
  isInvented: (texel: number) => boolean,
  exists: (texel: number) => boolean,
): InventedSurface {
  const texels = new Int32Array(count);
  const neighbors = new Int32Array(4 * count);
  let number = 0;
  for (let y = 0, texel = 0; y < height && number < count; y++) {
    for (let x = 0; x < width; x++, texel++) {
      if (!isInvented(texel)) continue;
      const here = disparity[texel] ?? 0;
      const joined = (to: number) =>
        exists(to) && Math.abs((disparity[to] ?? 0) - here) <= tolerance ? to : texel;
      texels[number] = texel;
      neighbors[4 * number] = x > 0 ? joined(texel - 1) : texel;
      neighbors[4 * number + 1] = x + 1 < width ? joined(texel + 1) : texel;
      neighbors[4 * number + 2] = y > 0 ? joined(texel - width) : texel;
      neighbors[4 * number + 3] = y + 1 < height ? joined(texel + width) : texel;
      number++;
    }
  }
  return { texels, neighbors };
}

/**
 * Gives each invented texel the mean of itself and its neighbors, in place, forwards and backwards
 * in turn, so that both ends of a region reach its middle. `values` has `channels` for each texel.
 */
export function smoothInvented(
  { texels, neighbors }: InventedSurface,
  values: Float32Array,
  channels: number,
  passes: number,
): void {
  for (let pass = 0; pass < passes; pass++) {
    const forwards = pass % 2 === 0;
    for (let i = 0; i < texels.length; i++) {
      const number = forwards ? i : texels.length - 1 - i;
      const texel = channels * (texels[number] ?? 0);
      const left = channels * (neighbors[4 * number] ?? 0);
      const right = channels * (neighbors[4 * number + 1] ?? 0);
      const above = channels * (neighbors[4 * number + 2] ?? 0);
      const below = channels * (neighbors[4 * number + 3] ?? 0);
      for (let c = 0; c < channels; c++) {
        const sum =
          (values[texel + c] ?? 0) +
          (values[left + c] ?? 0) +
          (values[right + c] ?? 0) +
          (values[above + c] ?? 0) +
          (values[below + c] ?? 0);
        values[texel + c] = sum / 5;
      }
    }
  }
}
