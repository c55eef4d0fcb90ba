/**
 * The jobs that a page shows, put together from answers of ListJobs: pages that the reader asked
 * for, the newest page again and again, and the jobs that run.
 */
import type { JobJson } from "../../../../proto/gen/json/depthmesh/v1/job_pb.js";
import type { ListJobsResponseJson } from "../../../../proto/gen/json/depthmesh/v1/job_service_pb.js";
import { isRunning } from "./job-state.js";

export interface JobList {
  /** Newest first, each job once. */
  readonly jobs: readonly JobJson[];
  /** Continues after the last of them; empty if there are no older ones. */
  readonly nextPageToken: string;
}

export const NO_JOBS: JobList = { jobs: [], nextPageToken: "" };

/** A name ends with an id whose letters grow with time, and the server lists by it. */
function newestFirst({ name: a = "" }: JobJson, { name: b = "" }: JobJson): number {
  return a < b ? 1 : a > b ? -1 : 0;
}

/**
 * The first page was read anew. Within its range it decides alone, so that jobs that were deleted,
 * or no longer fit the filters, go; older ones stay as they were shown.
 */
export function withFirstPage(list: JobList, page: ListJobsResponseJson): JobList {
  const { jobs = [], nextPageToken = "" } = page;
  const oldest = jobs.at(-1);
  if (nextPageToken === "" || !oldest) return { jobs: newer(list, jobs), nextPageToken: "" };
  const older = list.jobs.filter((job) => newestFirst(job, oldest) > 0);
  // So many are new that nothing tells what lies between them and those that were shown.
  const isTorn = !list.jobs.some((job) => newestFirst(job, oldest) <= 0);
  if (older.length === 0 || isTorn) return { jobs: newer(list, jobs), nextPageToken };
  return { jobs: [...newer(list, jobs), ...older], nextPageToken: list.nextPageToken };
}

/** The page after the last one that was read. */
export function withNextPage(list: JobList, page: ListJobsResponseJson): JobList {
  const { jobs = [], nextPageToken = "" } = page;
  const names = new Set(jobs.map(({ name }) => name));
  const before = list.jobs.filter(({ name }) => !names.has(name));
  return { jobs: [...before, ...newer(list, jobs)].sort(newestFirst), nextPageToken };
}

/**
 * Jobs that were read apart from pages. Those that are not shown yet are added, except older ones
 * than the last: they belong to a page that nobody has asked for.
 */
export function withJobs(list: JobList, jobs: readonly JobJson[]): JobList {
  const found = new Map(newer(list, jobs).map((job) => [job.name, job]));
  const changed = list.jobs.map((job) => found.get(job.name) ?? job);
  const known = new Set(list.jobs.map(({ name }) => name));
  const last = list.jobs.at(-1);
  const isInRange = (job: JobJson) =>
    list.nextPageToken === "" || (last !== undefined && newestFirst(job, last) < 0);
  const added = [...found.values()].filter((job) => !known.has(job.name) && isInRange(job));
  return { ...list, jobs: [...changed, ...added].sort(newestFirst) };
}

export function withoutJobs(list: JobList, names: ReadonlySet<string>): JobList {
  return { ...list, jobs: list.jobs.filter(({ name = "" }) => !names.has(name)) };
}

/** Names of jobs that are shown as running and that an answer with all running jobs lacks. */
export function ended(list: JobList, running: readonly JobJson[]): string[] {
  const names = new Set(running.map(({ name }) => name));
  return list.jobs
    .filter((job) => isRunning(job) && !names.has(job.name))
    .flatMap(({ name }) => (name === undefined ? [] : [name]));
}

/** An answer that was on its way while an action changed the job must not take the change back. */
function newer(list: JobList, jobs: readonly JobJson[]): JobJson[] {
  const shown = new Map(list.jobs.map((job) => [job.name, job]));
  return jobs.map((job) => {
    const before = shown.get(job.name);
    return before && timeOf(before) > timeOf(job) ? before : job;
  });
}

function timeOf({ updateTime }: JobJson): number {
  return updateTime === undefined ? 0 : Date.parse(updateTime);
}
