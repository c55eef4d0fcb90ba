/** Where `convert` writes fragments as they come: to standard output, or into a player. */

import type { DepthmeshClient } from "../client/client.js";
import type { JobFiles } from "../client/job-files.js";
import type { Job } from "../proto/gen/depthmesh/v1/job.js";
import type { JobSpec } from "../proto/gen/depthmesh/v1/spec.js";
import { startPlayer } from "./player.js";
import { runLive } from "./run-live.js";

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
