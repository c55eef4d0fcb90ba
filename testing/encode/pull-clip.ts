/** Pulls a clip from a renderer and encodes it, as the encode stage does. */
import { onAbort } from "../../kit/async/abort.js";
import type { FramesBy } from "../../pipeline/settings.js";
import type { EncodedOutput, EncodeRequest, FrameFormat } from "../../services/encode/encoder.js";
import { feedEncoder } from "../../services/encode/feed-encoder.js";
import { withFrames } from "../../services/encode/frame-reader.js";
import { startEncoder } from "../../services/encode/start-encoder.js";
import { MADE_PULL } from "./made-renderer.js";

export interface ClipPull {
  readonly address: string;
  readonly framesBy: FramesBy;
  readonly request: (format: FrameFormat) => Promise<EncodeRequest>;
  readonly signal?: AbortSignal;
  readonly stallMs?: number;
  readonly report?: (fraction: number) => void;
  /** Called before ffmpeg starts, with the path of the socket if there is one. */
  readonly onStart?: (socketPath: string | undefined) => void;
}

export function pullClip(pull: ClipPull): Promise<readonly EncodedOutput[]> {
  const { address, framesBy, signal = new AbortController().signal, stallMs = 60_000 } = pull;
  const asked = { ...MADE_PULL, address, framesBy, stallMs };
  return withFrames(asked, signal, async (stream) => {
    pull.onStart?.(stream.socketPath);
    const { socketPath } = stream;
    const request = await pull.request(stream.format);
    const limits = { ...request.limits, stallMs };
    const source = socketPath === undefined ? {} : { socketPath };
    const encoder = startEncoder({ ...request, limits, ...source });
    const stopListening = onAbort(signal, () => void encoder.kill());
    try {
      await feedEncoder(stream, encoder, pull.report ?? (() => {}), MADE_PULL.job);
      return await encoder.finish();
    } catch (error) {
      await encoder.kill();
      signal.throwIfAborted();
      throw error;
    } finally {
      stopListening();
    }
  });
}
