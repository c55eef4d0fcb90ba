/**
 * Follows the video fragments of one record: pulls them from the encode worker that makes them,
 * switches to the next worker if that one is lost, and reads the stored file if the record has
 * succeeded.
 */

import { SegmentIndex } from "../../../core/fragments/segment-index.js";
import type { FragmentsRef } from "../../../core/spec/stage-output.js";
import { encodeOutputOf } from "../../../core/spec/stage-output.js";
import type { BlobStore } from "../../../kit/blobs/store.js";
import { meshClient, outgoingMetadata, readStream } from "../../../kit/rpc/client.js";
import type { Division } from "../../../pipeline/record/division.js";
import { isTerminal, type JobRecord } from "../../../pipeline/record/record.js";
import type { Lease } from "../../../pipeline/record/stage-record.js";
import { waitForRecord } from "../../../pipeline/record/store.js";
import {
  EncodeServiceClient,
  type FollowJobResponse,
} from "../../../proto/gen/depthmesh/stage/v1/encode_service.js";
import { SegmentKind } from "../../../proto/gen/depthmesh/v1/segment.js";
import type { GatewayContext } from "../context.js";
import { type FollowEvent, type FollowPosition, onlyNew } from "./follow-position.js";

/**
 * What the encode worker may send ahead of a client that does not read. Each follower keeps that
 * much in this process, and 16 messages that grpc-js reads ahead.
 */
const FOLLOWED_WINDOW_BYTES = 128 * 1024;

/**
 * Follows the fragments of one record, which a job or a segment has. `ofDivision` follows those of
 * a clip that is made in segments. Ends with the record's end. Throws JOB_NOT_FOUND and the
 * signal's reason.
 */
export async function* followRecord(
  context: GatewayContext,
  job: string,
  signal: AbortSignal,
  position: FollowPosition,
  ofDivision?: (record: JobRecord, division: Division) => AsyncIterable<FollowEvent>,
): AsyncGenerator<FollowEvent> {
  let tried: Lease | undefined;
  /** The division whose segments were followed to their end. */
  let followed: string | undefined;
  for (;;) {
    const record = await waitForRecord(
      context.store,
      job,
      signal,
      (current) =>
        isTerminal(current) ||
        (current.division
          ? current.division.id !== followed
          : encoderToTry(current, tried) !== undefined),
    );
    if (isTerminal(record)) {
      const { output } = record.stages.encode;
      const isKept = record.state === "SUCCEEDED" && output !== null;
      const stored = isKept ? encodeOutputOf(output).fragments : null;
      if (stored) yield* onlyNew(position, storedFragments(context.blobs, stored));
      yield { kind: "ended", record };
      return;
    }
    if (record.division) {
      followed = record.division.id;
      if (ofDivision) yield* ofDivision(record, record.division);
      continue;
    }
    const lease = encoderToTry(record, tried);
    if (!lease) continue;
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
