/**
 * EncodeFrames, the encoder without a job: raw frames come in, segments go out as they are
 * produced.
 */
import { rm } from "node:fs/promises";
import { DepthmeshError } from "../../core/errors.js";
import { onAbort } from "../../kit/async/abort.js";
import { merge } from "../../kit/async/merge.js";
import { AsyncQueue } from "../../kit/async/queue.js";
import { fieldConflict, readFirst } from "../../kit/rpc/requests.js";
import type {
  EncodeFramesRequest,
  EncodeFramesResponse,
} from "../../proto/gen/depthmesh/stage/v1/encode_service.js";
import { fileMessages, toWireSegmentEvent } from "../../wire/segment.js";
import { type EncodeConfig, runLimits, threadsOfEncoder } from "./config.js";
import type { EncodedOutput, EncoderRun, FrameFormat } from "./encoder.js";
import { encoderMemoryBytes } from "./encoder-memory.js";
import type { EncoderTrials } from "./encoder-trials.js";
import { checkFramesHeader, frameBytes } from "./frames-header.js";
import { summaryOf } from "./live/follow-job.js";
import { liveGopFrames, openLive } from "./live/fragments.js";
import { SegmentStore } from "./live/segment-store.js";
import { planOutputs } from "./plan.js";
import { startEncoder } from "./start-encoder.js";
import { contentOf } from "./store-output.js";
import { makeWorkFolder } from "./work-folder.js";

/** Frames that a client may send before the encoder has accepted the first one. */
const WINDOW_FRAMES = 4;

export interface EncodeFramesParts {
  readonly config: EncodeConfig;
  readonly trials: EncoderTrials;
}

type Responses = AsyncGenerator<EncodeFramesResponse>;

export async function* encodeFrames(
  parts: EncodeFramesParts,
  requests: AsyncIterable<EncodeFramesRequest>,
  callSignal: AbortSignal,
): Responses {
  const messages = requests[Symbol.asyncIterator]();
  const { format, output } = checkFramesHeader(await readFirst(messages, "header"));
  const { config, trials } = parts;
  const { planned } = await trials.plan(
    [output],
    (working) => planOutputs([output], { working, frame: format, softwareOnly: false }),
    callSignal,
  );
  const folder = await makeWorkFolder(config.workFolder);
  const segments = new SegmentStore();
  const stop = new AbortController();
  const signal = AbortSignal.any([callSignal, stop.signal]);
  let encoder: EncoderRun | undefined;
  try {
    const live = await openLive(segments, planned, folder);
    encoder = startEncoder({
      ...{ format, outputs: planned, folder, threads: threadsOfEncoder(config) },
      limits: { ...runLimits(config), memoryBytes: encoderMemoryBytes(format, planned) },
      ...(live && { live }),
    });
    onAbort(signal, () => void encoder?.kill());
    const run = { encoder, format, messages, segments };
    yield* live ? whileEncoded(run, signal) : afterEncoded(run);
  } finally {
    stop.abort();
    await encoder?.kill();
    await segments.retire();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Run {
  readonly encoder: EncoderRun;
  readonly format: FrameFormat;
  readonly messages: AsyncIterator<EncodeFramesRequest>;
  readonly segments: SegmentStore;
}

/**
 * For an MP4: reading the segments slowly does not slow the frames down, because unread segments
 * wait in the file.
 */
async function* whileEncoded(
  { encoder, format, messages, segments }: Run,
  signal: AbortSignal,
): Responses {
  const notices = new AsyncQueue<EncodeFramesResponse>();
  const fed = feed(format, messages, encoder, (notice) => notices.push(notice))
    .then(() => encoder.finish())
    .then(() => segments.keep())
    .catch((error) => segments.fail(error))
    .finally(() => notices.close());
  yield* merge(notices, segmentMessages(segments, signal));
  await fed;
  yield { kind: { $case: "summary", value: summaryOf(segments) } };
}

async function* segmentMessages(segments: SegmentStore, signal: AbortSignal): Responses {
  for await (const event of segments.follow(signal)) yield { kind: toWireSegmentEvent(event) };
}

/** For other containers, which have no fragments: the file is sent when it is complete. */
async function* afterEncoded({ encoder, format, messages }: Run): Responses {
  const notices = new AsyncQueue<EncodeFramesResponse>();
  let outputs: readonly EncodedOutput[] = [];
  const fed = feed(format, messages, encoder, (notice) => notices.push(notice))
    .then(() => encoder.finish())
    .then((encoded) => {
      outputs = encoded;
      notices.close();
    })
    .catch((error) => notices.close(error));
  yield* notices;
  await fed;
  let sizeBytes = 0;
  for (const { output, path } of outputs) {
    for await (const kind of fileMessages(contentOf(output.container, path), format.frames)) {
      if (kind.$case === "chunk") sizeBytes += kind.value.length;
      yield { kind };
    }
  }
  yield { kind: { $case: "summary", value: { frames: format.frames, fragments: 0, sizeBytes } } };
}

/**
 * Writes every frame to the encoder and grants a credit for each frame that the encoder has
 * accepted.
 */
async function feed(
  format: FrameFormat,
  messages: AsyncIterator<EncodeFramesRequest>,
  encoder: EncoderRun,
  notify: (notice: EncodeFramesResponse) => void,
): Promise<void> {
  const bytesOfFrame = frameBytes(format);
  const total = bytesOfFrame * format.frames;
  const step = liveGopFrames(format);
  const grant = (frames: number) => notify({ kind: { $case: "credit", value: { frames } } });
  grant(Math.min(WINDOW_FRAMES, format.frames));
  let taken = 0;
  for (;;) {
    const { value, done } = await messages.next();
    if (done) break;
    const { kind }: EncodeFramesRequest = value;
    if (kind?.$case !== "band") {
      throw fieldConflict("only bands may follow the header", "band");
    }
    const before = Math.floor(taken / bytesOfFrame);
    taken += kind.value.length;
    if (taken > total) throw wrongBytes(format, total, taken);
    await encoder.write(kind.value);
    const frames = Math.floor(taken / bytesOfFrame);
    if (frames > before) grant(frames - before);
    if (Math.floor(frames / step) > Math.floor(before / step)) {
      notify({ kind: { $case: "progress", value: { frames } } });
    }
  }
  if (taken !== total) throw wrongBytes(format, total, taken);
}

function wrongBytes(format: FrameFormat, expected: number, actual: number): DepthmeshError {
  const { frames } = format;
  const message = `${frames} frames have ${expected} bytes, but ${actual} bytes were sent`;
  return new DepthmeshError("PARAMETER_CONFLICT", message, {
    metadata: {
      field: "band",
      frames: String(frames),
      expected_bytes: String(expected),
      actual_bytes: String(actual),
    },
  });
}
