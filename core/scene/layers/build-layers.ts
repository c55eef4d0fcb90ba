/** Builds the scene of two sheets from a disparity map. */
import { refine } from "../../depthmap/refine.js";
import { resize } from "../../depthmap/resize.js";
import type { Size } from "../../geometry/size.js";
import { frontCoverage } from "./coverage.js";
import { type FrontSheet, growFront } from "./grown.js";
import { type BackSheet, hideBack } from "./hidden.js";
import type { Layers } from "./layers.js";
import type { LayerReach } from "./reach.js";
import { findRims, type Rims } from "./rims.js";
import { isSoft } from "./softness.js";

/** The sheets with what their colors are made from. */
export interface BuiltLayers extends Layers {
  readonly seams: Seams;
}

/** The silhouettes of the scene, and which texels belong to which. */
export interface Seams {
  /** The disparity map, 65535 nearest to the camera. */
  readonly disparity: Uint16Array;
  /** The least step that is cut, in 16-bit disparity. */
  readonly least: number;
  readonly rims: Rims;
  readonly front: FrontSheet;
  readonly back: BackSheet;
}

/** RGB [height, width, 3]. */
export interface LayerPhoto extends Size {
  readonly rgb: Uint8Array;
}

/**
 * `disparity` is row-major 16-bit, [height, width], top row first, 65535 nearest. The same input
 * gives the same sheets. With the photo, ramps of the map become steps at the photo's edges.
 */
export function buildLayers(
  disparity: Uint16Array,
  { width, height }: Size,
  reach: LayerReach,
  photo?: LayerPhoto,
): BuiltLayers {
  const size = { width, height };
  const least = Math.round(65535 * reach.cutDisparity);
  const given = reach.inverted ? flipped(disparity) : disparity;
  const toNear = photo && isSoft(given, size) ? withSteps(given, size, photo) : given;
  const rims = findRims(toNear, size, least);
  const front = growFront(toNear, size, rims, least);
  const back = hideBack(toNear, size, rims, front, least, reach.texelsPerDisparity);
  return {
    ...size,
    front: reach.inverted ? flipped(front.disparity) : front.disparity,
    coverage: frontCoverage(size, front, back, least),
    cuts: front.cuts,
    back: reach.inverted ? flipped(back.disparity) : back.disparity,
    hidden: back.kind,
    seams: { disparity: toNear, least, rims, front, back },
  };
}

/** Ramps become steps at the photo's edges. */
function withSteps(disparity: Uint16Array, size: Size, photo: LayerPhoto): Uint16Array {
  const rgb = Uint8Array.from(resize(photo.rgb, photo, size, 3), Math.round);
  const map = Float32Array.from(disparity, (value) => value / 65535);
  return Uint16Array.from(refine(map, size, rgb, size, "blurred"), (value) =>
    Math.round(65535 * Math.min(1, Math.max(0, value))),
  );
}

function flipped(disparity: Uint16Array): Uint16Array {
  return disparity.map((value) => 65535 - value);
}
