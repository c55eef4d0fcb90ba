/**
 * Writes into a finished MP4 or QuickTime file that its frames hold the views of both eyes. ffmpeg
 * has no option for it, so that the file's `moov` box is changed afterwards.
 */
import { createReadStream, createWriteStream } from "node:fs";
import { rename } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { InitRewriter } from "../../core/fragments/init-rewriter.js";
import { containerRow } from "../../core/output/containers.js";
import type { FramePacking } from "../../core/output/frame-packing.js";
import { spatialBoxes, withSpatialBoxes } from "../../core/output/spatial-boxes.js";
import type { OutputSpec } from "../../core/output/spec.js";
import { readMp4 } from "./mp4-file.js";

/** The boxes that an output gets; undefined where its container holds none, or needs none. */
export function boxesFor(
  { container }: Pick<OutputSpec, "container">,
  packing: FramePacking | undefined,
): Uint8Array | undefined {
  if (!packing || containerRow(container).stereo !== "boxes") return undefined;
  const boxes = spatialBoxes(packing);
  return boxes.length > 0 ? boxes : undefined;
}

/** A function that adds the boxes to the init segment of fragments that pass through it. */
export function taggedFragments(boxes: Uint8Array): (bytes: Uint8Array) => readonly Uint8Array[] {
  const rewriter = new InitRewriter((moov, offsetBytes) =>
    withSpatialBoxes(moov, boxes, offsetBytes),
  );
  return (bytes) => rewriter.push(bytes);
}

/**
 * Replaces the file by one with these boxes. Throws ENCODER_CRASHED for an incomplete file, and the
 * signal's reason.
 */
export async function tagFile(path: string, boxes: Uint8Array, signal: AbortSignal): Promise<void> {
  const { moov, offsetBytes } = await readMp4(path);
  const tagged = `${path}.tagged`;
  const parts = async function* () {
    if (offsetBytes > 0) yield* createReadStream(path, { end: offsetBytes - 1 });
    yield withSpatialBoxes(moov, boxes, offsetBytes);
    yield* createReadStream(path, { start: offsetBytes + moov.length });
  };
  await pipeline(parts, createWriteStream(tagged), { signal });
  await rename(tagged, path);
}
