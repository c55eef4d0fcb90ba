/**
 * The gRPC methods of the render service: ReadFrames for encode, RenderStill, and GetCapabilities.
 */

import { QUALITIES } from "../../core/scene/quality.js";
import { Semaphore } from "../../kit/async/semaphore.js";
import { bidiStream, unary } from "../../kit/rpc/call.js";
import { type RpcService, rpcService } from "../../kit/rpc/server.js";
import {
  ReadFramesResponse,
  type RenderCapabilities,
  RenderServiceService,
  RenderStillResponse,
} from "../../proto/gen/depthmesh/stage/v1/render_service.js";
import { FIELD_LIMITS } from "../../wire/field-limits.js";
import type { Capabilities } from "./capabilities.js";
import { type ReadFramesParts, readFrames } from "./read-frames.js";
import { renderStill, type StillParts } from "./render-still.js";

export interface RenderRpcParts extends StillParts, Omit<ReadFramesParts, "store"> {
  readonly capabilities: Capabilities;
}

/** Each call holds its rasters in memory, and more calls would only wait for the one GL thread. */
const STILL_CALLS = { running: 2, waiting: 8 };

export function renderServices(parts: RenderRpcParts): RpcService[] {
  const semaphore = new Semaphore("calls of RenderStill", STILL_CALLS);
  return [
    rpcService(
      RenderServiceService,
      {
        readFrames: bidiStream((requests, { signal }) => readFrames(parts, requests, signal)),
        renderStill: bidiStream((requests, { signal }) => renderStill(parts, requests, signal), {
          semaphore,
          timeLimits: { idleMs: parts.stallMs, totalMs: Number.POSITIVE_INFINITY },
        }),
        getCapabilities: unary(() => toWireCapabilities(parts)),
      },
      {
        fieldLimits: FIELD_LIMITS,
        bulkResponses: { readFrames: ReadFramesResponse, renderStill: RenderStillResponse },
      },
    ),
  ];
}

function toWireCapabilities({ capabilities, quality }: RenderRpcParts): RenderCapabilities {
  const { renderer, vendor, version, isGpu, frameMs } = capabilities;
  return {
    renderer,
    vendor,
    version,
    isGpu,
    frameMs,
    maxTextureSidePixels: capabilities.textureSidePixels,
    maxFrameSidePixels: capabilities.frameSidePixels,
    qualities: [...QUALITIES],
    defaultQuality: quality,
  };
}
