/**
 * Writes into a finished MP4 or QuickTime file that its frames hold the views of both eyes. ffmpeg
 * has no option for it, so that the file's `moov` box is changed afterwards.
 */
import { createReadStream, createWriteStream } from "node:fs";
import { type FileHandle, open, rename } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { DepthmeshError } from "../../core/errors.js";
import { InitRewriter } from "../../core/fragments/init-rewriter.js";
import { containerRow } from "../../core/output/containers.js";
import type { FramePacking } from "../../core/output/frame-packing.js";
import { spatialBoxes, withSpatialBoxes } from "../../core/output/spatial-boxes.js";
import type { OutputSpec } from "../../core/output/spec.js";

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
 * Replaces the file by one with these boxes. Throws ENCODER_CRASHED for a file without `moov`, and
 * the signal's reason.
 */
export async function tagFile(path: string, boxes: Uint8Array, signal: AbortSignal): Promise<void> {
  const file = await open(path);
  let moov: Uint8Array;
  let offsetBytes: number;
  try {
    ({ moov, offsetBytes } = await readMoov(file));
  } finally {
    await file.close();
  }
  const tagged = `${path}.tagged`;
  const parts = async function* () {
    if (offsetBytes > 0) yield* createReadStream(path, { end: offsetBytes - 1 });
    yield withSpatialBoxes(moov, boxes, offsetBytes);
    yield* createReadStream(path, { start: offsetBytes + moov.length });
  };
  await pipeline(parts, createWriteStream(tagged), { signal });
  await rename(tagged, path);
}

const HEADER_BYTES = 8;
const LARGE_HEADER_BYTES = 16;
/** A size of one means that the size follows the type, in 64 bits. */
const SIZE_FOLLOWS = 1;

/** The `moov` box of a file, and where it begins. Reads only the headers of the others. */
async function readMoov(file: FileHandle): Promise<{ moov: Uint8Array; offsetBytes: number }> {
  const { size } = await file.stat();
  for (let at = 0; at + HEADER_BYTES <= size; ) {
    const head = Buffer.alloc(LARGE_HEADER_BYTES);
    await file.read(head, 0, LARGE_HEADER_BYTES, at);
    const short = head.readUInt32BE(0);
    const sizeBytes = short === SIZE_FOLLOWS ? Number(head.readBigUInt64BE(8)) : short;
    if (sizeBytes < HEADER_BYTES || at + sizeBytes > size) break;
    if (head.toString("latin1", 4, HEADER_BYTES) === "moov") {
      const moov = Buffer.alloc(sizeBytes);
      await file.read(moov, 0, sizeBytes, at);
      return { moov, offsetBytes: at };
    }
    at += sizeBytes;
  }
  throw new DepthmeshError("ENCODER_CRASHED", "the video encoder wrote a file without an index", {
    metadata: { cause: "incomplete" },
  });
}
