/** Whether a job's video can be played while it is made. */
import type { JobJson } from "../../../../proto/gen/json/depthmesh/v1/job_pb.js";
import { hasEnded } from "../api/job-events.js";

/** The first MP4 of a job is sent while it is encoded; a job that has ended is read as a file. */
export function followsVideo({ state, spec }: Pick<JobJson, "state" | "spec">): boolean {
  const outputs = spec?.outputs ?? [];
  return !hasEnded(state) && outputs.some(({ container }) => container === "CONTAINER_MP4");
}
