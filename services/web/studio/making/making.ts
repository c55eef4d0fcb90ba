/**
 * The job that this page makes now: asked for, followed, cancelled, and found again on a reload.
 */
import { computed, effect, signal } from "@preact/signals";
import type { JobJson } from "../../../../proto/gen/json/depthmesh/v1/job_pb.js";
import type { JobSpecJson } from "../../../../proto/gen/json/depthmesh/v1/spec_pb.js";
import { callJson, ProblemError } from "../api/http.js";
import { cancelJob, getJob } from "../api/job-calls.js";
import { followJob, hasEnded } from "../api/job-events.js";
import { type Trouble, troubleOf } from "../errors/trouble.js";
import { currentJob } from "../state/job.js";
import { currentPhoto } from "../state/photo.js";
import { currentSpec } from "../state/spec.js";
import { jobHeader, type PhotoToMake, RequestIds } from "./job-request.js";
import { jobId, newerOf, withEvent } from "./job-view.js";

export interface Making {
  readonly job: JobJson;
  /** The file name of its photo, by which its files are named. */
  readonly fileName: string;
  /** Whether the job's events arrive. */
  readonly isConnected: boolean;
}

/** Whether the events of the current job arrive. */
const isConnected = signal(true);

/** Undefined while the page shows no job. */
export const making = computed<Making | undefined>(() => {
  const job = currentJob.value;
  if (!job) return undefined;
  return { job, fileName: job.labels?.photo ?? "", isConnected: isConnected.value };
});

/** A request is on its way. */
export const isAsking = signal(false);
/** Why the last request was refused. */
export const refusal = signal<Trouble | undefined>(undefined);

const requestIds = new RequestIds(randomId);
let following = new AbortController();

// What was refused is no longer what would be asked for.
const request = computed(() => [currentSpec.value, currentPhoto.value?.upload]);
request.subscribe(() => {
  refusal.value = undefined;
});

let isShown = false;

effect(() => {
  const job = currentJob.value;
  if (job) remember(jobId(job));
  // Another photo was opened, or the reader has closed the job, which goes on by itself.
  else if (isShown) {
    following.abort();
    forget();
  }
  isShown = job !== undefined;
});

/**
 * Asks for a job, and follows it; false where it is refused. A second call while the first is on
 * its way does nothing.
 */
export async function startMaking(photo: PhotoToMake, spec: JobSpecJson): Promise<boolean> {
  if (isAsking.value) return false;
  isAsking.value = true;
  refusal.value = undefined;
  try {
    const header = jobHeader(photo, spec, requestIds.idFor(photo, spec));
    const job = await callJson<JobJson>("v1/jobs", { method: "POST", body: header });
    requestIds.answered();
    void follow(job);
    return true;
  } catch (error) {
    // Only a request without an answer may have made a job.
    if (error instanceof ProblemError && error.problem.status !== 0) requestIds.answered();
    refusal.value = troubleOf(error);
    return false;
  } finally {
    isAsking.value = false;
  }
}

/** Cancels the job; its state follows as an event. */
export async function cancelMaking(): Promise<void> {
  const job = currentJob.peek();
  if (!job || hasEnded(job.state)) return;
  refusal.value = undefined;
  try {
    update(await cancelJob(job.name ?? ""));
  } catch (error) {
    refusal.value = troubleOf(error);
  }
}

/** Comes back to the job of this tab after a reload. */
export async function resumeMaking(): Promise<void> {
  const id = recall();
  if (!id || currentJob.value) return;
  try {
    await follow(await getJob(`jobs/${id}`));
  } catch (error) {
    // Deleted, or another caller's: there is nothing to come back to.
    if (error instanceof ProblemError && error.problem.status === 404) forget();
    else refusal.value = troubleOf(error);
  }
}

/** The page no longer shows the job, which goes on. */
export function leaveMaking(): void {
  currentJob.value = undefined;
}

async function follow(job: JobJson): Promise<void> {
  following.abort();
  following = new AbortController();
  const { signal } = following;
  currentJob.value = job;
  isConnected.value = true;
  if (hasEnded(job.state)) return;
  const onConnection = (isThere: boolean) => {
    if (!signal.aborted) isConnected.value = isThere;
  };
  try {
    const afterEvent = job.lastEvent ?? 0;
    for await (const event of followJob(jobId(job), { afterEvent, signal, onConnection })) {
      const known = currentJob.peek();
      if (!known || signal.aborted) return;
      currentJob.value = withEvent(known, event);
      // An entry of the history comes with files, notes and reports that only the job has.
      if (event.stateChange) await refresh(jobId(job), signal);
    }
  } catch (error) {
    if (!signal.aborted) refusal.value = troubleOf(error);
  }
}

async function refresh(id: string, signal: AbortSignal): Promise<void> {
  try {
    update(await getJob(`jobs/${id}`, signal));
  } catch (error) {
    signal.throwIfAborted();
    // The next entry asks again; the last one must not be left without its files.
    if (hasEnded(currentJob.peek()?.state)) throw error;
  }
}

function update(answer: JobJson): void {
  const known = currentJob.peek();
  if (known && jobId(known) === jobId(answer)) currentJob.value = newerOf(known, answer);
}

/** Not `randomUUID`, which browsers keep from pages that a plain address of the network serves. */
function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"));
  return `studio-${digits.join("")}`;
}

const MEMORY_KEY = "depthmesh.studio.making";

/** A browser may refuse to keep anything: then a reload finds the job in the list of jobs only. */
function remember(id: string): void {
  try {
    sessionStorage.setItem(MEMORY_KEY, id);
  } catch {}
}

function recall(): string | undefined {
  try {
    return sessionStorage.getItem(MEMORY_KEY) ?? undefined;
  } catch {
    return undefined;
  }
}

function forget(): void {
  try {
    sessionStorage.removeItem(MEMORY_KEY);
  } catch {}
}
