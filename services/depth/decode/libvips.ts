/** libvips in the decoding process: the loaders that may run. */
import sharp from "sharp";
import type { PhotoFormat } from "../../../core/photo/format.js";

// No file is decoded twice, and the other cores belong to inference and rendering.
sharp.cache(false);
sharp.concurrency(1);

const LOADERS: Readonly<Record<PhotoFormat, string>> = {
  jpeg: "VipsForeignLoadJpegBuffer",
  png: "VipsForeignLoadPngBuffer",
  gif: "VipsForeignLoadNsgifBuffer",
  webp: "VipsForeignLoadWebpBuffer",
  avif: "VipsForeignLoadHeifBuffer",
  tiff: "VipsForeignLoadTiffBuffer",
  // libheif decodes it, and hands it on as a TIFF.
  heic: "VipsForeignLoadTiffBuffer",
};

/** Blocks all loaders of libvips except those that read one of `formats` from memory. */
export function allowOnly(formats: readonly PhotoFormat[]): void {
  sharp.block({ operation: ["VipsForeignLoad"] });
  sharp.unblock({ operation: formats.map((format) => LOADERS[format]) });
}
