/** What post-processing alone takes of one core, whatever else the machine does: processor time, not the clock's. */
import sharp from "sharp";
import type { EdgeQuality } from "../../core/depthmap/align.js";
import { postProcess } from "../../core/depthmap/post-processing.js";
import { toUint16 } from "../../core/depthmap/range.js";
import { resolveDepth } from "../../core/spec/depth-spec.js";
import { Fields } from "../../core/spec/fields.js";
import { median } from "../report.js";

const FULL_HD = { width: 1920, height: 1080 };
const RUNS = 9;

/** Milliseconds to make a 1080p map of a model's output of this size against `photo`. */
export async function refineCpuMs(
  photo: Buffer,
  width: number,
  height: number,
  edges: EdgeQuality,
): Promise<number> {
  const rgb = await sharp(photo)
    .resize({ ...FULL_HD, fit: "cover" })
    .removeAlpha()
    .raw()
    .toBuffer();
  const { data } = await sharp(photo)
    .resize({ width, height, fit: "cover" })
    .toColourspace("b-w")
    .raw()
    .toBuffer({ resolveWithObject: true });
  const estimate = { values: Float32Array.from(data), width, height, edges };
  const times: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const before = process.cpuUsage();
    toUint16(postProcess(estimate, { rgb, ...FULL_HD }, resolveDepth(new Fields({}))).values);
    const { user, system } = process.cpuUsage(before);
    // The first runs are compiled while they run.
    if (run > 1) times.push((user + system) / 1000);
  }
  return median(times);
}
