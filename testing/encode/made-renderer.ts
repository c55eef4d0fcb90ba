/** The render service's side of ReadFrames, with made frames in place of drawn ones. */
import { DEFAULT_CAMERA } from "../../core/scene/camera.js";
import { NO_EFFECTS } from "../../core/scene/effects.js";
import { createLog } from "../../kit/log.js";
import { bidiStream, unary } from "../../kit/rpc/call.js";
import { type RpcServer, rpcService, startRpcServer } from "../../kit/rpc/server.js";
import { newRecord, withStage } from "../../pipeline/record/record.js";
import type { FramesBy } from "../../pipeline/settings.js";
import {
  RenderCapabilities,
  RenderServiceService,
} from "../../proto/gen/depthmesh/stage/v1/render_service.js";
import type { FrameFormat } from "../../services/encode/encoder.js";
import { readFrames } from "../../services/render/read-frames.js";
import { ServedScenes } from "../../services/render/served-scenes.js";
import { madeFrame } from "./i420-frames.js";

export const MADE_PULL = { job: "made", token: "made", generation: 1 };
const SLOTS = 3;

export interface MadeRenderer {
  readonly server: RpcServer;
  readonly scenes: ServedScenes;
  /** Fractions of the clip that were reported as sent. */
  readonly reports: readonly number[];
}

/**
 * Serves one clip to anybody with the token of `MADE_PULL`. It draws `drawn` frames, all by
 * default, and then hangs. A frame's memory is written over as soon as the next frame is asked for.
 */
export async function startMadeRenderer(
  format: FrameFormat,
  { framesBy = "auto", drawn = format.frames }: { framesBy?: FramesBy; drawn?: number } = {},
): Promise<MadeRenderer> {
  const frames = Array.from({ length: format.frames }, (_, i) => madeFrame(format, i));
  const ring = Array.from(
    { length: SLOTS },
    () => new Uint8Array(new SharedArrayBuffer(frames[0]?.length ?? 0)),
  );
  const scenes = new ServedScenes();
  const reports: number[] = [];
  scenes.add(MADE_PULL.job, {
    generation: MADE_PULL.generation,
    firstFrame: 0,
    path: frames.map(() => ({ camera: DEFAULT_CAMERA, effects: NO_EFFECTS })),
    frameRate: { numerator: format.frameRateNumerator, denominator: format.frameRateDenominator },
    signal: new AbortController().signal,
    report: (fraction) => reports.push(fraction),
    scene: {
      size: format,
      transparent: false,
      async *frames(_path, signal) {
        for (const [frame, content] of frames.entries()) {
          signal.throwIfAborted();
          if (frame === drawn)
            await new Promise((ended) => signal.addEventListener("abort", ended));
          const bytes = ring[frame % SLOTS] ?? new Uint8Array();
          bytes.set(content);
          yield { frame, bytes };
          bytes.fill(255);
        }
      },
    },
  });
  const lease = { ...MADE_PULL, worker: "w", orderId: "o", renewedAtMs: 0, untilMs: 1 };
  const names = { id: "made", tenant: "t", specBlob: "s", photoBlob: "p", traceId: "" };
  const made = newRecord({ ...names, lane: "normal", lastStage: "encode", nowMs: 0 });
  const record = withStage(made, "encode", { lease });
  const parts = {
    ...{ scenes, framesBy, stallMs: 60_000 },
    store: { read: async () => ({ record, revision: 1 }) },
    log: createLog("silent", { service: "render", worker: "made" }),
  };
  const server = await startRpcServer("127.0.0.1", 0, [
    rpcService(RenderServiceService, {
      readFrames: bidiStream((requests, { signal }) => readFrames(parts, requests, signal)),
      renderStill: bidiStream(async function* () {}),
      renderPreview: bidiStream(async function* () {}),
      getCapabilities: unary(() => RenderCapabilities.fromPartial({})),
    }),
  ]);
  return { server, scenes, reports };
}
