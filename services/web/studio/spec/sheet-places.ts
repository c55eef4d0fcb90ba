/** Where the stills of a contact sheet are, for the buttons that lie over them. */
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
