/**
 * Makes the surfaces that a scene is drawn from, in the order in which they are drawn: one surface
 * that is stretched over the edges of near things, or two sheets and the soft edge of the front one.
 */
import type { Size } from "../../../core/geometry/size.js";
import { premultiplied } from "../../../core/output/alpha.js";
import { type BuiltLayers, buildLayers } from "../../../core/scene/layers/build-layers.js";
import { layerColors } from "../../../core/scene/layers/layer-colors.js";
import type { LayerColors } from "../../../core/scene/layers/layers.js";
import type { LayerReach } from "../../../core/scene/layers/reach.js";
import { asOnePart, type SceneMesh } from "../../../core/scene/mesh/mesh.js";
import { sceneMesh } from "../../../core/scene/mesh/scene-mesh.js";
import { sheetMeshes } from "../../../core/scene/mesh/sheet-meshes.js";
import type { SceneData } from "./protocol.js";

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

/** The photo's alpha is taken apart like its colors, at the same coverage. */
function sheetRasters(
  { photo, alpha, photoSize, transparent }: SheetData,
  layers: BuiltLayers,
): { readonly colors: SheetPair; readonly mattes: SheetPair | undefined } {
  const colors = layerColors(layers, photo, photoSize);
  if (!transparent) return { colors: pairOf(colors), mattes: undefined };
  const opacity = alpha ? gray(alpha) : new Uint8Array(photo.length).fill(255);
  const mattes = layerColors(layers, opacity, photoSize, colors);
  const multiplied = {
    front: premultiplied(colors.front, mattes.front, 4),
    back: premultiplied(colors.back, mattes.back, 3),
  };
  return { colors: pairOf({ ...photoSize, ...multiplied }), mattes: pairOf(mattes) };
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
