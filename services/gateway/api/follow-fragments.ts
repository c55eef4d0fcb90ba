/** The fragments of a job from wherever they are: the process that encodes it, another one after it, or the blob store. */
import { type Segment, SegmentIndex } from "../../../core/fragments/segment-index.js";
import type { EncodeOutput, FragmentsRef } from "../../../core/spec/stage-output.js";
import type { FileBlobStore } from "../../../kit/blobs/file-store.js";
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
  /** Segments of another attempt begin: what came before is void. */
  | { readonly kind: "attempt"; readonly attempt: string }
  | { readonly kind: "segment"; readonly segment: Segment }
  /** `offsetBytes` from the start of the attempt. */
  | { readonly kind: "chunk"; readonly bytes: Buffer; readonly offsetBytes: number }
  /** Always the last one. */
  | { readonly kind: "ended"; readonly record: JobRecord };

/** What the follower has; bytes that come again are left out. */
class FragmentPosition {
  attempt = "";
  #nextBytes = 0;
  #announcedBytes = -1;

  begin(attempt: string): boolean {
    if (attempt === this.attempt) return false;
    this.attempt = attempt;
    this.#nextBytes = 0;
    this.#announcedBytes = -1;
    return true;
  }

  announces({ offsetBytes }: Segment): boolean {
    if (offsetBytes <= this.#announcedBytes) return false;
    this.#announcedBytes = offsetBytes;
    return true;
  }

  /** The part that is new. */
  rest(bytes: Buffer, offsetBytes: number): Buffer {
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
  const position = new FragmentPosition();
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
      const output = record.stages.encode.output as unknown as EncodeOutput | null;
      const stored = record.state === "SUCCEEDED" ? output?.fragments : null;
      if (stored) yield* unseen(position, storedFragments(context.blobs, stored));
      yield { kind: "ended", record };
      return;
    }
    tried = lease;
    try {
      yield* unseen(position, pull(lease.address ?? "", job, signal));
    } catch (error) {
      signal.throwIfAborted();
      // Whatever it was, the record says what comes next: another attempt, or the end.
      context.log.debug({ err: error, job }, "an encoder is followed no longer");
    }
  }
}

/** A lease that was not tried yet, or was renewed since: its process lives. */
function encoderToTry({ stages }: JobRecord, tried: Lease | undefined): Lease | undefined {
  const { lease } = stages.encode;
  if (lease?.address === undefined) return undefined;
  const again = lease.token === tried?.token && lease.renewedAtMs === tried.renewedAtMs;
  return again ? undefined : lease;
}

async function* unseen(
  position: FragmentPosition,
  events: AsyncIterable<FollowEvent>,
): AsyncGenerator<FollowEvent> {
  for await (const event of events) {
    if (event.kind === "attempt" && !position.begin(event.attempt)) continue;
    if (event.kind === "segment" && !position.announces(event.segment)) continue;
    if (event.kind !== "chunk") {
      yield event;
      continue;
    }
    const bytes = position.rest(event.bytes, event.offsetBytes);
    const offsetBytes = event.offsetBytes + event.bytes.length - bytes.length;
    if (bytes.length > 0) yield { kind: "chunk", bytes, offsetBytes };
  }
}

async function* pull(
  address: string,
  job: string,
  signal: AbortSignal,
): AsyncGenerator<FollowEvent> {
  const client = meshClient(EncodeServiceClient, address);
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

/** Read twice: where a segment ends is known only behind it. */
export async function* storedFragments(
  blobs: FileBlobStore,
  { sha256, attempt }: FragmentsRef,
): AsyncGenerator<FollowEvent> {
  yield { kind: "attempt", attempt };
  const index = new SegmentIndex();
  for await (const bytes of blobs.read(sha256)) index.push(bytes);
  for (const segment of index.segments) {
    yield { kind: "segment", segment };
    let { offsetBytes } = segment;
    for await (const bytes of blobs.read(sha256, offsetBytes, segment.sizeBytes)) {
      yield { kind: "chunk", bytes: Buffer.from(bytes), offsetBytes };
      offsetBytes += bytes.length;
    }
  }
}
