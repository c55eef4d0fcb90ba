/**
 * Measures what one camera does to a photo: how much of its frame the photo hides, so that it must
 * be invented, and how far the photo's surface is stretched. docs/camera.md derives the formulas.
 */
import type { View } from "../aim.js";
import { type CameraState, raysOf, seenDisparity } from "../camera.js";
import type { SampledMap } from "./sampled-map.js";

export interface Figures {
  /** Share of the frame that shows no part of the photo's surface, 0 to 100. */
  readonly hiddenAreaPercent: number;
  /**
   * 99th percentile over the frame of how far the surface is stretched in its most stretched
   * direction, relative to its size at that place; 1 is not at all.
   */
  readonly stretchP99: number;
}

/** Steps of stretch that are told apart, and the greatest one that is. */
const STRETCH_STEP = 1 / 256;
const MAX_STRETCH = 8;
const BINS = (MAX_STRETCH - 1) / STRETCH_STEP;
const PERCENTILE = 0.99;

/** Less than this of a cell is an error of rounding. */
const MIN_UNCOVERED = 1e-4;

/**
 * Figures of one camera. The sheet is cut where the map steps by more than `cutStep` between
 * neighboring texels (disparity).
 *
 * Each sample covers the rectangle up to half way to its neighbors, or to half a sample where the
 * sheet is cut; what no rectangle covers was hidden. Samples at the photo's edge reach on, because
 * what is beyond them is mirrored and not hidden.
 */
export function viewFigures(
  map: SampledMap,
  camera: CameraState,
  view: View,
  cutStep: number,
): Figures {
  const placed = place(map, camera, view);
  const screen = { width: placed.columns, height: placed.rows };
  return {
    hiddenAreaPercent: (100 * uncovered(map, placed, cutStep)) / (screen.width * screen.height),
    stretchP99: stretchP99(map, camera, view, placed, cutStep),
  };
}

/** Samples on the screen, in cells of a grid of its size. */
interface Placed {
  /** Cells of the screen; rows downwards. */
  readonly columns: number;
  readonly rows: number;
  readonly x: Float32Array;
  readonly y: Float32Array;
  /** Half sides of a sample that faces the screen, in cells. */
  readonly halfWidth: Float32Array;
  readonly halfHeight: Float32Array;
}

/** The cells are as large as the samples at rest. */
function place({ width, height, disparity }: SampledMap, camera: CameraState, view: View): Placed {
  const { A, B, C, D, k } = raysOf(camera);
  const { base, slope } = seenDisparity(camera);
  const { aspect, halfSides } = view;
  const columns = Math.max(1, Math.round((width * aspect) / halfSides.x));
  const rows = Math.max(1, Math.round(height / halfSides.y));
  const perX = columns / (2 * aspect);
  const perY = rows / 2;
  const [stepX, stepY] = [(2 * halfSides.x) / width, (2 * halfSides.y) / height];
  const count = width * height;
  const placed = {
    ...{ columns, rows },
    x: new Float32Array(count),
    y: new Float32Array(count),
    halfWidth: new Float32Array(count),
    halfHeight: new Float32Array(count),
  };
  for (let row = 0, at = 0; row < height; row++) {
    const uy = halfSides.y - (row + 0.5) * stepY;
    for (let column = 0; column < width; column++, at++) {
      const back = k * (base + slope * (disparity[at] ?? 0));
      const scale = 1 / (B + back * (D - B));
      const ux = (column + 0.5) * stepX - halfSides.x;
      placed.x[at] = ((ux - A.x + back * (A.x - C.x)) * scale + aspect) * perX;
      placed.y[at] = (1 - (uy - A.y + back * (A.y - C.y)) * scale) * perY;
      placed.halfWidth[at] = (stepX / 2) * scale * perX;
      placed.halfHeight[at] = (stepY / 2) * scale * perY;
    }
  }
  return placed;
}

/** Cells of the screen, also in parts, that no sample covers. */
function uncovered(map: SampledMap, placed: Placed, cutStep: number): number {
  const { width, height, stepRight, stepBelow } = map;
  const { columns, rows, x, y, halfWidth, halfHeight } = placed;
  const cover = new Float32Array(columns * rows);
  for (let row = 0, at = 0; row < height; row++) {
    for (let column = 0; column < width; column++, at++) {
      const hereX = x[at] ?? 0;
      const hereY = y[at] ?? 0;
      // Half way to each neighbor on the same sheet.
      const isLeft = column > 0 && (stepRight[at - 1] ?? 0) <= cutStep;
      const isRight = column < width - 1 && (stepRight[at] ?? 0) <= cutStep;
      const isTop = row > 0 && (stepBelow[at - width] ?? 0) <= cutStep;
      const isBottom = row < height - 1 && (stepBelow[at] ?? 0) <= cutStep;
      const leftX = isLeft ? ((x[at - 1] ?? 0) - hereX) / 2 : -(halfWidth[at] ?? 0);
      const rightX = isRight ? ((x[at + 1] ?? 0) - hereX) / 2 : (halfWidth[at] ?? 0);
      const topY = isTop ? ((y[at - width] ?? 0) - hereY) / 2 : -(halfHeight[at] ?? 0);
      const bottomY = isBottom ? ((y[at + width] ?? 0) - hereY) / 2 : (halfHeight[at] ?? 0);
      if (leftX >= rightX || topY >= bottomY) continue;
      // A sheared sample reaches as far as its corners.
      const topX = isTop ? ((x[at - width] ?? 0) - hereX) / 2 : 0;
      const bottomX = isBottom ? ((x[at + width] ?? 0) - hereX) / 2 : 0;
      const leftY = isLeft ? ((y[at - 1] ?? 0) - hereY) / 2 : 0;
      const rightY = isRight ? ((y[at + 1] ?? 0) - hereY) / 2 : 0;
      const left = column === 0 ? 0 : hereX + leftX + Math.min(topX, bottomX);
      const right = column === width - 1 ? columns : hereX + rightX + Math.max(topX, bottomX);
      const top = row === 0 ? 0 : hereY + topY + Math.min(leftY, rightY);
      const bottom = row === height - 1 ? rows : hereY + bottomY + Math.max(leftY, rightY);
      addCover(cover, columns, rows, left, right, top, bottom);
    }
  }
  let sum = 0;
  for (let at = 0; at < cover.length; at++) {
    const open = 1 - (cover[at] ?? 0);
    if (open > MIN_UNCOVERED) sum += open;
  }
  return sum;
}

/** Adds to each cell the part of it that lies in the rectangle. */
function addCover(
  cover: Float32Array,
  columns: number,
  rows: number,
  left: number,
  right: number,
  top: number,
  bottom: number,
): void {
  const x0 = Math.max(left, 0);
  const x1 = Math.min(right, columns);
  const y0 = Math.max(top, 0);
  const y1 = Math.min(bottom, rows);
  // Also false for a surface that faces away.
  if (!(x0 < x1 && y0 < y1)) return;
  // Positive numbers: the integer part is the floor.
  const firstColumn = x0 | 0;
  for (let row = y0 | 0; row < y1; row++) {
    const high = Math.min(row + 1, y1) - Math.max(row, y0);
    for (let column = firstColumn, at = row * columns + column; column < x1; column++, at++) {
      const wide = Math.min(column + 1, x1) - Math.max(column, x0);
      cover[at] = (cover[at] ?? 0) + wide * high;
    }
  }
}

/**
 * The surface moves by v = k((A − C) − (D − B)g) per disparity, so that its texture is mapped by
 * (I + v ⊗ ∇d) / w. The stretch is the largest singular value of I + v ⊗ ∇d. With p = ∇d and
 * a = 1 + v·p, which is its determinant, it is σ = (|v||p| + √(4a + |v|²|p|²)) / 2.
 */
function stretchP99(
  { width, height, disparity, stepRight, stepBelow }: SampledMap,
  camera: CameraState,
  { aspect, halfSides }: View,
  placed: Placed,
  cutStep: number,
): number {
  const { A, B, C, D, k } = raysOf(camera);
  const { slope } = seenDisparity(camera);
  const { columns, rows } = placed;
  const [perColumn, perRow] = [width / (2 * halfSides.x), height / (2 * halfSides.y)];
  const areas = new Float64Array(BINS + 1);
  let total = 0;
  for (let row = 0; row < height - 1; row++) {
    for (let column = 0; column < width - 1; column++) {
      const at = row * width + column;
      if ((stepRight[at] ?? 0) > cutStep || (stepBelow[at] ?? 0) > cutStep) continue;
      const [x, y] = [placed.x[at] ?? 0, placed.y[at] ?? 0];
      if (x < 0 || x > columns || y < 0 || y > rows) continue;
      const gx = (x / columns) * 2 * aspect - aspect;
      const gy = 1 - (2 * y) / rows;
      const vx = slope * k * (A.x - C.x - (D - B) * gx);
      const vy = slope * k * (A.y - C.y - (D - B) * gy);
      const here = disparity[at] ?? 0;
      const px = ((disparity[at + 1] ?? 0) - here) * perColumn;
      const py = (here - (disparity[at + width] ?? 0)) * perRow;
      const determinant = 1 + vx * px + vy * py;
      // A surface that faces away is not seen.
      if (determinant <= 0) continue;
      const shift = (vx * vx + vy * vy) * (px * px + py * py);
      const stretch = (Math.sqrt(shift) + Math.sqrt(4 * determinant + shift)) / 2;
      const area = determinant * (placed.halfWidth[at] ?? 0) * (placed.halfHeight[at] ?? 0);
      const bin = Math.ceil((stretch - 1) / STRETCH_STEP);
      const into = bin < 0 ? 0 : Math.min(bin, BINS);
      areas[into] = (areas[into] ?? 0) + area;
      total += area;
    }
  }
  return percentile(areas, total);
}

/** Where the stretch of the most stretched hundredth begins, interpolated within its bin. */
function percentile(areas: Float64Array, total: number): number {
  let above = (1 - PERCENTILE) * total;
  for (let bin = BINS; bin > 0; bin--) {
    const area = areas[bin] ?? 0;
    if (area > 0 && area >= above) return 1 + (bin - above / area) * STRETCH_STEP;
    above -= area;
  }
  return 1;
}
