/** A job's depth map in the format that its user wants. */
import { writeFile } from "node:fs/promises";
import { extname } from "node:path";
import sharp from "sharp";
import { type Colormap, colorize } from "../core/depthmap/colormap.js";
import { writeNpy } from "../core/depthmap/files/npy.js";
import { writePfm } from "../core/depthmap/files/pfm.js";
import type { MapSamples } from "../core/depthmap/files/samples.js";
import { DepthmeshError } from "../kit/errors.js";

export const DEPTH_FORMATS = ["png16", "pfm", "npy"] as const;
export type DepthFormat = (typeof DEPTH_FORMATS)[number];

/** The format named, or the one that a file's ending says. */
export function depthFormat(named: DepthFormat | undefined, path: string): DepthFormat {
  if (named) return named;
  const ending = extname(path).slice(1).toLowerCase();
  return DEPTH_FORMATS.find((format) => format === ending) ?? "png16";
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

/** Write the map to `path`: as numbers, or as an 8-bit picture where a colormap is named. */
export async function writeDepthFile(
  path: string,
  png: Uint8Array,
  format: DepthFormat,
  colormap: Colormap | undefined,
): Promise<void> {
  if (colormap && format !== "png16") {
    throw new DepthmeshError("PARAMETER_CONFLICT", `a colormap is for pictures, not for ${format}`);
  }
  if (!colormap && format === "png16") return writeFile(path, png);
  const map = await readDepthPng(png);
  if (!colormap) return writeFile(path, format === "pfm" ? writePfm(map) : writeNpy(map));
  const { width, height } = map;
  await sharp(colorize(map.values, colormap), { raw: { width, height, channels: 3 } })
    .png()
    .toFile(path);
}
