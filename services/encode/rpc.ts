/**
 * EncodeService: encodes frames that a client sends, and sends the fragments of jobs while they are
 * produced.
 */

import { Semaphore } from "../../kit/async/semaphore.js";
import { bidiStream, serverStream } from "../../kit/rpc/call.js";
import { type RpcService, rpcService } from "../../kit/rpc/server.js";
import {
  EncodeFramesResponse,
  EncodeServiceService,
  FollowJobResponse,
} from "../../proto/gen/depthmesh/stage/v1/encode_service.js";
import { FIELD_LIMITS } from "../../wire/field-limits.js";
import { type EncodeFramesParts, encodeFrames } from "./encode-frames.js";
import { type FollowParts, followJob } from "./live/follow-job.js";

/** Each call runs an encoder, in addition to the encoders of the jobs. */
const ENCODE_CALLS = { running: 2, waiting: 4 };

export function encodeServices(parts: FollowParts & EncodeFramesParts): RpcService[] {
  const semaphore = new Semaphore("calls of EncodeFrames", ENCODE_CALLS);
  return [
    rpcService(
      EncodeServiceService,
      {
        encodeFrames: bidiStream((requests, { signal }) => encodeFrames(parts, requests, signal), {
          semaphore,
          timeLimits: { idleMs: parts.config.stallMs, totalMs: Number.POSITIVE_INFINITY },
        }),
        followJob: serverStream((request, { signal }) => followJob(parts, request, signal)),
      },
      {
        fieldLimits: FIELD_LIMITS,
        bulkResponses: { encodeFrames: EncodeFramesResponse, followJob: FollowJobResponse },
      },
    ),
  ];
}
