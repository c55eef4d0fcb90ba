/**
 * `layers.zip`: both sheets as pictures for programs that compose and animate them. The front over
 * the back is the photo; each has a disparity map of its own.
 */
import type { Size } from "../../../core/geometry/size.js";
import { backExtent } from "../../../core/scene/layers/back-extent.js";
import type { LayerColors, Layers } from "../../../core/scene/layers/layers.js";
import { distanceOf, worldCamera, worldOf } from "../../../core/scene/world.js";
import type { MadeFile } from "../store-artifacts.js";
import { png16, rgbaPng } from "./pictures.js";
import type { Sheets } from "./sheets.js";
import { zipped } from "./zip.js";

export async function layersZip({ layers, colors }: Sheets, height: number): Promise<MadeFile> {
  const { width, height: rows } = colors;
  const [front, back, frontDisparity, backDisparity] = await Promise.all([
    rgbaPng(colors.front, colors),
    rgbaPng(backPicture(layers, colors), colors),
    png16(layers.front, layers, 1),
    png16(backDisparityOf(layers), layers, 1),
  ]);
  const bytes = await zipped([
    { name: "front.png", bytes: front },
    { name: "back.png", bytes: back },
    { name: "front-disparity.png", bytes: frontDisparity },
    { name: "back-disparity.png", bytes: backDisparity },
    { name: "layers.json", bytes: description(colors, layers, height) },
  ]);
  return { bytes, width, height: rows };
}

/** RGBA of the back sheet: opaque where it exists, else transparent. */
function backPicture(layers: Layers, { back, ...size }: LayerColors): Uint8Array {
  const alpha = backExtent(layers, size);
  const rgba = new Uint8Array(4 * alpha.length);
  for (let pixel = 0; pixel < alpha.length; pixel++) {
    if (alpha[pixel] === 0) continue;
    rgba[4 * pixel] = back[3 * pixel] ?? 0;
    rgba[4 * pixel + 1] = back[3 * pixel + 1] ?? 0;
    rgba[4 * pixel + 2] = back[3 * pixel + 2] ?? 0;
    rgba[4 * pixel + 3] = 255;
  }
  return rgba;
}

/** The back sheet's disparity; where there is none, that of the front. */
function backDisparityOf({ front, back, hidden }: Layers): Uint16Array {
  return back.map((value, at) => (hidden[at] === 0 ? (front[at] ?? 0) : value));
}

/** What a program needs to place the sheets, as JSON. */
function description(picture: Size, map: Size, height: number): string {
  const { verticalAngle, aspect } = worldCamera(worldOf(picture, height));
  const sizeOf = ({ width, height: rows }: Size) => ({ width, height: rows });
  const facts = {
    pictures: sizeOf(picture),
    disparityMaps: sizeOf(map),
    front: { picture: "front.png", disparity: "front-disparity.png" },
    back: { picture: "back.png", disparity: "back-disparity.png" },
    camera: {
      verticalAngleDegrees: (verticalAngle * 180) / Math.PI,
      aspect,
      distanceOfBlack: distanceOf(height, 0),
      distanceOfWhite: distanceOf(height, 1),
      distance: "1 / mix(1 / distanceOfBlack, 1 / distanceOfWhite, disparity / 65535)",
    },
  };
  return `${JSON.stringify(facts, undefined, 2)}\n`;
}
