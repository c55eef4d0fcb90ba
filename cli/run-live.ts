/** Carries one conversion in one call: its fragments go to a sink while the rest is rendered; Ctrl-C cancels it. */
import type { Writable } from "node:stream";
import type { DepthmeshClient } from "../client/client.js";
import { type JobFiles, readFiles } from "../client/job-files.js";
import { DepthmeshError } from "../core/errors.js";
import type { Job } from "../proto/gen/depthmesh/v1/job.js";
import type { JobSpec } from "../proto/gen/depthmesh/v1/spec.js";
import { startPlayer } from "./player.js";
import { progressView } from "./progress.js";

/**
 * The job as it ended. Throws its error, STREAM_RESTARTED where bytes that were written have become void, and JOB_CANCELLED
 * when nobody reads the sink any more.
 */
export async function runLive(
  client: DepthmeshClient,
  spec: JobSpec,
  files: JobFiles<string>,
  sink: Writable,
  requestId = "",
): Promise<Job> {
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  const onError = () => stop.abort();
  process.once("SIGINT", interrupt);
  sink.once("error", onError);
  const view = progressView();
  let written = false;
  try {
    for await (const { kind } of client.convert(spec, readFiles(files), stop.signal, requestId)) {
      if (kind?.$case === "progress") view.show(kind.value);
      if (kind?.$case === "summary") return kind.value;
      if (kind?.$case === "streamStart" && written) {
        throw new DepthmeshError("STREAM_RESTARTED", "another encoder began anew");
      }
      if (kind?.$case !== "chunk") continue;
      written = true;
      await taken(sink, kind.value, stop.signal);
    }
    throw new DepthmeshError("INTERNAL", "the call ended without a summary");
  } finally {
    view.close();
    process.off("SIGINT", interrupt);
    sink.off("error", onError);
  }
}

/** Resolves when the sink has room again, or its reader has gone. */
function taken(sink: Writable, bytes: Uint8Array, gone: AbortSignal): Promise<void> {
  if (sink.write(bytes)) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      sink.off("drain", done);
      gone.removeEventListener("abort", done);
      resolve();
    };
    sink.once("drain", done);
    gone.addEventListener("abort", done, { once: true });
  });
}

/** The file name that stands for standard output. */
export const STDOUT = "-";

/** `player` is its command; without one the fragments go to standard output. */
export async function convertLive(
  client: DepthmeshClient,
  spec: JobSpec,
  files: JobFiles<string>,
  player: readonly string[] | undefined,
  requestId = "",
): Promise<Job> {
  if (!player) return runLive(client, spec, files, process.stdout, requestId);
  const { input, finish, stop } = startPlayer(player);
  try {
    const job = await runLive(client, spec, files, input, requestId);
    await finish();
    return job;
  } finally {
    stop();
  }
}
