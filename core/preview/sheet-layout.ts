/** Where the stills and the names of a contact sheet stand. */
import type { PixelRectangle, Size } from "../geometry/size.js";

export interface SheetLayout {
  /** The whole sheet; its longest side is as asked for, or a little less. */
  readonly size: Size;
  /** Size of each still. */
  readonly still: Size;
  /** Where each still stands, by rows from the top, each from the left. */
  readonly stills: readonly PixelRectangle[];
  /** Height of the names' lower-case letters in pixels. */
  readonly letterHeight: number;
  /** Baseline of the name below a still, from the still's lower edge, in pixels. */
  readonly baseline: number;
  /** Radius of the stills' corners in pixels. */
  readonly radius: number;
}

/** In widths of a still. */
const GAP = 0.06;
const NAME_ROW = 0.2;
const LETTER = 0.052;
const BASELINE = 0.1;
const RADIUS = 0.022;
/** The aspect of a sheet that screens show well. */
const WANTED_ASPECT = 4 / 3;

/** How the stills are arranged, and how large each is. */
export interface SheetPlan {
  readonly columns: number;
  /** Longest side of a still in pixels, even. */
  readonly stillSide: number;
}

/** `aspect` is that of a still, width / height; `longestSide` that of the sheet in pixels. */
export function planSheet(count: number, aspect: number, longestSide: number): SheetPlan {
  const columns = bestColumns(count, aspect);
  const wide = units(columns, Math.ceil(count / columns), aspect);
  const unit = longestSide / Math.max(wide.width, wide.height);
  return { columns, stillSide: evenSide(unit * Math.max(1, 1 / aspect)) };
}

/** Places `count` stills of this size. */
export function sheetLayout(count: number, columns: number, still: Size): SheetLayout {
  const unit = still.width;
  const gap = Math.round(GAP * unit);
  const nameRow = Math.round(NAME_ROW * unit);
  const rows = Math.ceil(count / columns);
  return {
    size: {
      width: gap + columns * (still.width + gap),
      height: gap + rows * (still.height + nameRow),
    },
    still,
    stills: Array.from({ length: count }, (_, i) => ({
      x: gap + (i % columns) * (still.width + gap),
      y: gap + Math.floor(i / columns) * (still.height + nameRow),
      ...still,
    })),
    letterHeight: LETTER * unit,
    baseline: BASELINE * unit,
    radius: RADIUS * unit,
  };
}

/** The number of columns whose sheet comes nearest to the wanted aspect, without a lonely row. */
function bestColumns(count: number, aspect: number): number {
  let best = 1;
  let least = Number.POSITIVE_INFINITY;
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const { width, height } = units(columns, rows, aspect);
    const empty = (columns * rows - count) / (columns * rows);
    const off = Math.abs(Math.log(width / height / WANTED_ASPECT)) + 1.5 * empty;
    if (off < least) [best, least] = [columns, off];
  }
  return best;
}

/** Size of a sheet in widths of a still. */
function units(columns: number, rows: number, aspect: number): Size {
  return {
    width: GAP + columns * (1 + GAP),
    height: GAP + rows * (1 / aspect + NAME_ROW),
  };
}

/** Rounded down, so that the sheet does not become larger than asked for. */
const evenSide = (pixels: number) => Math.max(2, 2 * Math.floor(pixels / 2));
