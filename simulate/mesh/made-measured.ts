/** Round figures in place of measured ones, for tests. */
import { type Clip, clipOf } from "./clip.js";
import type { Measured } from "./measured.js";

export const MADE_MEASURED: Measured = {
  measuredOn: "2026-01-01",
  machine: "made",
  clips: ([360, 720, 1080] as const).flatMap((height) =>
    (["circle", "horizontal"] as const).map((preset) => ({
      ...{ width: Math.round((height * 16) / 9), height, preset },
      depthMs: [400, 600],
      renderOnceMs: [500],
      renderFrameMs: [50],
      renderSerialShare: 0.2,
      encodeOnceMs: [200],
      encodeFrameMs: [20],
      bytesPerFrame: 5_000,
    })),
  ),
  shared: {
    gateway: { perJobMs: 40, perSecondMs: 2 },
    gatewayMain: { perJobMs: 20, perSecondMs: 1 },
    nats: { perJobMs: 5, perSecondMs: 1 },
  },
  segments: {
    ...{ width: 640, height: 360, renderMsPerSegment: 20, encodeMsPerSegment: 200 },
    ...{ gatewayMsPerSegment: 5, natsMsPerSegment: 3 },
  },
  bus: { natsMsPerJob: 1, writesPerJob: 9 },
};

/** A clip of 1 s. */
export function madeClip(): Clip {
  const size = { width: 640, height: 360, preset: "circle", seconds: 1 } as const;
  return clipOf(MADE_MEASURED, { ...size, segmentSeconds: 5 });
}
