/**
 * The gRPC methods of the render service: ReadFrames for encode, RenderStill, RenderPreview for the
 * gateway, and GetCapabilities.
 */

import { QUALITIES } from "../../core/scene/quality.js";
import { Semaphore } from "../../kit/async/semaphore.js";
import { bidiStream, unary } from "../../kit/rpc/call.js";
import { type RpcService, rpcService } from "../../kit/rpc/server.js";
import {
  ReadFramesResponse,
  type RenderCapabilities,
  RenderPreviewResponse,
  RenderServiceService,
  RenderStillResponse,
} from "../../proto/gen/depthmesh/stage/v1/render_service.js";
import { FIELD_LIMITS } from "../../wire/field-limits.js";
import type { Capabilities } from "./capabilities.js";
import { type PreviewParts, renderPreview } from "./preview/render-preview.js";
import { type ReadFramesParts, readFrames } from "./read-frames.js";
import { renderStill, type StillParts } from "./render-still.js";

export interface RenderRpcParts
  extends StillParts,
    Omit<ReadFramesParts, "store">,
    Omit<PreviewParts, "renderer"> {
  readonly capabilities: Capabilities;
}

/** Each call holds its rasters in memory, and more calls would only wait for the one GL thread. */
const STILL_CALLS = { running: 2, waiting: 8 };

/** Sessions are long; each draws only when its caller moves the camera. */
const PREVIEW_CALLS = { running: 16, waiting: 8 };

export function renderServices(parts: RenderRpcParts): RpcService[] {
  const semaphore = new Semaphore("calls of RenderStill", STILL_CALLS);
  const previews = new Semaphore("previews", PREVIEW_CALLS);
  return [
    rpcService(
      RenderServiceService,
      {
        readFrames: bidiStream((requests, { signal }) => readFrames(parts, requests, signal)),
        renderStill: bidiStream((requests, { signal }) => renderStill(parts, requests, signal), {
          semaphore,
          timeLimits: { idleMs: parts.stallMs, totalMs: Number.POSITIVE_INFINITY },
        }),
        renderPreview: bidiStream(
          (requests, { signal }) => renderPreview(parts, requests, signal),
          {
            semaphore: previews,
          },
        ),
        getCapabilities: unary(() => toWireCapabilities(parts)),
      },
      {
        fieldLimits: FIELD_LIMITS,
        bulkResponses: {
          readFrames: ReadFramesResponse,
          renderStill: RenderStillResponse,
          renderPreview: RenderPreviewResponse,
        },
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
