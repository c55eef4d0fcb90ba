/** The order handler: pull frames, feed ffmpeg, push the file, commit. */
import { createReadStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JobSpec, OutputSpec } from "../../core/job/spec.js";
import type { RemoteBlobs } from "../../kit/blobs/remote.js";
import { FILE_CHUNK_BYTES } from "../../kit/chunks.js";
import { DepthmeshError } from "../../kit/errors.js";
import type { StageWork } from "../../kit/jobs/stage-worker.js";
import { markFramesComplete } from "../../kit/jobs/transitions.js";
import type { ServiceContext } from "../../kit/service.js";
import { inSpan } from "../../kit/telemetry/tracing.js";
import type { FrameHeader } from "../../proto/gen/depthmesh/stage/v1/render_service.js";
import type { EncodeConfig } from "./config.js";
import { startEncoder } from "./ffmpeg.js";
import { type FrameStream, withFrames } from "./frame-reader.js";

export interface EncodeWorkerParts {
  readonly context: ServiceContext<EncodeConfig>;
  readonly blobs: RemoteBlobs;
}

export async function handleEncode(parts: EncodeWorkerParts, work: StageWork): Promise<void> {
  const { record, lease } = work;
  const output = await readOutputSpec(parts, work);
  const folder = await mkdtemp(join(parts.context.config.workFolder || tmpdir(), "depthmesh-"));
  try {
    const file = join(folder, `video.${output.container}`);
    const header = await inSpan("encode", {}, () => encodeTo(file, output, parts, work));
    const writer = { job: record.id, token: lease.token };
    const { sha256, sizeBytes } = await inSpan("store", {}, async () => {
      const content = createReadStream(file, { highWaterMark: FILE_CHUNK_BYTES });
      return parts.blobs.write(writer, content, lease.signal);
    });
    const { width, height, frames } = header;
    const name = `video.${output.container}`;
    await lease.commit({
      output: { sizeBytes, frames },
      artifacts: [{ name, mediaType: "video/mp4", sizeBytes, sha256, width, height, frames }],
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readOutputSpec(
  { blobs }: EncodeWorkerParts,
  { record, lease }: StageWork,
): Promise<OutputSpec> {
  const bytes = await blobs.read(record.specBlob, lease.signal);
  const spec = JSON.parse(Buffer.from(bytes).toString()) as JobSpec;
  const [output] = spec.outputs;
  if (!output) throw new DepthmeshError("INTERNAL", "an encode order for a job without outputs");
  return output;
}

async function encodeTo(
  file: string,
  output: OutputSpec,
  parts: EncodeWorkerParts,
  { record, order, lease }: StageWork,
): Promise<FrameHeader> {
  const { generation, address = "" } = order;
  const request = { address, job: record.id, token: lease.token, generation };
  const { encoderThreads } = parts.context.config;
  return withFrames(request, lease.signal, async (stream) => {
    const encoder = startEncoder(stream.header, output, file, encoderThreads);
    const kill = () => void encoder.kill();
    lease.signal.addEventListener("abort", kill, { once: true });
    try {
      await feed(stream, encoder.write, lease.report.bind(lease));
      const mark = parts.context.store.update(record.id, (current) =>
        markFramesComplete(current, lease.token),
      );
      await Promise.all([encoder.finish(), mark]);
      await checkWritten(file);
      return stream.header;
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

/** An encoder that was killed from outside can end without an error and leave nothing. */
async function checkWritten(file: string): Promise<void> {
  const facts = await stat(file).catch(() => undefined);
  if (facts && facts.size > 0) return;
  throw new DepthmeshError("ENCODER_CRASHED", "the video encoder wrote nothing");
}
