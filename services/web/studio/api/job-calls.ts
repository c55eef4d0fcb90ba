/** The calls of the HTTP API about jobs. All throw ProblemError. */
import type { JobJson, JobStageJson } from "../../../../proto/gen/json/depthmesh/v1/job_pb.js";
import type { ListJobsResponseJson } from "../../../../proto/gen/json/depthmesh/v1/job_service_pb.js";
import { callApi, callJson } from "./http.js";

export function listJobs(query: string, signal?: AbortSignal): Promise<ListJobsResponseJson> {
  return callJson(`/v1/jobs?${query}`, signal ? { signal } : {});
}

/** `name` is `jobs/{job}`, here and below. */
export function getJob(name: string, signal?: AbortSignal): Promise<JobJson> {
  return callJson(`/v1/${name}`, signal ? { signal } : {});
}

export function cancelJob(name: string): Promise<JobJson> {
  return callJson(`/v1/${name}/cancel`, { method: "POST", body: {} });
}

/** The new job that continues the ended one, from its first stage that was not done by default. */
export function retryJob(name: string, fromStage?: JobStageJson): Promise<JobJson> {
  return callJson(`/v1/${name}/retry`, { method: "POST", body: fromStage ? { fromStage } : {} });
}

export async function deleteJob(name: string): Promise<void> {
  await callApi(`/v1/${name}`, { method: "DELETE" });
}
