/** The job that the page has made last and still shows beside its photo. */
import { signal } from "@preact/signals";
import type { JobJson } from "../../../../proto/gen/json/depthmesh/v1/job_pb.js";

export const currentJob = signal<JobJson | undefined>(undefined);
