/**
 * Follows the fragments of a divided clip: those of the first segment while it is made, those of
 * each later one as soon as it and all before it are done. Only the first segment's attempt names
 * the stream, because the bytes of the later ones never change.
 */
import { type FragmentsBefore, followingOn, ticksOf } from "../../../core/fragments/follow-on.js";
import { SegmentIndex } from "../../../core/fragments/segment-index.js";
import { encodeOutputOf, type FragmentsRef } from "../../../core/spec/stage-output.js";
import { readSpec } from "../../../core/spec/stored-spec.js";
import { pause } from "../../../kit/async/delay.js";
import type { BlobStore } from "../../../kit/blobs/store.js";
import { collect } from "../../../kit/rpc/chunks.js";
import type { Division } from "../../../pipeline/record/division.js";
import { isTerminal, type JobRecord } from "../../../pipeline/record/record.js";
import { waitForRecord } from "../../../pipeline/record/store.js";
import { segmentIds } from "../../../pipeline/segments/segment-record.js";
import type { GatewayContext } from "../context.js";
import { type FollowEvent, type FollowPosition, onlyNew } from "./follow-position.js";
import { followRecord } from "./follow-record.js";

/** How soon a segment is looked for that is not there yet. */
const LOOK_AGAIN_MS = 200;

export interface FollowedDivision {
  readonly context: GatewayContext;
  /** The job. */
  readonly record: JobRecord;
  readonly division: Division;
  readonly position: FollowPosition;
}

/**
 * Ends when the fragments of all segments were passed on, and as soon as the job has ended or is
 * divided in another way. Throws the signal's reason.
 */
export async function* followSegments(
  followed: FollowedDivision,
  signal: AbortSignal,
): AsyncGenerator<FollowEvent> {
  const { context, record, division } = followed;
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  // An end that shows in the record makes the segments void, or their followers read the result.
  const watched = waitForRecord(
    context.store,
    record.id,
    either,
    (current) => isTerminal(current) || current.division?.id !== division.id,
  ).then(
    () => over.abort(),
    () => over.abort(),
  );
  try {
    yield* inOrder(followed, either);
  } catch (error) {
    signal.throwIfAborted();
    if (!over.signal.aborted) {
      context.log.debug({ err: error, job: record.id }, "lost the segments that were followed");
    }
  } finally {
    over.abort();
    await watched;
  }
}

async function* inOrder(
  { context, record, division, position }: FollowedDivision,
  signal: AbortSignal,
): AsyncGenerator<FollowEvent> {
  const { blobs } = context;
  const [first = "", ...later] = segmentIds(record.id, division);
  await untilThere(context, first, signal);
  let ended: JobRecord | undefined;
  for await (const event of followRecord(context, first, signal, position)) {
    if (event.kind === "ended") ended = event.record;
    else yield event;
  }
  const stored = ended && fragmentsOf(ended);
  if (!stored) return;
  const { frameRate } = readSpec(await collect(blobs.read(record.specBlob))).clip;
  const index = await indexOf(blobs, stored);
  const init = await collect(blobs.read(stored.sha256, 0, index.segments[0]?.sizeBytes ?? 0));
  const passed = { fragments: index.segments.length - 1, frames: index.frames };
  let offsetBytes = index.sizeBytes;
  for (const id of later) {
    await untilThere(context, id, signal);
    const made = await waitForRecord(context.store, id, signal, isTerminal);
    const fragments = fragmentsOf(made);
    if (!fragments) return;
    const ticks = ticksOf(init, passed.frames, frameRate);
    const part = await indexOf(blobs, fragments);
    const before = { ...passed, ticks, offsetBytes };
    yield* onlyNew(position, followingFragments(blobs, fragments, part, before));
    const [{ sizeBytes = 0 } = {}] = part.segments;
    offsetBytes += part.sizeBytes - sizeBytes;
    passed.fragments += part.segments.length - 1;
    passed.frames += part.frames;
  }
}

/** Waits until the record of a segment exists. */
async function untilThere(
  { store }: GatewayContext,
  id: string,
  signal: AbortSignal,
): Promise<void> {
  while (!(await store.read(id))) {
    await pause(LOOK_AGAIN_MS, signal);
    signal.throwIfAborted();
  }
}

/** Null for a segment that has failed, or has no output to follow. */
function fragmentsOf({ state, stages }: JobRecord): FragmentsRef | null {
  return state === "SUCCEEDED" ? encodeOutputOf(stages.encode.output).fragments : null;
}

async function indexOf(blobs: BlobStore, { sha256 }: FragmentsRef): Promise<SegmentIndex> {
  const index = new SegmentIndex();
  for await (const bytes of blobs.read(sha256)) index.push(bytes);
  return index;
}

interface Before extends FragmentsBefore {
  readonly frames: number;
  readonly offsetBytes: number;
}

/** The fragments of a later segment, as those that follow on what comes before. */
async function* followingFragments(
  blobs: BlobStore,
  { sha256 }: FragmentsRef,
  { segments: [init, ...fragments] }: SegmentIndex,
  before: Before,
): AsyncGenerator<FollowEvent> {
  const shift = before.offsetBytes - (init?.sizeBytes ?? 0);
  for (const fragment of fragments) {
    const { index, firstFrame } = fragment;
    let offsetBytes = fragment.offsetBytes + shift;
    const place = { index: index + before.fragments, firstFrame: firstFrame + before.frames };
    yield { kind: "segment", segment: { ...fragment, ...place, offsetBytes } };
    const bytesOf = blobs.read(sha256, fragment.offsetBytes, fragment.sizeBytes);
    for await (const bytes of followingOn(bytesOf, before)) {
      yield { kind: "chunk", bytes, offsetBytes };
      offsetBytes += bytes.length;
    }
  }
}
