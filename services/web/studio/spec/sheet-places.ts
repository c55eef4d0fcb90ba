/** Where the stills of a contact sheet are, for the buttons that show one of them each. */
import { planSheet, sheetLayout } from "../../../../core/preview/sheet-layout.js";

/** Fractions of the sheet's width and height. */
export interface SheetPlace {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface SheetSize {
  readonly width: number;
  readonly height: number;
  readonly presets: readonly string[];
}

/** `aspect` is that of a still, width / height. */
export function sheetPlaces(
  { width, height, presets: { length: count } }: SheetSize,
  aspect: number,
): readonly SheetPlace[] {
  const { columns } = planSheet(count, aspect, Math.max(width, height));
  const layoutOf = (stillWidth: number, stillHeight: number) =>
    sheetLayout(count, columns, { width: stillWidth, height: stillHeight });
  const stillWidth = firstThat((side) => layoutOf(side, side).size.width >= width, width);
  const stillHeight = firstThat((side) => layoutOf(stillWidth, side).size.height >= height, height);
  return layoutOf(stillWidth, stillHeight).stills.map((still) => ({
    x: still.x / width,
    y: still.y / height,
    width: still.width / width,
    height: still.height / height,
  }));
}

/** Stills have even sides. */
function firstThat(isEnough: (side: number) => boolean, limit: number): number {
  let side = 2;
  while (side < limit && !isEnough(side)) side += 2;
  return side;
}

/** How a box shows one place of a sheet as its background, in CSS. */
export interface SheetCut {
  readonly size: string;
  readonly position: string;
  /** Of the box, width / height. */
  readonly aspect: number;
}

export function cutOf({ width, height }: SheetSize, place: SheetPlace): SheetCut {
  const percent = (part: number) => `${(part * 100).toFixed(3)}%`;
  // A background's position counts only what is larger than its box.
  const shift = (start: number, side: number) => percent(side < 1 ? start / (1 - side) : 0);
  return {
    size: `${percent(1 / place.width)} ${percent(1 / place.height)}`,
    position: `${shift(place.x, place.width)} ${shift(place.y, place.height)}`,
    aspect: (place.width * width) / (place.height * height),
  };
}
