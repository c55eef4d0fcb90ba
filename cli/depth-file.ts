/** A job's depth map in the format that its user wants. */
import { extname } from "node:path";
import sharp from "sharp";
import { type Colormap, colorize } from "../core/depthmap/colormap.js";
import { writeNpy } from "../core/depthmap/files/npy.js";
import { writePfm } from "../core/depthmap/files/pfm.js";
import type { MapSamples } from "../core/depthmap/files/samples.js";
import { DepthmeshError } from "../core/errors.js";

export const DEPTH_FORMATS = ["png16", "pfm", "npy"] as const;
export type DepthFormat = (typeof DEPTH_FORMATS)[number];

const FORMAT_OF_ENDING: Readonly<Record<string, DepthFormat>> = {
  ".png": "png16",
  ".pfm": "pfm",
  ".npy": "npy",
};

/**
 * The format named, or the one that a file's ending says. Throws PARAMETER_UNKNOWN for an ending that says none, and
 * PARAMETER_CONFLICT for numbers that are to be colored.
 */
export function depthFormat(
  named: DepthFormat | undefined,
  path: string,
  colormap: Colormap | undefined,
): DepthFormat {
  const format = named ?? FORMAT_OF_ENDING[extname(path).toLowerCase()];
  if (!format) {
    throw new DepthmeshError("PARAMETER_UNKNOWN", `${path} says no format: name it by --format`, {
      metadata: { known: Object.keys(FORMAT_OF_ENDING).join(" ") },
    });
  }
  if (colormap && format !== "png16") {
    throw new DepthmeshError("PARAMETER_CONFLICT", `a colormap is for pictures, not for ${format}`);
  }
  return format;
}

/** The 16-bit PNG of a job as disparity in [0, 1], 1 = near. */
async function readDepthPng(png: Uint8Array): Promise<MapSamples> {
  const { data, info } = await sharp(png)
    .toColourspace("grey16")
    .raw({ depth: "ushort" })
    .toBuffer({ resolveWithObject: true });
  const samples = new Uint16Array(new Uint8Array(data).buffer);
  const values = Float32Array.from(samples, (value) => value / 65535);
  return { values, width: info.width, height: info.height };
}

/** The map as a file: as numbers, or as an 8-bit picture where a colormap is named. */
export async function toDepthFile(
  png: Uint8Array,
  format: DepthFormat,
  colormap: Colormap | undefined,
): Promise<Uint8Array> {
  if (!colormap && format === "png16") return png;
  const map = await readDepthPng(png);
  if (!colormap) return format === "pfm" ? writePfm(map) : writeNpy(map);
  const { width, height } = map;
  return sharp(colorize(map.values, colormap), { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}
