/** Writes the depth map of a job in the requested file format, or as a colored picture. */
import { extname } from "node:path";
import { type Colormap, colorize } from "../core/depthmap/colormap.js";
import { writeNpy } from "../core/depthmap/files/npy.js";
import { writePfm } from "../core/depthmap/files/pfm.js";
import type { MapSamples } from "../core/depthmap/files/samples.js";
import { DepthmeshError } from "../core/errors.js";
import { besidePhoto, outputFor } from "./output-names.js";

/**
 * Loading it takes longer than all other modules of a command together, which few commands need.
 */
const sharpModule = () => import("sharp");

export const DEPTH_FORMATS = ["png16", "pfm", "npy"] as const;
export type DepthFormat = (typeof DEPTH_FORMATS)[number];

const FORMAT_OF_EXTENSION: Readonly<Record<string, DepthFormat>> = {
  ".png": "png16",
  ".pfm": "pfm",
  ".npy": "npy",
};

const EXTENSION: Readonly<Record<DepthFormat, string>> = {
  png16: ".png",
  pfm: ".pfm",
  npy: ".npy",
};

/**
 * The file to write: `named`, or `PHOTO-depth` in that folder or else beside the photo. Throws
 * PARAMETER_CONFLICT if a file exists that the user has not named.
 */
export function depthOutput(
  named: string | undefined,
  photo: string,
  format: DepthFormat = "png16",
): string {
  const ending = `-depth${EXTENSION[format]}`;
  return named === undefined ? besidePhoto(photo, ending) : outputFor(named, photo, ending);
}

/**
 * The format from `--format`, or else from the file extension. Throws PARAMETER_UNKNOWN when
 * neither names one, and PARAMETER_CONFLICT for a colormap with a format of numbers.
 */
export function depthFormat(
  named: DepthFormat | undefined,
  path: string,
  colormap: Colormap | undefined,
): DepthFormat {
  const format = named ?? FORMAT_OF_EXTENSION[extname(path).toLowerCase()];
  if (!format) {
    throw new DepthmeshError(
      "PARAMETER_UNKNOWN",
      `the extension of ${path} does not name a format; use --format`,
      {
        metadata: { known: Object.keys(FORMAT_OF_EXTENSION).join(" ") },
      },
    );
  }
  if (colormap && format !== "png16") {
    throw new DepthmeshError(
      "PARAMETER_CONFLICT",
      `--colormap writes a picture and cannot be combined with ${format}`,
    );
  }
  return format;
}

/** Reads the 16-bit PNG of a job as disparity in [0, 1]; 1 is near. */
async function readDepthPng(png: Uint8Array): Promise<MapSamples> {
  const { default: sharp } = await sharpModule();
  const { data, info } = await sharp(png)
    .toColourspace("grey16")
    .raw({ depth: "ushort" })
    .toBuffer({ resolveWithObject: true });
  const samples = new Uint16Array(new Uint8Array(data).buffer);
  const values = Float32Array.from(samples, (value) => value / 65535);
  return { values, width: info.width, height: info.height };
}

/** The bytes of the file: the map as numbers, or an 8-bit picture with a colormap. */
export async function toDepthFile(
  png: Uint8Array,
  format: DepthFormat,
  colormap: Colormap | undefined,
): Promise<Uint8Array> {
  if (!colormap && format === "png16") return png;
  const map = await readDepthPng(png);
  if (!colormap) return format === "pfm" ? writePfm(map) : writeNpy(map);
  const { width, height } = map;
  const { default: sharp } = await sharpModule();
  return sharp(colorize(map.values, colormap), { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}
