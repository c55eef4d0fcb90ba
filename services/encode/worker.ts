/**
 * The order handler: pull frames, feed the encoder, push its files, commit; followers see the
 * fragments meanwhile.
 */
import { rm } from "node:fs/promises";
import type { EncoderFacts } from "../../core/output/encoder-facts.js";
import { keptUnder } from "../../core/spec/kept-result.js";
import type { Note } from "../../core/spec/note.js";
import type { JobSpec } from "../../core/spec/spec.js";
import type { DepthOutput, EncodeOutput } from "../../core/spec/stage-output.js";
import { settleAll } from "../../kit/async/merge.js";
import type { RemoteBlobs } from "../../kit/blobs/remote.js";
import { failpoint } from "../../kit/process/failpoint.js";
import { inSpan } from "../../kit/telemetry/tracing.js";
import type { JobRecord, Json } from "../../pipeline/record/record.js";
import type { StageResult } from "../../pipeline/record/transitions.js";
import { markFramesComplete } from "../../pipeline/record/transitions.js";
import type { ResultCache } from "../../pipeline/results/result-cache.js";
import type { PipelineContext } from "../../pipeline/topology/mesh-state.js";
import type { WorkerFactsBoard } from "../../pipeline/topology/worker-facts.js";
import type { StageLease } from "../../pipeline/worker/lease.js";
import type { StageWork } from "../../pipeline/worker/stage-worker.js";
import type { FrameHeader } from "../../proto/gen/depthmesh/stage/v1/render_service.js";
import type { EncodeConfig } from "./config.js";
import { runLimits } from "./config.js";
import type { EncodedOutput } from "./encoder.js";
import type { EncoderRow } from "./encoders.js";
import { type FrameStream, withFrames } from "./frame-reader.js";
import { openLive } from "./live/fragments.js";
import { endOfAttempt, type LiveEncodes } from "./live/live-encodes.js";
import type { SegmentStore } from "./live/segment-store.js";
import { checkEncodersHere, planOutputs } from "./plan.js";
import { fetchSound } from "./sound.js";
import { startEncoder } from "./start-encoder.js";
import { storeFragments, storeOutput } from "./store-output.js";
import { makeWorkFolder } from "./work-folder.js";

export interface EncodeWorkerParts {
  readonly context: PipelineContext<EncodeConfig>;
  readonly blobs: RemoteBlobs;
  /** Encoders that work here, the preferred ones of a codec first. */
  readonly working: Promise<readonly EncoderRow[]>;
  readonly live: LiveEncodes;
  /** What all encode workers have said of themselves. */
  readonly workers: WorkerFactsBoard<readonly EncoderFacts[]>;
  readonly results: ResultCache;
}

/** Where one job is worked on. */
interface Workplace {
  readonly spec: JobSpec;
  readonly folder: string;
  readonly sound: string | undefined;
  readonly segments: SegmentStore;
}

interface Encoded {
  readonly header: FrameHeader;
  readonly outputs: readonly EncodedOutput[];
  readonly notes: readonly Note[];
}

export async function handleEncode(parts: EncodeWorkerParts, work: StageWork): Promise<void> {
  const { record, lease } = work;
  const segments = parts.live.begin(record.id);
  // Nothing of an attempt that is over may reach a follower, however long its end takes.
  const stop = () => segments.fail(endOfAttempt(lease.signal.reason));
  lease.signal.addEventListener("abort", stop, { once: true });
  try {
    await encodeJob(parts, work, segments);
    segments.keep();
    await keepResult(parts, lease.record);
  } catch (error) {
    segments.fail(endOfAttempt(error));
    throw error;
  } finally {
    lease.signal.removeEventListener("abort", stop);
    parts.live.end(record.id, segments);
    await segments.retire();
  }
}

async function keepResult({ results }: EncodeWorkerParts, record: JobRecord): Promise<void> {
  const depth = record.stages.depth.output as unknown as DepthOutput;
  await results.remember(keptUnder(depth, record.notes), record);
}

async function encodeJob(
  parts: EncodeWorkerParts,
  work: StageWork,
  segments: SegmentStore,
): Promise<void> {
  const { context, blobs } = parts;
  const { record, lease } = work;
  const bytes = await blobs.read(record.specBlob, lease.signal);
  const spec = JSON.parse(Buffer.from(bytes).toString()) as JobSpec;
  // Before any frame is asked for.
  const { leftToOthers = 0 } = record.stages.encode;
  checkEncodersHere(spec.outputs, await parts.working, parts.workers.live, leftToOthers);
  const folder = await makeWorkFolder(context.config.workFolder);
  let result: StageResult;
  try {
    const sound = await fetchSound(
      spec,
      { blobs, folder, limits: runLimits(context.config) },
      lease.signal,
    );
    const { header, outputs, notes } = await inSpan("encode", {}, () =>
      encodeFrames(parts, work, { spec, folder, sound, segments }),
    );
    const writer = { job: record.id, token: lease.token };
    const store = { blobs, writer, signal: lease.signal, ...context.config };
    const [fragments, ...artifacts] = await inSpan("store", {}, () =>
      settleAll([
        storeFragments(store, segments, folder),
        ...outputs.map((encoded, index) => storeOutput(store, header, { ...encoded, index })),
      ]),
    );
    const sizeBytes = artifacts.reduce((sum, artifact) => sum + artifact.sizeBytes, 0);
    const output: EncodeOutput = { sizeBytes, frames: header.frames, fragments };
    result = { output: output as unknown as Json, artifacts, notes };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  // After the folder is gone: a job that has ended has left nothing here.
  await lease.commit(result);
}

async function encodeFrames(
  { context, working }: EncodeWorkerParts,
  { record, order, lease }: StageWork,
  { spec, folder, sound, segments }: Workplace,
): Promise<Encoded> {
  const { generation, address = "" } = order;
  const { encoderThreads: threads, stallMs } = context.config;
  const request = { address, job: record.id, token: lease.token, generation, stallMs };
  return withFrames(request, lease.signal, async (stream) => {
    const { header } = stream;
    const softwareOnly = record.stages.encode.attempts > 0;
    const plan = planOutputs(spec.outputs, { working: await working, frame: header, softwareOnly });
    const live = await openLive(segments, plan.planned, folder);
    const encoder = startEncoder({
      ...{
        format: header,
        outputs: plan.planned,
        folder,
        threads,
        limits: runLimits(context.config),
      },
      ...(sound !== undefined && { sound }),
      ...(live && { live }),
    });
    const kill = () => void encoder.kill();
    lease.signal.addEventListener("abort", kill, { once: true });
    try {
      await feed(stream, encoder.write, lease);
      const forget = markWhenLate(lease, context.config.leaseMs / 6);
      const outputs = await encoder.finish().finally(forget);
      segments.finishWriting();
      return { header, outputs, notes: plan.notes };
    } catch (error) {
      await encoder.kill();
      lease.signal.throwIfAborted();
      throw error;
    } finally {
      lease.signal.removeEventListener("abort", kill);
    }
  });
}

/**
 * An encoder that takes a while to finish needs its renderer no more, and the record says so: one
 * that dies meanwhile need not draw everything again. A quick one is not worth the write, and no
 * encode fails for the want of it.
 */
function markWhenLate(lease: StageLease, afterMs: number): () => void {
  const timer = setTimeout(() => {
    lease
      .update((current) => markFramesComplete(current, lease.token))
      .catch(() => {
        // The renewals say what is wrong with the bus.
      });
  }, afterMs);
  return () => clearTimeout(timer);
}

async function feed(
  { header, bands }: FrameStream,
  write: (bytes: Uint8Array) => Promise<void>,
  lease: StageLease,
): Promise<void> {
  for await (const { data, frame, endsFrame } of bands) {
    failpoint("during-frame-streaming", lease.order.job);
    await write(data);
    if (endsFrame) lease.report((frame + 1) / header.frames);
  }
}
