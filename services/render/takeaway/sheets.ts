/** The two sheets that takeaways are made of: as far as a camera looks around in the scene. */
import { buildLayers } from "../../../core/scene/layers/build-layers.js";
import { layerColors } from "../../../core/scene/layers/layer-colors.js";
import type { LayerColors, Layers } from "../../../core/scene/layers/layers.js";
import { layerReach } from "../../../core/scene/layers/reach.js";
import { lookAround } from "../../../core/scene/look-around.js";
import type { TakeawaySource } from "./source.js";

export interface Sheets {
  readonly layers: Layers;
  readonly colors: LayerColors;
  /** The least step in disparity that is cut; 1 where none is. */
  readonly cutDisparity: number;
}

/** A scene in which nothing is cut. */
const UNCUT = { cutDisparity: 1, texelsPerDisparity: 0, inverted: false };

export function sheetsOf(source: TakeawaySource): Sheets {
  const { photo, photoSize, disparity, disparitySize, halfSides, height } = source;
  const path = lookAround(height);
  const reach = layerReach(path, photoSize, halfSides, disparitySize) ?? UNCUT;
  const layers = buildLayers(disparity, disparitySize, reach, { ...photoSize, rgb: photo });
  const colors = layerColors(layers, photo, photoSize);
  return { layers, colors, cutDisparity: reach.cutDisparity };
}
