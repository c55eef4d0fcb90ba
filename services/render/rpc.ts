/** RenderService: frames for encode. */
import type { JobStore } from "../../kit/jobs/store.js";
import { bidiStream } from "../../kit/rpc/call.js";
import { type RpcService, rpcService } from "../../kit/rpc/server.js";
import { RenderServiceService } from "../../proto/gen/depthmesh/stage/v1/render_service.js";
import { readFrames } from "./read-frames.js";
import type { ServedScenes } from "./served-scenes.js";

export function renderServices(scenes: ServedScenes, store: JobStore): RpcService[] {
  return [
    rpcService(RenderServiceService, {
      readFrames: bidiStream((requests, { signal }) => readFrames(scenes, store, requests, signal)),
    }),
  ];
}
