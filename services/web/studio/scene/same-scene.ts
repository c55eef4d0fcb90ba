/** Whether a scene that is open can draw what another one would: then nothing is built anew. */

import type { Size } from "../../../../core/geometry/size.js";
import type { SceneData } from "../../../../core/scene/clip/scene-data.js";
import type { Extent, SceneGeometry } from "../../../../core/scene/geometry.js";
import type { LayerReach } from "../../../../core/scene/layers/reach.js";

/**
 * How much coarser a mesh may be than asked for. A camera that a slider moves asks for another
 * detail with each step, and nobody sees a tenth of it.
 */
const COARSER = 1.1;

/**
 * Whether the open scene can stand in for the wanted one until that is built: it shows the same
 * photo in the same shape, perhaps smaller or with other edges.
 */
export function standsIn(open: SceneData, wanted: SceneData): boolean {
  return (
    open.photo === wanted.photo &&
    open.disparity === wanted.disparity &&
    open.stereo?.layout === wanted.stereo?.layout &&
    isSameShape(open.frame, wanted.frame) &&
    isSameShape(open.picture ?? open.frame, wanted.picture ?? wanted.frame)
  );
}

/** Sides are whole and even, so that the same shape at another size is not quite the same. */
function isSameShape(a: Size, b: Size): boolean {
  return Math.abs((a.width * b.height) / (a.height * b.width) - 1) < 0.02;
}

/** Whether the open scene has all that the wanted one asks for. */
export function covers(open: SceneData, wanted: SceneData): boolean {
  return (
    sameJson(layoutOf(open), layoutOf(wanted)) &&
    open.photo === wanted.photo &&
    open.disparity === wanted.disparity &&
    open.seed === wanted.seed &&
    sameJson(open.cutout, wanted.cutout) &&
    coversGeometry(open.geometry, wanted.geometry)
  );
}

function layoutOf({ frame, picture, ssaa, transparent, stereo }: SceneData) {
  return { frame, picture, ssaa, transparent, stereo };
}

const sameJson = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

function coversGeometry(open: SceneGeometry, wanted: SceneGeometry): boolean {
  const { detail, texture } = open;
  return (
    sameJson(open.halfSides, wanted.halfSides) &&
    contains(open.extent, wanted.extent) &&
    texture.width >= wanted.texture.width &&
    detail.meshSide === wanted.detail.meshSide &&
    detail.dearest === wanted.detail.dearest &&
    detail.maxTriangles === wanted.detail.maxTriangles &&
    detail.meshError <= COARSER * wanted.detail.meshError &&
    detail.maxError <= COARSER * wanted.detail.maxError &&
    detail.sheetError <= COARSER * wanted.detail.sheetError &&
    COARSER * detail.texelsPerDisparity >= wanted.detail.texelsPerDisparity &&
    coversReach(open.reach, wanted.reach)
  );
}

function contains(outer: Extent, inner: Extent): boolean {
  return (
    outer.minX <= inner.minX &&
    outer.maxX >= inner.maxX &&
    outer.minY <= inner.minY &&
    outer.maxY >= inner.maxY
  );
}

function coversReach(open: LayerReach | undefined, wanted: LayerReach | undefined): boolean {
  if (!open || !wanted) return open === wanted;
  return (
    open.inverted === wanted.inverted &&
    open.cutDisparity <= COARSER * wanted.cutDisparity &&
    COARSER * open.texelsPerDisparity >= wanted.texelsPerDisparity
  );
}
