/** The two sheets of a small map by brute force, for tests of what draws them. */

import type { Size } from "../../core/geometry/size.js";
import type { Layers } from "../../core/scene/layers/layers.js";

export interface SimpleLayerOptions {
  /** A step in disparity (16-bit) from which neighbors are cut. */
  readonly step: number;
  /** Texels by which the near side grows; its coverage ends after the first. */
  readonly grow: number;
  /** Texels under the near side that are hidden. */
  readonly reach: number;
}

export function simpleLayers(
  disparity: Uint16Array,
  { width, height }: Size,
  { step, grow, reach }: SimpleLayerOptions,
): Layers {
  const front = disparity.slice();
  const back = disparity.slice();
  const coverage = new Uint8Array(front.length).fill(255);
  const hidden = new Uint8Array(front.length);
  const cuts = new Uint8Array(front.length);
  const at = (x: number, y: number) =>
    disparity[Math.min(height - 1, Math.max(0, y)) * width + Math.min(width - 1, Math.max(0, x))] ??
    0;
  const around = (
    x: number,
    y: number,
    radius: number,
    see: (value: number, far: number) => void,
  ) => {
    for (let dy = -radius; dy <= radius; dy++) {
      for (let dx = -radius; dx <= radius; dx++) {
        see(at(x + dx, y + dy), Math.max(Math.abs(dx), Math.abs(dy)));
      }
    }
  };
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const own = at(x, y);
      let nearest = own;
      let distance = grow + 1;
      around(x, y, grow, (value, far) => {
        if (value < own + step) return;
        nearest = Math.max(nearest, value);
        distance = Math.min(distance, far);
      });
      let farthest = own;
      around(x, y, reach, (value) => {
        if (value <= own - step) farthest = Math.min(farthest, value);
      });
      if (nearest > own) {
        front[i] = nearest;
        coverage[i] = distance === 1 ? 128 : 0;
        hidden[i] = 1;
      } else if (farthest < own) {
        back[i] = farthest;
        hidden[i] = 1;
      }
    }
  }
  const isCut = (a: number, b: number) => Math.abs((front[a] ?? 0) - (front[b] ?? 0)) >= step;
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (x + 1 < width && isCut(i, i + 1)) cuts[i] = 1;
      if (y + 1 < height && isCut(i, i + width)) cuts[i] = (cuts[i] ?? 0) | 2;
    }
  }
  clearBeyond(cuts, { width, height }, coverage, hidden);
  return { width, height, front, back, coverage, hidden, cuts };
}

/** Coverage 0 on the first texels beyond each cut, where both sheets lie together. */
function clearBeyond(
  cuts: Uint8Array,
  { width, height }: Size,
  coverage: Uint8Array,
  hidden: Uint8Array,
): void {
  const clear = (column: number, row: number) => {
    for (let y = Math.max(0, row - 2); y <= Math.min(height - 1, row + 2); y++) {
      for (let x = Math.max(0, column - 2); x <= Math.min(width - 1, column + 2); x++) {
        const at = y * width + x;
        if (hidden[at]) continue;
        hidden[at] = RING;
        coverage[at] = 0;
      }
    }
  };
  for (let at = 0; at < cuts.length; at++) {
    if (cuts[at]) clear(at % width, Math.floor(at / width));
  }
}

const RING = 2;
