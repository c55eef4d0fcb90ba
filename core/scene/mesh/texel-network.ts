/**
 * A right-triangulated irregular network (Evans, Kirkpatrick and Townsend, 2001) whose finest
 * vertices are the texels of a map of any size: square tiles side by side, each split where a rule
 * demands it, without cracks. Every triangle knows the marks of all cells under it.
 */
import type { Size } from "../../geometry/size.js";

/**
 * Cells on each side of a tile, 2^n: a triangle's legs are at most this long. A larger tile saves
 * few triangles of a flat map and makes no other map cheaper.
 */
const TILE = 64;

/** The vertices of a network: as many tiles as cover all texels. Row-major. */
export interface NetworkGrid {
  /** Texels from one vertex to the next. */
  readonly spacing: number;
  /** Cells across and down; there is one more vertex than cells. */
  readonly columns: number;
  readonly rows: number;
  /** Vertices in a row. */
  readonly stride: number;
}

export function networkGrid({ width, height }: Size, spacing: number): NetworkGrid {
  const cells = (texels: number) => TILE * Math.max(1, Math.ceil((texels - 1) / (TILE * spacing)));
  const columns = cells(width);
  return { spacing, columns, rows: cells(height), stride: columns + 1 };
}

/** Values [height, width] at the vertices: the outermost are repeated beyond the map. */
export function onGrid(
  values: Uint16Array,
  { width, height }: Size,
  { spacing, rows, stride }: NetworkGrid,
): Uint16Array {
  const result = new Uint16Array(stride * (rows + 1));
  for (let row = 0, to = 0; row <= rows; row++) {
    const from = Math.min(height - 1, row * spacing) * width;
    for (let column = 0; column < stride; column++) {
      result[to++] = values[from + Math.min(width - 1, column * spacing)] ?? 0;
    }
  }
  return result;
}

/**
 * Whether the triangles on both sides of an edge are split at its middle. `from`, `middle` and `to`
 * are vertices; `low` and `high` are the marks of all cells under the upper or left triangle and
 * under the lower or right one, 0 outside of the grid. `legs` is the length of the triangles' legs
 * in cells.
 */
export type SplitRule = (
  from: number,
  middle: number,
  to: number,
  low: number,
  high: number,
  legs: number,
) => boolean;

/** Which edges are split, and the marks under the triangles at each edge. */
export interface Network {
  readonly grid: NetworkGrid;
  readonly cells: Uint8Array;
  /** By the vertex in the middle of the edge; every vertex is the middle of one edge. */
  readonly split: Uint8Array;
  readonly low: Uint8Array;
  readonly high: Uint8Array;
}

/**
 * Applies the rule to all edges, from the finest to the coarsest; an edge is also split where a
 * finer one inside its triangles is. `cells` has the marks of each cell at its upper left vertex.
 */
export function splitNetwork(grid: NetworkGrid, cells: Uint8Array, rule: SplitRule): Network {
  const { rows, stride } = grid;
  const count = stride * (rows + 1);
  const network: Network = {
    grid,
    cells,
    split: new Uint8Array(count),
    low: new Uint8Array(count),
    high: new Uint8Array(count),
  };
  for (let step = 1; step < TILE; step *= 2) {
    splitStraight(network, step, rule);
    splitDiagonal(network, step, rule);
  }
  return network;
}

/**
 * Edges along rows and columns, 2·step long. The triangle on each side has two children, whose own
 * edges are diagonals of half the step; at step 1 they lie in one cell each.
 */
function splitStraight(network: Network, step: number, rule: SplitRule): void {
  const { grid, cells, split, low, high } = network;
  const { columns, rows, stride } = grid;
  const half = step >> 1;
  const finest = step === 1;
  for (let row = 0; row <= rows; row += step) {
    const alongRow = row % (2 * step) === 0;
    for (let column = alongRow ? step : 0; column <= columns; column += 2 * step) {
      const at = row * stride + column;
      const [aboveLeft, aboveRight] = finest
        ? [at - stride - 1, at - stride]
        : [at - half * stride - half, at - half * stride + half];
      const [belowLeft, belowRight] = finest
        ? [at - 1, at]
        : [at + half * stride - half, at + half * stride + half];
      const hasLow = alongRow ? row > 0 : column > 0;
      const hasHigh = alongRow ? row < rows : column < columns;
      const secondLow = alongRow ? aboveRight : belowLeft;
      const firstHigh = alongRow ? belowLeft : aboveRight;
      let under = 0;
      let over = 0;
      let splits = 0;
      if (hasLow) {
        under = finest
          ? (cells[aboveLeft] ?? 0) | (cells[secondLow] ?? 0)
          : (high[aboveLeft] ?? 0) | ((alongRow ? high : low)[secondLow] ?? 0);
        if (!finest) splits |= (split[aboveLeft] ?? 0) | (split[secondLow] ?? 0);
      }
      if (hasHigh) {
        over = finest
          ? (cells[firstHigh] ?? 0) | (cells[belowRight] ?? 0)
          : ((alongRow ? low : high)[firstHigh] ?? 0) | (low[belowRight] ?? 0);
        if (!finest) splits |= (split[firstHigh] ?? 0) | (split[belowRight] ?? 0);
      }
      const along = alongRow ? step : step * stride;
      low[at] = under;
      high[at] = over;
      split[at] = splits | Number(rule(at - along, at, at + along, under, over, Math.SQRT2 * step));
    }
  }
}

/**
 * Diagonals of squares of 2·step. The triangle on each side has two children, whose own edges are
 * sides of the square.
 */
function splitDiagonal(network: Network, step: number, rule: SplitRule): void {
  const { grid, split, low, high } = network;
  const { columns, rows, stride } = grid;
  const down = step * stride;
  for (let row = step; row < rows; row += 2 * step) {
    for (let column = step; column < columns; column += 2 * step) {
      const at = row * stride + column;
      const falls = diagonalFalls(column, row, step);
      const [left, right] = [at - step, at + step];
      const [up, below] = [at - down, at + down];
      const under = (high[up] ?? 0) | (falls ? (low[right] ?? 0) : (high[left] ?? 0));
      const over = (low[below] ?? 0) | (falls ? (high[left] ?? 0) : (low[right] ?? 0));
      const across = falls ? down + step : down - step;
      low[at] = under;
      high[at] = over;
      split[at] =
        (split[up] ?? 0) |
        (split[below] ?? 0) |
        (split[left] ?? 0) |
        (split[right] ?? 0) |
        Number(rule(at - across, at, at + across, under, over, 2 * step));
    }
  }
}

/**
 * Whether the diagonal of the square of 2·step around a vertex falls from its upper left corner to
 * its lower right one. It ends in the corner that is the middle of the square twice as large.
 */
function diagonalFalls(column: number, row: number, step: number): boolean {
  return ((column / step) & 2) === ((row / step) & 2);
}

/** A triangle's corners as vertices, the right angle last, and the marks of the cells under it. */
export type TriangleVisitor = (a: number, b: number, c: number, marks: number) => void;

/** Visits every triangle once, tile by tile. */
export function visitTriangles(network: Network, visit: TriangleVisitor): void {
  const { grid, cells, split, low, high } = network;
  const { columns, rows, stride } = grid;
  const descend = (
    ax: number,
    ay: number,
    bx: number,
    by: number,
    cx: number,
    cy: number,
  ): void => {
    const a = ay * stride + ax;
    const b = by * stride + bx;
    const c = cy * stride + cx;
    if (Math.abs(ax - cx) + Math.abs(ay - cy) === 1) {
      visit(a, b, c, cells[Math.min(ay, by) * stride + Math.min(ax, bx)] ?? 0);
      return;
    }
    const mx = (ax + bx) >> 1;
    const my = (ay + by) >> 1;
    const middle = my * stride + mx;
    if (split[middle]) {
      descend(cx, cy, ax, ay, mx, my);
      descend(bx, by, cx, cy, mx, my);
      return;
    }
    visit(a, b, c, (cy < my || (cy === my && cx < mx) ? low : high)[middle] ?? 0);
  };
  for (let top = 0; top < rows; top += TILE) {
    for (let left = 0; left < columns; left += TILE) {
      const [right, bottom] = [left + TILE, top + TILE];
      if (diagonalFalls(left + TILE / 2, top + TILE / 2, TILE / 2)) {
        descend(left, top, right, bottom, right, top);
        descend(right, bottom, left, top, left, bottom);
      } else {
        descend(left, bottom, right, top, left, top);
        descend(right, top, left, bottom, right, bottom);
      }
    }
  }
}

/**
 * x or y of the grid's columns or rows, in [−1, 1] over the photo (y upwards, `direction` −1):
 * texel centers, of which the outermost move to the photo's edges, as do all beyond them.
 */
export function photoCoordinates(
  cells: number,
  texels: number,
  spacing: number,
  direction: 1 | -1,
): Float32Array {
  return Float32Array.from({ length: cells + 1 }, (_, at) => {
    if (at === 0) return -direction;
    const texel = at * spacing;
    return direction * (texel >= texels - 1 ? 1 : (2 * texel + 1) / texels - 1);
  });
}
