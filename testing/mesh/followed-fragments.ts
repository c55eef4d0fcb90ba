/** In place of an encode worker: a job whose video comes as fast as the gateway takes it. */
import { serverStream } from "../../kit/rpc/call.js";
import { type RpcServer, rpcService, startRpcServer } from "../../kit/rpc/server.js";
import { cancelJob } from "../../pipeline/record/cancel.js";
import { newId } from "../../pipeline/record/id.js";
import { enterState, newRecord, withStage } from "../../pipeline/record/record.js";
import {
  EncodeServiceService,
  type FollowJobResponse,
} from "../../proto/gen/depthmesh/stage/v1/encode_service.js";
import { SegmentKind } from "../../proto/gen/depthmesh/v1/segment.js";
import type { MeshBus } from "./fixture.js";

const CHUNK_BYTES = 16 * 1024;

export interface FollowedFragments {
  /** `jobs/<id>` */
  readonly job: string;
  /** Bytes that the gateway has taken, by call. */
  readonly taken: readonly number[];
  close(): Promise<void>;
}

/** A job in the state ENCODE. After `sizeBytes` its encoder makes no more, and does not end. */
export async function followedFragments(
  { bus, store }: MeshBus,
  sizeBytes: number,
): Promise<FollowedFragments> {
  const taken: number[] = [];
  const server = await serve(() => fragments(taken, sizeBytes));
  const names = { tenant: "default", specBlob: "", photoBlob: "", traceId: "0".repeat(32) };
  const nowMs = Date.now();
  const made = newRecord({ ...names, id: newId(), lane: "normal", lastStage: "encode", nowMs });
  const lease = { token: "t", worker: "w", orderId: "o", address: server.address };
  const untilMs = nowMs + 600_000;
  const held = withStage(enterState(made, "ENCODE", nowMs), "encode", {
    lease: { ...lease, renewedAtMs: nowMs, untilMs },
  });
  if (!(await store.create(held))) throw new Error("the job exists");
  const close = async () => {
    await server.close(0);
    // Another worker may have taken the stage over by now, and found that there is nothing to make.
    await cancelJob(bus, store, made.id).catch((error) => {
      if (error.reason !== "JOB_ALREADY_TERMINAL") throw error;
    });
  };
  return { job: `jobs/${made.id}`, taken, close };
}

function serve(followJob: () => AsyncGenerator<FollowJobResponse>): Promise<RpcServer> {
  const refuse = () => {
    throw new Error("not used here");
  };
  const handlers = { encodeFrames: refuse, followJob: serverStream(followJob) };
  return startRpcServer("127.0.0.1", 0, [rpcService(EncodeServiceService, handlers)]);
}

async function* fragments(taken: number[], sizeBytes: number): AsyncGenerator<FollowJobResponse> {
  const call = taken.push(0) - 1;
  yield { kind: { $case: "start", value: { attempt: "a" } } };
  const init = { kind: SegmentKind.SEGMENT_KIND_INIT, sizeBytes, offsetBytes: 0 };
  const counts = { index: 0, firstFrame: 0, frames: 0 };
  const times = { startSeconds: 0, durationSeconds: 0, startsWithKeyFrame: false };
  yield { kind: { $case: "segment", value: { ...init, ...counts, ...times } } };
  const chunk = Buffer.alloc(CHUNK_BYTES);
  for (let sent = 0; sent < sizeBytes; sent += CHUNK_BYTES) {
    yield { kind: { $case: "chunk", value: chunk } };
    taken[call] = sent + CHUNK_BYTES;
  }
  await new Promise(() => {});
}
