/**
 * A process of its own that prints which formats of photos decode on this machine, for `depthmesh
 * doctor`. Exit code 1 when a library of one is missing.
 */
import sharp from "sharp";
import { FORMAT_TITLES, PHOTO_FORMATS } from "../../../core/photo/format.js";
import { hasHevcDecoder } from "./libheif.js";
import { allowOnly } from "./libvips.js";

const missing: string[] = [];
try {
  // Opens each format's loader by its name.
  allowOnly(PHOTO_FORMATS);
  await sharp({ create: { width: 1, height: 1, channels: 3, background: "#fff" } })
    .raw()
    .toBuffer();
} catch (error) {
  missing.push(`libvips (${error instanceof Error ? error.message : error})`);
}
if (!hasHevcDecoder()) missing.push("libheif's HEVC decoder");
const titles = PHOTO_FORMATS.map((format) => FORMAT_TITLES[format]).join(", ");
process.stdout.write(missing.length === 0 ? `${titles}\n` : `missing: ${missing.join(", ")}\n`);
process.exitCode = missing.length === 0 ? 0 : 1;
