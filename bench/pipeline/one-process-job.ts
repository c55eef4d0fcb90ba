/** The same work as a mesh's in one process (one-process.ts): its input and its run. */
import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import sharp from "sharp";
import type { Size } from "../../core/geometry/size.js";
import { resolveSpec } from "../../core/spec/resolve-spec.js";
import type { JobSpec as CheckedSpec } from "../../core/spec/spec.js";
import type { JobSpec } from "../../proto/gen/depthmesh/v1/spec.js";
import { photoRules } from "../../services/depth/config.js";
import { Decoder } from "../../services/depth/decode/decoder.js";
import { photoFit } from "../../services/depth/decode/fit.js";
import type { Photo } from "../../testing/photos.js";
import { fromWireSpec } from "../../wire/spec.js";

const RULES = photoRules({ maxPixels: 50_000_000, photoFormats: "jpeg png webp" });

export interface OneProcessOptions {
  /** How often each clip is drawn and encoded. */
  readonly runs: number;
  /** Whether the frames of the last clip are written to frames.yuv. */
  readonly keepsFrames: boolean;
}

/** What the process reads from job.json, beside photo.rgb and disparity.u16. */
export interface OneProcessJob extends OneProcessOptions {
  /** The clips of each round, in this order. */
  readonly specs: readonly CheckedSpec[];
  readonly photoSize: Size;
  readonly disparitySize: Size;
}

/** One run, from the request for the first frame to the finished file. */
export interface OneProcessCost {
  readonly frames: number;
  readonly seconds: number;
  /** Processor time of all threads of the process. */
  readonly ownCpuMs: number;
  readonly ffmpegCpuMs: number;
}

/** A job as the gateway would store it. */
export function checkedSpec(spec: JobSpec, maxFrames: number): CheckedSpec {
  return resolveSpec(fromWireSpec(spec), { models: ["depthmesh-tiny"], maxFrames });
}

/**
 * Makes `folder` and writes the jobs and their pixels into it, as the depth stage stores them.
 * `depthMap` is a depth map that a mesh made for this photo.
 */
export async function prepareOneProcess(
  folder: string,
  specs: readonly CheckedSpec[],
  photo: Photo,
  depthMap: Uint8Array,
  options: OneProcessOptions,
): Promise<void> {
  const [spec] = specs;
  if (!spec) throw new Error("there are no clips");
  const decoder = await Decoder.start({ memoryBytes: 2 ** 31, timeMs: 60_000, stallMs: 60_000 });
  const decoded = await decoder.photo(await readFile(photo.path), {
    ...RULES,
    fit: photoFit(spec, 0),
  });
  await decoder.close();
  const depth = await sharp(depthMap)
    .toColourspace("grey16")
    .raw({ depth: "ushort" })
    .toBuffer({ resolveWithObject: true });
  const sizeOf = ({ width, height }: Size) => ({ width, height });
  const job: OneProcessJob = {
    ...options,
    specs,
    photoSize: sizeOf(decoded),
    disparitySize: sizeOf(depth.info),
  };
  await mkdir(folder, { recursive: true });
  await Promise.all([
    writeFile(join(folder, "job.json"), JSON.stringify(job)),
    writeFile(join(folder, "photo.rgb"), decoded.rgb),
    writeFile(join(folder, "disparity.u16"), depth.data),
  ]);
}

/** Runs the process: for each clip, the costs of its runs. */
export async function runOneProcess(folder: string): Promise<OneProcessCost[][]> {
  const script = fileURLToPath(new URL("./one-process.js", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script, folder]);
  return JSON.parse(stdout) as OneProcessCost[][];
}
