/** The order handler: pull frames, feed the encoder, push its files, commit. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Note } from "../../core/job/note.js";
import type { JobSpec } from "../../core/job/spec.js";
import type { RemoteBlobs } from "../../kit/blobs/remote.js";
import type { StageWork } from "../../kit/jobs/stage-worker.js";
import { markFramesComplete } from "../../kit/jobs/transitions.js";
import type { ServiceContext } from "../../kit/service.js";
import { inSpan } from "../../kit/telemetry/tracing.js";
import type { FrameHeader } from "../../proto/gen/depthmesh/stage/v1/render_service.js";
import type { EncodeConfig } from "./config.js";
import type { EncodedOutput } from "./encoder.js";
import type { EncoderRow } from "./encoders.js";
import { type FrameStream, withFrames } from "./frame-reader.js";
import { fetchSound } from "./job-sound.js";
import { planOutputs } from "./plan.js";
import { startEncoder } from "./start-encoder.js";
import { storeOutput } from "./store-output.js";

export interface EncodeWorkerParts {
  readonly context: ServiceContext<EncodeConfig>;
  readonly blobs: RemoteBlobs;
  /** Encoders that work here, the preferred ones of a codec first. */
  readonly working: Promise<readonly EncoderRow[]>;
}

/** Where one job is worked on. */
interface Workplace {
  readonly spec: JobSpec;
  readonly folder: string;
  readonly sound: string | undefined;
}

interface Encoded {
  readonly header: FrameHeader;
  readonly outputs: readonly EncodedOutput[];
  readonly notes: readonly Note[];
}

export async function handleEncode(parts: EncodeWorkerParts, work: StageWork): Promise<void> {
  const { context, blobs } = parts;
  const { record, lease } = work;
  const bytes = await blobs.read(record.specBlob, lease.signal);
  const spec = JSON.parse(Buffer.from(bytes).toString()) as JobSpec;
  const folder = await mkdtemp(join(context.config.workFolder || tmpdir(), "depthmesh-"));
  try {
    const sound = await fetchSound(parts, spec, folder, lease.signal);
    const { header, outputs, notes } = await inSpan("encode", {}, () =>
      encodeFrames(parts, work, { spec, folder, sound }),
    );
    const writer = { job: record.id, token: lease.token };
    const artifacts = await inSpan("store", {}, () =>
      Promise.all(
        outputs.map((encoded, index) =>
          storeOutput({ blobs, writer, signal: lease.signal, ...context.config }, header, {
            ...encoded,
            index,
          }),
        ),
      ),
    );
    const sizeBytes = artifacts.reduce((sum, artifact) => sum + artifact.sizeBytes, 0);
    await lease.commit({ output: { sizeBytes, frames: header.frames }, artifacts, notes });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function encodeFrames(
  { context, working }: EncodeWorkerParts,
  { record, order, lease }: StageWork,
  { spec, folder, sound }: Workplace,
): Promise<Encoded> {
  const { generation, address = "" } = order;
  const request = { address, job: record.id, token: lease.token, generation };
  const { encoderThreads: threads, encoderWallSeconds: wallSeconds } = context.config;
  return withFrames(request, lease.signal, async (stream) => {
    const { header } = stream;
    const softwareOnly = record.stages.encode.attempts > 0;
    const plan = planOutputs(spec.outputs, { working: await working, frame: header, softwareOnly });
    const encoder = startEncoder({
      ...{ format: header, outputs: plan.planned, folder, threads, wallSeconds },
      ...(sound !== undefined && { sound }),
    });
    const kill = () => void encoder.kill();
    lease.signal.addEventListener("abort", kill, { once: true });
    try {
      await feed(stream, encoder.write, lease.report.bind(lease));
      const mark = context.store.update(record.id, (current) =>
        markFramesComplete(current, lease.token),
      );
      const [outputs] = await Promise.all([encoder.finish(), mark]);
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

async function feed(
  { header, bands }: FrameStream,
  write: (bytes: Uint8Array) => Promise<void>,
  report: (fraction: number) => void,
): Promise<void> {
  for await (const { data, frame, endsFrame } of bands) {
    await write(data);
    if (endsFrame) report((frame + 1) / header.frames);
  }
}
