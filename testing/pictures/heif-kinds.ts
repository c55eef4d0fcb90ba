/** A small AVIF and HEIC of every kind that is taken. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { heicFile, hevcPicture } from "./heif.js";
import { GRAYS, type KindFile, SIZE } from "./kind-file.js";
import { QUARTERS, quarterPixels } from "./quarters.js";

const run = promisify(execFile);

/** ffmpeg's pixel formats of eight bits by the sharing of color samples. */
const SHARINGS = {
  gray: "gray",
  "4:2:0": "yuv420p",
  "4:2:2": "yuv422p",
  "4:4:4": "yuv444p",
} as const;

export function heifKinds(): KindFile[] {
  return Object.entries(SHARINGS).flatMap(([color, base]) =>
    [8, 10, 12].flatMap((bits): KindFile[] => {
      const pixelFormat = bits === 8 ? base : `${base}${bits}le`;
      const colors = color === "gray" ? GRAYS : QUARTERS;
      const kind = { color, bits, colors, tolerance: 8 } as const;
      return [
        { ...kind, format: "avif", coding: "AV1", make: () => avifFile(pixelFormat) },
        { ...kind, format: "heic", coding: "HEVC", make: () => heic(pixelFormat) },
      ];
    }),
  );
}

async function heic(pixelFormat: string): Promise<Buffer> {
  return heicFile(await hevcPicture(quarterPixels(SIZE), SIZE, pixelFormat));
}

async function avifFile(pixelFormat: string): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), "depthmesh-avif-"));
  const path = join(folder, "picture.avif");
  const child = run("ffmpeg", [
    ...["-v", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", `${SIZE.width}x${SIZE.height}`],
    ...["-i", "pipe:0", "-vf", `scale=out_color_matrix=bt601:out_range=full,format=${pixelFormat}`],
    ...["-frames:v", "1", "-c:v", "libaom-av1", "-cpu-used", "8", "-crf", "10"],
    ...["-still-picture", "1", "-color_range", "pc", path],
  ]);
  child.child.stdin?.end(quarterPixels(SIZE));
  await child;
  const bytes = await readFile(path);
  await rm(folder, { recursive: true });
  return bytes;
}
