/** The calls of the HTTP API for operators. All throw ProblemError. */
import type {
  DeadLetterJson,
  GetSystemStatusResponseJson,
  ListDeadLettersResponseJson,
} from "../../../../proto/gen/json/depthmesh/v1/admin_service_pb.js";
import type { JobJson } from "../../../../proto/gen/json/depthmesh/v1/job_pb.js";
import { callApi, callJson } from "./http.js";

export function getSystemStatus(signal: AbortSignal): Promise<GetSystemStatusResponseJson> {
  return callJson("/v1/admin/status", { signal });
}

/** `name` is `workers/{worker}`. */
export async function drainWorker(name: string): Promise<void> {
  await callApi(`/v1/admin/${name}/drain`, { method: "POST", body: {} });
}

export interface LetterQuery {
  readonly pageSize: number;
  readonly pageToken?: string;
}

export function listDeadLetters(
  { pageSize, pageToken }: LetterQuery,
  signal?: AbortSignal,
): Promise<ListDeadLettersResponseJson> {
  const query = new URLSearchParams({
    pageSize: String(pageSize),
    ...(pageToken && { pageToken }),
  });
  return callJson(`/v1/admin/dead-letters?${query}`, signal ? { signal } : {});
}

/** The new job that continues the one of the letter. */
export function redriveLetter(letter: DeadLetterJson): Promise<JobJson> {
  return callJson(`${pathOf(letter)}/redrive`, { method: "POST", body: {} });
}

export async function discardLetter(letter: DeadLetterJson): Promise<void> {
  await callApi(pathOf(letter), { method: "DELETE" });
}

/** A letter is named `deadLetters/{job}`. */
function pathOf({ name = "" }: DeadLetterJson): string {
  return `/v1/admin/dead-letters/${name.split("/").at(-1)}`;
}
