/**
 * Makes the surfaces that a scene is drawn from, in the order in which they are drawn: one surface
 * that is stretched over the edges of near things, or two sheets and the soft edge of the front
 * one.
 */
import type { Size } from "../core/geometry/size.js";
import { premultiplied } from "../core/output/alpha.js";
import type { SceneData } from "../core/scene/clip/scene-data.js";
import { type BuiltLayers, buildLayers } from "../core/scene/layers/build-layers.js";
import { layerColors } from "../core/scene/layers/layer-colors.js";
import type { LayerColors } from "../core/scene/layers/layers.js";
import type { LayerReach } from "../core/scene/layers/reach.js";
import { asOnePart, type SceneMesh } from "../core/scene/mesh/mesh.js";
import { sceneMesh } from "../core/scene/mesh/scene-mesh.js";
import { sheetMeshes } from "../core/scene/mesh/sheet-meshes.js";

/** A picture that becomes a texture, top row first. */
export interface Raster extends Size {
  /** RGB, or RGBA whose alpha is the coverage of the sheet. */
  readonly channels: 3 | 4;
  readonly samples: Uint8Array;
}

export interface Sheet {
  readonly mesh: SceneMesh;
  /** In a transparent scene multiplied by the photo's alpha. */
  readonly colors: Raster;
  /** The photo's alpha as gray; only in a transparent scene. */
  readonly matte: Raster | undefined;
  /** Whether it is blended over the sheets before it, by its coverage. */
  readonly isSoft: boolean;
}

type SheetData = Pick<
  SceneData,
  "photo" | "alpha" | "photoSize" | "transparent" | "disparity" | "disparitySize" | "geometry"
>;

/** The rasters of `data` must fit into textures. */
export function sheetsOf(data: SheetData): readonly Sheet[] {
  const { reach } = data.geometry;
  return reach ? twoSheets(data, reach) : [oneSheet(data)];
}

function oneSheet(data: SheetData): Sheet {
  const { disparity, disparitySize, geometry, photo, photoSize, alpha } = data;
  const { width, height } = photoSize;
  const rgb = (samples: Uint8Array): Raster => ({ width, height, channels: 3, samples });
  return {
    mesh: sceneMesh(disparity, disparitySize, geometry.detail, geometry.extent),
    colors: rgb(alpha ? premultiplied(photo, gray(alpha), 3) : photo),
    matte: data.transparent ? (alpha ? rgb(gray(alpha)) : WHITE) : undefined,
    isSoft: false,
  };
}

const WHITE: Raster = { width: 1, height: 1, channels: 3, samples: new Uint8Array(3).fill(255) };

function twoSheets(data: SheetData, reach: LayerReach): readonly Sheet[] {
  const { disparity, disparitySize, geometry, photo, photoSize } = data;
  const layers = buildLayers(disparity, disparitySize, reach, { ...photoSize, rgb: photo });
  const { front, back, rim } = sheetMeshes(
    layers,
    {
      meshError: geometry.detail.sheetError,
      leastStep: reach.cutDisparity,
      inverted: reach.inverted,
      maxTriangles: geometry.detail.maxTriangles,
    },
    geometry.extent,
  );
  const { colors, mattes } = sheetRasters(data, layers);
  const sheet = (mesh: SceneMesh, side: "front" | "back", isSoft: boolean): Sheet => ({
    ...{ mesh, colors: colors[side], matte: mattes?.[side], isSoft },
  });
  return [
    sheet(asOnePart(front), "front", false),
    sheet(asOnePart(back), "back", false),
    sheet(asOnePart(rim), "front", true),
  ];
}

interface SheetPair {
  readonly front: Raster;
  readonly back: Raster;
}

function sheetRasters(
  { photo, alpha, photoSize, transparent }: SheetData,
  layers: BuiltLayers,
): { readonly colors: SheetPair; readonly mattes: SheetPair | undefined } {
  const byColor = layerColors(layers, photo, photoSize);
  if (!transparent) return { colors: pairOf(byColor), mattes: undefined };
  const opacity = alpha ? gray(alpha) : new Uint8Array(photo.length).fill(255);
  const byAlpha = layerColors(layers, opacity, photoSize);
  const covered = coveredByAlpha(byColor, byAlpha);
  const colors = layerColors(layers, photo, photoSize, covered);
  const mattes = layerColors(layers, opacity, photoSize, covered);
  const multiplied = {
    front: premultiplied(colors.front, mattes.front, 4),
    back: premultiplied(colors.back, mattes.back, 3),
  };
  return { colors: pairOf({ ...photoSize, ...multiplied }), mattes: pairOf(mattes) };
}

/** A difference in opacity between both sides that tells better than colors what is covered. */
const CLEAR_DIFFERENCE = 64;

/**
 * The coverage by color, and by the photo's alpha where it differs between both sheets: the outline
 * of a cut-out is in its alpha, and its colors may be those of the white that it is stored over.
 */
function coveredByAlpha(byColor: LayerColors, byAlpha: LayerColors): LayerColors {
  const front = byColor.front.slice();
  for (let pixel = 0; 4 * pixel < front.length; pixel++) {
    const difference = (byAlpha.front[4 * pixel] ?? 0) - (byAlpha.back[3 * pixel] ?? 0);
    if (Math.abs(difference) < CLEAR_DIFFERENCE) continue;
    front[4 * pixel + 3] = byAlpha.front[4 * pixel + 3] ?? 255;
  }
  return { ...byColor, front };
}

function pairOf({ front, back, width, height }: LayerColors): SheetPair {
  return {
    front: { width, height, channels: 4, samples: front },
    back: { width, height, channels: 3, samples: back },
  };
}

/** RGB with this value in each channel. */
function gray(values: Uint8Array): Uint8Array {
  const rgb = new Uint8Array(3 * values.length);
  for (let i = 0; i < values.length; i++) rgb.fill(values[i] ?? 0, 3 * i, 3 * i + 3);
  return rgb;
}
