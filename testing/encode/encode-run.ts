/** Runs the encoder of the encode service alone, on generated frames. */
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OutputRequest } from "../../core/output/spec.js";
import { resolveOutputs } from "../../core/spec/resolve-outputs.js";
import type { EncodedOutput, EncodeRequest, FrameFormat } from "../../services/encode/encoder.js";
import { EncoderTrials } from "../../services/encode/encoder-trials.js";
import type { EncoderRow } from "../../services/encode/encoders.js";
import { compiledEncoders } from "../../services/encode/ffmpeg.js";
import { planOutputs } from "../../services/encode/plan.js";
import type { ProbedEncoder } from "../../services/encode/probe.js";
import { startEncoder } from "../../services/encode/start-encoder.js";
import { madeFrame } from "./i420-frames.js";

export const RUN_LIMITS = { wallSeconds: 60, stallMs: 30_000, memoryBytes: 8 * 1024 ** 3 };
export const PROBING = { ffprobe: "ffprobe", stallMs: RUN_LIMITS.stallMs };

export async function probedEncoders(): Promise<readonly ProbedEncoder[]> {
  return new EncoderTrials({ compiled: await compiledEncoders(), hardware: true }).all();
}

export const workingOf = (probed: readonly ProbedEncoder[]): readonly EncoderRow[] =>
  probed.filter(({ works }) => works).map(({ encoder }) => encoder);

/** A request for these outputs, in a new folder below `base`. */
export async function encodeRequest(
  format: FrameFormat,
  outputs: readonly OutputRequest[],
  working: readonly EncoderRow[],
  base = tmpdir(),
): Promise<EncodeRequest> {
  const rate = { numerator: format.frameRateNumerator, denominator: format.frameRateDenominator };
  const conditions = { working, frame: format, softwareOnly: false };
  const { planned } = planOutputs(resolveOutputs(outputs, rate), conditions);
  const folder = await mkdtemp(join(base, "depthmesh-encode-"));
  return { format, outputs: planned, folder, threads: 1, limits: RUN_LIMITS };
}

/** Encodes generated frames in the format of the request. */
export async function encodeMade(request: EncodeRequest): Promise<readonly EncodedOutput[]> {
  const run = startEncoder(request);
  try {
    for (let i = 0; i < request.format.frames; i++) await run.write(madeFrame(request.format, i));
    return await run.finish();
  } catch (error) {
    await run.kill();
    throw error;
  }
}
