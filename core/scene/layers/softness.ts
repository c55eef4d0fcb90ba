/** Tells maps whose near things end in ramps, as estimators make them, from maps with steps. */
import type { Size } from "../../geometry/size.js";

/** Half the length of a profile, in texels, and the rise along it from which it is looked at. */
const HALF_TEXELS = 4;
const LEAST_RISE = Math.round(0.04 * 65535);

/** A profile with this share of its rise in one place has a step. */
const STEP_SHARE = 0.6;

/** Rows and columns from one that is looked at to the next. */
const STRIDE = 4;

/** Whether ramps are more frequent than steps. `disparity` is 16-bit, [height, width]. */
export function isSoft(disparity: Uint16Array, { width, height }: Size): boolean {
  let ramps = 0;
  let steps = 0;
  const look = (first: number, step: number, length: number) => {
    for (let i = HALF_TEXELS; i + HALF_TEXELS < length; i++) {
      const from = first + (i - HALF_TEXELS) * step;
      const to = first + (i + HALF_TEXELS) * step;
      const rise = Math.abs((disparity[to] ?? 0) - (disparity[from] ?? 0));
      if (rise < LEAST_RISE) continue;
      let steepest = 0;
      for (let at = from; at < to; at += step) {
        const here = Math.abs((disparity[at + step] ?? 0) - (disparity[at] ?? 0));
        if (here > steepest) steepest = here;
      }
      if (steepest > STEP_SHARE * rise) steps++;
      else ramps++;
    }
  };
  for (let y = 0; y < height; y += STRIDE) look(y * width, 1, width);
  for (let x = 0; x < width; x += STRIDE) look(x, width, height);
  return ramps > steps;
}
