/**
 * Runs one job in a single call and passes its video on while it is encoded, to standard output or
 * to a player. Ctrl-C cancels it: bytes that nobody takes are of no use.
 */
import { once } from "node:events";
import type { Writable } from "node:stream";
import type { DepthmeshClient } from "../client/client.js";
import { type JobFiles, readFiles } from "../client/job-files.js";
import { DepthmeshError } from "../core/errors.js";
import { onAbort } from "../kit/async/abort.js";
import type { Job } from "../proto/gen/depthmesh/v1/job.js";
import type { JobSpec } from "../proto/gen/depthmesh/v1/spec.js";
import { labelsOf } from "./photo-label.js";
import { startPlayer } from "./player.js";
import { progressView } from "./progress.js";

/** `player` is the player's command line; without it the video goes to standard output. */
export async function convertLive(
  client: DepthmeshClient,
  spec: JobSpec,
  files: JobFiles<string>,
  player: readonly string[] | undefined,
  interrupted: AbortSignal,
  requestId = "",
): Promise<Job> {
  if (!player) return streamTo(process.stdout, client, spec, files, interrupted, requestId);
  const { input, finish, stop } = startPlayer(player);
  try {
    const job = await streamTo(input, client, spec, files, interrupted, requestId);
    await finish();
    return job;
  } finally {
    stop();
  }
}

/**
 * Returns the job when it has ended. Throws the job's error, STREAM_RESTARTED when another encoder
 * started over after bytes were written, and JOB_CANCELLED when nobody reads the sink any more.
 */
async function streamTo(
  sink: Writable,
  client: DepthmeshClient,
  spec: JobSpec,
  files: JobFiles<string>,
  interrupted: AbortSignal,
  requestId: string,
): Promise<Job> {
  const stop = new AbortController();
  const abort = () => stop.abort();
  const stopListening = onAbort(interrupted, abort);
  sink.once("error", abort);
  const view = progressView();
  let hasWritten = false;
  try {
    for await (const { kind } of client.convert(spec, readFiles(files), stop.signal, requestId, {
      labels: labelsOf(files),
    })) {
      if (kind?.$case === "progress") view.show(kind.value);
      if (kind?.$case === "summary") return kind.value;
      if (kind?.$case === "streamStart" && hasWritten) {
        throw new DepthmeshError(
          "STREAM_RESTARTED",
          "the encoder was lost and another one started over",
        );
      }
      if (kind?.$case !== "chunk") continue;
      hasWritten = true;
      // When the reader has gone, the call above throws.
      if (!sink.write(kind.value)) await once(sink, "drain", stop).catch(() => {});
    }
    throw new DepthmeshError("INTERNAL", "the call ended without a summary");
  } finally {
    view.close();
    stopListening();
    sink.off("error", abort);
  }
}
