/** Frames of a scene for a camera that moves. */
import { readStream, sendRequests } from "../kit/rpc/client.js";
import {
  type InteractCamera,
  type InteractRequest,
  type InteractResponse,
  type InteractStart,
  PreviewServiceService,
} from "../proto/gen/depthmesh/v1/preview_service.js";
import type { CallOptions } from "./channel.js";
import type { DepthmeshClient } from "./client.js";

/**
 * First `ready`, then a frame of the newest of the `cameras` as often as one is drawn. It ends with
 * the cameras. Throws DepthmeshError.
 */
export async function* interact(
  client: DepthmeshClient,
  start: InteractStart,
  cameras: AsyncIterable<InteractCamera>,
  options: CallOptions = {},
): AsyncGenerator<InteractResponse> {
  const call = client.channel.bidiStream(PreviewServiceService.interact, options);
  const sent = sendRequests<InteractRequest>(call, requests(start, cameras));
  // A server that refuses ends the call; the reader below gets that error.
  sent.catch(() => call.cancel());
  yield* readStream<InteractResponse>(call, options.signal);
}

async function* requests(
  start: InteractStart,
  cameras: AsyncIterable<InteractCamera>,
): AsyncGenerator<InteractRequest> {
  yield { kind: { $case: "start", value: start } };
  for await (const value of cameras) yield { kind: { $case: "camera", value } };
}
