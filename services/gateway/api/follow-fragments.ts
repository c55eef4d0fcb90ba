/**
 * Follows the video fragments of a job for Convert and ReadArtifact: pulls them from the encode
 * worker that makes them, switches to the next worker if that one is lost, and reads the stored
 * file if the job has succeeded.
 */

import { type Segment, SegmentIndex } from "../../../core/fragments/segment-index.js";
import type { FragmentsRef } from "../../../core/spec/stage-output.js";
import { encodeOutputOf } from "../../../core/spec/stage-output.js";
import type { BlobStore } from "../../../kit/blobs/store.js";
import { meshClient, outgoingMetadata, readStream } from "../../../kit/rpc/client.js";
import { isTerminal, type JobRecord, type Lease } from "../../../pipeline/record/record.js";
import { waitForRecord } from "../../../pipeline/record/store.js";
import {
  EncodeServiceClient,
  type FollowJobResponse,
} from "../../../proto/gen/depthmesh/stage/v1/encode_service.js";
import { SegmentKind } from "../../../proto/gen/depthmesh/v1/segment.js";
import type { GatewayContext } from "../context.js";

export type FollowEvent =
  /** Segments of another encode attempt begin: everything before is void. */
  | { readonly kind: "attempt"; readonly attempt: string }
  | { readonly kind: "segment"; readonly segment: Segment }
  /** `offsetBytes` counts from the start of the attempt. */
  | { readonly kind: "chunk"; readonly bytes: Uint8Array; readonly offsetBytes: number }
  /** Always the last event. */
  | { readonly kind: "ended"; readonly record: JobRecord };

/**
 * What the encode worker may send ahead of a client that does not read. Each follower keeps that
 * much in this process, and 16 messages that grpc-js reads ahead.
 */
const FOLLOWED_WINDOW_BYTES = 128 * 1024;

/** What the follower has received; each new source begins at byte 0, so known bytes come again. */
class FollowPosition {
  #attempt = "";
  #nextBytes = 0;
  #lastSegmentAt = -1;

  /** False if the attempt is the current one. */
  begin(attempt: string): boolean {
    if (attempt === this.#attempt) return false;
    this.#attempt = attempt;
    this.#nextBytes = 0;
    this.#lastSegmentAt = -1;
    return true;
  }

  /** False if the segment was passed on before. */
  isNewSegment({ offsetBytes }: Segment): boolean {
    if (offsetBytes <= this.#lastSegmentAt) return false;
    this.#lastSegmentAt = offsetBytes;
    return true;
  }

  /** The part of `bytes` that is new; empty if all of it is known. */
  newPart(bytes: Uint8Array, offsetBytes: number): Uint8Array {
    const known = Math.min(bytes.length, Math.max(0, this.#nextBytes - offsetBytes));
    this.#nextBytes = Math.max(this.#nextBytes, offsetBytes + bytes.length);
    return bytes.subarray(known);
  }
}

/** Ends with the job. Throws JOB_NOT_FOUND and the signal's reason. */
export async function* followFragments(
  context: GatewayContext,
  job: string,
  signal: AbortSignal,
): AsyncGenerator<FollowEvent> {
  const position = new FollowPosition();
  let tried: Lease | undefined;
  for (;;) {
    const record = await waitForRecord(
      context.store,
      job,
      signal,
      (current) => isTerminal(current) || encoderToTry(current, tried) !== undefined,
    );
    const lease = encoderToTry(record, tried);
    if (isTerminal(record) || !lease) {
      const { output } = record.stages.encode;
      const isKept = record.state === "SUCCEEDED" && output !== null;
      const stored = isKept ? encodeOutputOf(output).fragments : null;
      if (stored) yield* onlyNew(position, storedFragments(context.blobs, stored));
      yield { kind: "ended", record };
      return;
    }
    tried = lease;
    try {
      yield* onlyNew(position, pull(lease.address ?? "", job, signal));
    } catch (error) {
      signal.throwIfAborted();
      // The record decides how to continue: with another attempt, or with the job's end.
      context.log.debug({ err: error, job }, "lost the encode worker that was followed");
    }
  }
}

/** A lease that was not tried yet, or was renewed since: then its process is alive. */
function encoderToTry({ stages }: JobRecord, tried: Lease | undefined): Lease | undefined {
  const { lease } = stages.encode;
  if (lease?.address === undefined) return undefined;
  const isSame = lease.token === tried?.token && lease.renewedAtMs === tried.renewedAtMs;
  return isSame ? undefined : lease;
}

async function* onlyNew(
  position: FollowPosition,
  events: AsyncIterable<FollowEvent>,
): AsyncGenerator<FollowEvent> {
  for await (const event of events) {
    if (event.kind === "attempt" && !position.begin(event.attempt)) continue;
    if (event.kind === "segment" && !position.isNewSegment(event.segment)) continue;
    if (event.kind !== "chunk") {
      yield event;
      continue;
    }
    const bytes = position.newPart(event.bytes, event.offsetBytes);
    const offsetBytes = event.offsetBytes + event.bytes.length - bytes.length;
    if (bytes.length > 0) yield { kind: "chunk", bytes, offsetBytes };
  }
}

/** The fragments that the encode worker at `address` has made and makes, from byte 0 on. */
async function* pull(
  address: string,
  job: string,
  signal: AbortSignal,
): AsyncGenerator<FollowEvent> {
  const client = meshClient(EncodeServiceClient, address, { windowBytes: FOLLOWED_WINDOW_BYTES });
  try {
    const call = client.followJob({ name: `jobs/${job}` }, outgoingMetadata());
    let offsetBytes = 0;
    for await (const { kind } of readStream<FollowJobResponse>(call, signal)) {
      switch (kind?.$case) {
        case "start":
          yield { kind: "attempt", attempt: kind.value.attempt };
          break;
        case "segment": {
          const isInit = kind.value.kind === SegmentKind.SEGMENT_KIND_INIT;
          yield { kind: "segment", segment: { ...kind.value, kind: isInit ? "init" : "fragment" } };
          break;
        }
        case "chunk":
          yield { kind: "chunk", bytes: kind.value, offsetBytes };
          offsetBytes += kind.value.length;
      }
    }
  } finally {
    client.close();
  }
}

/**
 * The stored fragments of a job that has succeeded, as the same segments that live followers
 * receive. The file is read twice, because the end of a segment is known only after its last byte.
 */
async function* storedFragments(
  blobs: BlobStore,
  { sha256, attempt }: FragmentsRef,
): AsyncGenerator<FollowEvent> {
  yield { kind: "attempt", attempt };
  const index = new SegmentIndex();
  for await (const bytes of blobs.read(sha256)) index.push(bytes);
  for (const segment of index.segments) {
    yield { kind: "segment", segment };
    let { offsetBytes } = segment;
    for await (const bytes of blobs.read(sha256, offsetBytes, segment.sizeBytes)) {
      yield { kind: "chunk", bytes, offsetBytes };
      offsetBytes += bytes.length;
    }
  }
}
