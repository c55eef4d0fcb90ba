/** Joins the fragments of segments into one file, as followers of the job have received them. */
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { type FragmentsBefore, followingOn, ticksOf } from "../../../core/fragments/follow-on.js";
import { SegmentIndex } from "../../../core/fragments/segment-index.js";
import type { FrameRate } from "../../../core/geometry/timing.js";
import type { FragmentsRef } from "../../../core/spec/stage-output.js";
import type { BlobWriter, RemoteBlobs } from "../../../kit/blobs/remote.js";
import { collect, fileChunks } from "../../../kit/rpc/chunks.js";
import { FRAGMENTS_FILE } from "../live/fragments.js";
import type { MadeSegment } from "./segment-files.js";

export interface FragmentsJoin {
  readonly blobs: Pick<RemoteBlobs, "chunks" | "write">;
  readonly writer: BlobWriter;
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly frameRate: FrameRate;
}

/**
 * Stores them; null if the job has no output to follow. The attempt is that of the first segment,
 * by which followers know the stream.
 */
export async function joinFragments(
  segments: readonly MadeSegment[],
  { blobs, writer, folder, signal, frameRate }: FragmentsJoin,
): Promise<FragmentsRef | null> {
  const refs = segments.map(({ output }) => output.fragments);
  const first = refs[0];
  if (!first) return null;
  const joined = join(folder, FRAGMENTS_FILE);
  let before: FragmentsBefore = { fragments: 0, ticks: 0 };
  let init: Uint8Array | undefined;
  let frames = 0;
  for (const ref of refs) {
    if (!ref) throw new RangeError("a segment has no fragments");
    const part = `${joined}.part`;
    await pipeline(blobs.chunks(ref.sha256, signal), createWriteStream(part), { signal });
    const index = await indexOf(part);
    init ??= await initOf(part, index);
    await pipeline(
      partChunks(part, index, before),
      createWriteStream(joined, { flags: before.fragments === 0 ? "w" : "a" }),
      { signal },
    );
    frames += index.frames;
    const fragments = before.fragments + index.segments.length - 1;
    before = { fragments, ticks: ticksOf(init, frames, frameRate) };
  }
  const stored = await blobs.write(writer, () => fileChunks(joined), signal);
  return { ...stored, attempt: first.attempt };
}

async function indexOf(path: string): Promise<SegmentIndex> {
  const index = new SegmentIndex();
  for await (const bytes of fileChunks(path)) index.push(bytes);
  return index;
}

async function initOf(path: string, { segments: [init] }: SegmentIndex): Promise<Uint8Array> {
  const { sizeBytes = 0 } = init ?? {};
  return collect(fileChunks(path, { start: 0, end: sizeBytes }));
}

/** The init segment of the first part, and the fragments of all. */
async function* partChunks(
  path: string,
  { segments }: SegmentIndex,
  before: FragmentsBefore,
): AsyncGenerator<Uint8Array> {
  for (const { kind, offsetBytes, sizeBytes } of segments) {
    const range = { start: offsetBytes, end: offsetBytes + sizeBytes };
    if (kind === "fragment") yield* followingOn(fileChunks(path, range), before);
    else if (before.fragments === 0) yield* fileChunks(path, range);
  }
}
