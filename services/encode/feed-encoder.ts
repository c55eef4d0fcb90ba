/**
 * Gets the frames of a clip into ffmpeg: passes the bytes on, or follows what the renderer tells
 * while ffmpeg reads them from a socket.
 */
import { DepthmeshError } from "../../core/errors.js";
import { failpoint } from "../../kit/process/failpoint.js";
import { increment } from "../../kit/telemetry/metrics.js";
import type { EncoderRun } from "./encoder.js";
import type { BandStream, FrameStream, SocketStream } from "./frame-reader.js";

/**
 * Resolves when the renderer has sent every frame and ffmpeg has taken the bytes, or can read them
 * from the socket. `report` gets the fraction of the frames. Throws the errors of the stream and of
 * the encoder: a renderer that is lost is told from an ffmpeg that is, although each ends the
 * other.
 */
export async function feedEncoder(
  stream: FrameStream,
  encoder: EncoderRun,
  report: (fraction: number) => void,
  job: string,
): Promise<void> {
  if (stream.socketPath === undefined) await passBands(stream, encoder, report, job);
  else await followSocket(stream, encoder, report, job);
}

async function passBands(
  { format, bands }: BandStream,
  encoder: EncoderRun,
  report: (fraction: number) => void,
  job: string,
): Promise<void> {
  for await (const { data, frame, endsFrame } of bands) {
    failpoint("during-frame-streaming", job);
    await encoder.write(data);
    if (!endsFrame) continue;
    increment("depthmesh.encode.frames", {});
    report((frame + 1) / format.frames);
  }
}

/**
 * What the renderer says decides. When it says that it waits or that the reader has left, it lives,
 * and an error of ffmpeg is ffmpeg's own. When the call breaks, an ffmpeg that fails then does so
 * because its input ended.
 */
async function followSocket(
  { format, deliveries }: SocketStream,
  encoder: EncoderRun,
  report: (fraction: number) => void,
  job: string,
): Promise<void> {
  for await (const delivery of deliveries) {
    failpoint("during-frame-streaming", job);
    switch (delivery.kind) {
      case "sent":
        increment("depthmesh.encode.frames", {});
        report(delivery.frames / format.frames);
        break;
      case "waiting":
        encoder.checkReading(delivery.waitedMs);
        break;
      case "left":
        await encoder.untilExit();
        throw leftEarly(delivery.frames, format.frames);
    }
  }
}

function leftEarly(frames: number, expected: number): DepthmeshError {
  const message = `the video encoder closed its input after ${frames} of ${expected} frames`;
  return new DepthmeshError("ENCODER_CRASHED", message, {
    metadata: { cause: "encoder_error", frames: String(frames), expected_frames: String(expected) },
  });
}
