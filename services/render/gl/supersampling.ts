/** How many times larger than the picture a scene is drawn, within what the driver can draw. */
import type { Size } from "../../../core/clip/size.js";

export interface Supersampling {
  readonly factor: number;
  /** Says so where the factor is not the one that was asked for. */
  readonly notes: readonly string[];
}

/** The longest side of a target, in pixels. */
export function maxTargetSide(gl: WebGL2RenderingContext): number {
  const viewport: Int32Array = gl.getParameter(gl.MAX_VIEWPORT_DIMS);
  return Math.min(
    gl.getParameter(gl.MAX_TEXTURE_SIZE),
    gl.getParameter(gl.MAX_RENDERBUFFER_SIZE),
    ...viewport,
  );
}

/** The largest whole factor up to the one asked for with which the picture fits into the longest side. */
export function supersampling(asked: number, picture: Size, maxSidePixels: number): Supersampling {
  const fits = Math.floor(maxSidePixels / Math.max(picture.width, picture.height));
  const factor = Math.max(1, Math.min(asked, fits));
  if (factor === asked) return { factor, notes: [] };
  const limit = `the driver draws at most ${maxSidePixels} pixels a side`;
  return { factor, notes: [`SSAA_LOWERED: ${asked} was asked for, ${factor} is drawn; ${limit}`] };
}
