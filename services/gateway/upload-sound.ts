/** Receives the sound of a job and checks its structure while nothing is stored yet. */
import { createHash } from "node:crypto";
import { receiveBytes } from "../../core/receive-bytes.js";
import { inspectSound } from "../../core/sound/format.js";
import type { SoundSpec } from "../../core/spec/spec.js";

export interface ReceivedSound {
  readonly bytes: Uint8Array;
  readonly spec: SoundSpec;
}

/** A sound whose structure is whole. Throws the SOUND_ errors and UPLOAD_TOO_LARGE. */
export async function receiveSound(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<ReceivedSound> {
  const bytes = await receiveBytes(chunks, maxBytes);
  const format = inspectSound(bytes);
  return { bytes, spec: { sha256: createHash("sha256").update(bytes).digest("hex"), format } };
}
