/**
 * Marks each cell between the vertices of a network by what the two sheets do there: where the
 * front sheet is cut, ends softly or is not seen, and where the back sheet differs from it.
 */
import type { Size } from "../../geometry/size.js";
import type { Layers } from "../layers/layers.js";
import { type NetworkGrid, networkGrid, onGrid } from "./texel-network.js";

/** The front sheet is cut inside the cell. */
export const CUT = 1;
/** The front sheet is seen over the back sheet: it must not be left out here. */
export const RIM = 2;
/** The back sheet ends inside the near thing, in a wall up to the front sheet. */
export const WALL = 4;
/** The back sheet is hidden here, and a camera may uncover it. */
export const HIDDEN = 8;
/** The back sheet is below the front sheet. */
export const BELOW = 16;
/** The front sheet is not opaque in all of the cell. */
export const SOFT = 32;
/** The front sheet is not transparent in all of the cell. */
export const VISIBLE = 64;

/** Both sheets on the vertices of a network, and the marks of its cells. */
export interface SheetCells {
  readonly grid: NetworkGrid;
  /**
   * Disparity, 16-bit. `back` is never above `front`, and equals it where there is no mark BELOW.
   */
  readonly front: Uint16Array;
  readonly back: Uint16Array;
  /** By the upper left vertex of a cell. */
  readonly marks: Uint8Array;
  /** RIM at vertices around which the front sheet is seen over the back sheet, at their depth. */
  readonly seen: Uint8Array;
}

/** The marks of single texels, and the back sheet on all of them. */
export interface SheetTexels {
  readonly layers: Layers;
  readonly back: Uint16Array;
  /** Here WALL is a texel that has no back sheet. */
  readonly marks: Uint8Array;
  /** The least step that is cut, in 16-bit disparity. */
  readonly leastStep: number;
}

/**
 * How far the back sheet goes on under the near thing beyond what is hidden, in texels: the wall at
 * its end is a triangle or two wide, and no triangle of it may reach what a camera uncovers.
 */
const BEYOND_TEXELS = 8;

/** `leastStep` is the least difference in disparity (16-bit) that makes a wall. */
export function sheetTexels(layers: Layers, leastStep: number): SheetTexels {
  const { hidden, coverage } = layers;
  const back = layers.back.slice();
  const below = extendBack(layers, back, leastStep);
  const marks = nearCoverage(coverage, layers);
  for (let at = 0; at < marks.length; at++) {
    const look = marks[at] ?? 0;
    if (below[at]) {
      const sunk = look & VISIBLE ? BELOW | HIDDEN | RIM : BELOW | HIDDEN;
      marks[at] = look | (hidden[at] ? sunk : BELOW);
    } else if (!hidden[at]) {
      marks[at] = look | WALL;
    }
  }
  return { layers, back, marks, leastStep };
}

/** The sheets on a network with a vertex at every `spacing`-th texel. */
export function sheetCells(texels: SheetTexels, spacing: number): SheetCells {
  const { layers, back } = texels;
  const { width, height, cuts } = layers;
  const grid = networkGrid(layers, spacing);
  const marks = new Uint8Array(grid.stride * (grid.rows + 1));
  for (let row = 0; row < height - 1; row++) {
    const cellRow = Math.floor(row / spacing) * grid.stride;
    for (let column = 0; column < width - 1; column++) {
      const at = row * width + column;
      let mark =
        (texels.marks[at] ?? 0) |
        (texels.marks[at + 1] ?? 0) |
        (texels.marks[at + width] ?? 0) |
        (texels.marks[at + width + 1] ?? 0);
      const across = (cuts[at] ?? 0) | (cuts[at + width] ?? 0);
      const down = (cuts[at] ?? 0) | (cuts[at + 1] ?? 0);
      if (across & 1 || down & 2) mark |= CUT;
      const cell = cellRow + Math.floor(column / spacing);
      marks[cell] = (marks[cell] ?? 0) | mark;
    }
  }
  // A wall is where the back sheet is below the front sheet on one side, and there is none beyond.
  for (let cell = 0; cell < marks.length; cell++) {
    const mark = marks[cell] ?? 0;
    if (mark & WALL && !(mark & BELOW)) marks[cell] = mark & ~WALL;
  }
  return {
    grid,
    front: onGrid(layers.front, layers, grid),
    back: onGrid(back, layers, grid),
    marks,
    seen: seenAround(texels, grid),
  };
}

/**
 * RIM at each vertex whose surface is seen over the back sheet, at its own texel or at one that is
 * nearer than the next vertex.
 */
function seenAround({ layers, marks, leastStep }: SheetTexels, grid: NetworkGrid): Uint8Array {
  const { width, height, front } = layers;
  const { spacing, rows, stride } = grid;
  const seen = new Uint8Array(stride * (rows + 1));
  const around = spacing - 1;
  for (let row = 0, vertex = 0; row <= rows; row++) {
    const y = Math.min(height - 1, row * spacing);
    for (let column = 0; column < stride; column++, vertex++) {
      const x = Math.min(width - 1, column * spacing);
      const own = front[y * width + x] ?? 0;
      for (let ny = Math.max(0, y - around); ny <= Math.min(height - 1, y + around); ny++) {
        for (let nx = Math.max(0, x - around); nx <= Math.min(width - 1, x + around); nx++) {
          const at = ny * width + nx;
          const isSame = Math.abs((front[at] ?? 0) - own) <= leastStep;
          if (isSame && (marks[at] ?? 0) & RIM) seen[vertex] = RIM;
        }
      }
    }
  }
  return seen;
}

/**
 * Fills in `back` outside of what is hidden: the nearest hidden disparity within a few texels if it
 * is clearly below the front sheet, else the front sheet's own. Returns where it is below: 1 there.
 */
function extendBack(
  { front, hidden, width, height }: Layers,
  back: Uint16Array,
  leastStep: number,
): Uint8Array {
  const far = BEYOND_TEXELS + 1;
  const distance = new Uint8Array(front.length).fill(far);
  for (let at = 0; at < front.length; at++) {
    if (!hidden[at]) continue;
    distance[at] = 0;
    back[at] = Math.min(front[at] ?? 0, back[at] ?? 0);
  }
  const take = (at: number, from: number) => {
    const through = (distance[from] ?? far) + 1;
    if (through >= (distance[at] ?? 0)) return;
    distance[at] = through;
    back[at] = back[from] ?? 0;
  };
  const last = width - 1;
  for (let at = 0, column = 0; at < front.length; at++, column = column === last ? 0 : column + 1) {
    if (distance[at] === 0) continue;
    if (column > 0) take(at, at - 1);
    if (at >= width) take(at, at - width);
  }
  for (let at = front.length - 1, column = last; at >= 0; at--) {
    if (distance[at] !== 0) {
      if (column < last) take(at, at + 1);
      if (at < width * (height - 1)) take(at, at + width);
    }
    column = column === 0 ? last : column - 1;
  }
  const below = new Uint8Array(front.length);
  for (let at = 0; at < front.length; at++) {
    const over = front[at] ?? 0;
    const depth = over - (back[at] ?? 0);
    const isReached = (distance[at] ?? far) < far;
    if (hidden[at] ? depth > 0 : isReached && depth >= leastStep) below[at] = 1;
    else back[at] = over;
  }
  return below;
}

/**
 * VISIBLE where any of the 3×3 texels around is not transparent, SOFT where any is not opaque: what
 * filtering reads of the coverage at a texel lies within one texel of it.
 */
function nearCoverage(coverage: Uint8Array, { width }: Size): Uint8Array {
  const own = coverage.map((value) => (value > 0 ? VISIBLE : 0) | (value < 255 ? SOFT : 0));
  const across = own.slice();
  for (let at = 0, column = 0; at < own.length; at++) {
    if (column > 0) across[at] = (across[at] ?? 0) | (own[at - 1] ?? 0);
    if (column < width - 1) across[at] = (across[at] ?? 0) | (own[at + 1] ?? 0);
    column = column === width - 1 ? 0 : column + 1;
  }
  const result = across.slice();
  for (let at = 0; at < own.length; at++) {
    if (at >= width) result[at] = (result[at] ?? 0) | (across[at - width] ?? 0);
    if (at < own.length - width) result[at] = (result[at] ?? 0) | (across[at + width] ?? 0);
  }
  return result;
}
