/** The list of jobs as the page has it now, and what keeps it up to date. */
import { signal } from "@preact/signals";
import type { JobJson } from "../../../../proto/gen/json/depthmesh/v1/job_pb.js";
import { getJob, listJobs } from "../api/job-calls.js";
import { type Trouble, troubleOf } from "../errors/trouble.js";
import { LIST_PACE, type Seen } from "../poll/pace.js";
import { pollWhileVisible, type VisiblePoll } from "../poll/visible-poll.js";
import { type JobFilters, listQuery, NO_FILTERS } from "./job-filters.js";
import {
  ended,
  type JobList,
  NO_JOBS,
  withFirstPage,
  withJobs,
  withNextPage,
  withoutJobs,
} from "./job-list.js";
import { isRunning } from "./job-state.js";

const PAGE_SIZE = 25;
/** So many jobs can run at once and be followed; more are found by the first page. */
const MAX_RUNNING = 100;
/** Running jobs tell most news; deletions and jobs of other clients are looked for this often. */
const FIRST_PAGE_EVERY_MS = 10_000;
/** Jobs that have ended since the last answer are asked for one by one, if they are few. */
const MAX_SINGLE = 4;

export const list = signal<JobList>(NO_JOBS);
export const filters = signal<JobFilters>(NO_FILTERS);
/** `loading` until the first answer with these filters. */
export const phase = signal<"loading" | "shown">("loading");
export const isLoadingMore = signal(false);
/** Why the last question failed; the list stays as it was. */
export const listTrouble = signal<Trouble | undefined>(undefined);

let poll: VisiblePoll | undefined;
let firstPageAtMs = Number.NEGATIVE_INFINITY;

/** Follows the jobs until the returned function is called. */
export function followJobs(): () => void {
  firstPageAtMs = Number.NEGATIVE_INFINITY;
  poll = pollWhileVisible(ask, LIST_PACE);
  return () => {
    poll?.stop();
    poll = undefined;
  };
}

export function changeFilters(next: JobFilters): void {
  const isAnswered = sameQuery(filters.value, next);
  filters.value = next;
  if (isAnswered) return;
  list.value = NO_JOBS;
  phase.value = "loading";
  askAll();
}

/** Asks for the first page now, as after an error. */
export function askAll(): void {
  firstPageAtMs = Number.NEGATIVE_INFINITY;
  poll?.soon();
}

/** What an action has made of jobs is shown before the next answer comes. */
export function showJob(job: JobJson): void {
  list.value = withJobs(list.value, [job]);
  poll?.soon();
}

export function hideJobs(names: ReadonlySet<string>): void {
  list.value = withoutJobs(list.value, names);
}

export async function loadMore(): Promise<void> {
  const asked = filters.value;
  const query = listQuery(asked, { pageSize: PAGE_SIZE, pageToken: list.value.nextPageToken });
  if (query === undefined || isLoadingMore.value) return;
  isLoadingMore.value = true;
  try {
    const page = await listJobs(query);
    if (sameQuery(asked, filters.value)) list.value = withNextPage(list.value, page);
  } catch (error) {
    listTrouble.value = troubleOf(error);
  } finally {
    isLoadingMore.value = false;
  }
}

async function ask(signal: AbortSignal): Promise<Seen> {
  const asked = filters.value;
  const before = list.value;
  try {
    const next = (await askRunning(asked, signal)) ?? (await askFirstPage(asked, signal));
    if (signal.aborted || !sameQuery(asked, filters.value)) return "change";
    list.value = next(list.value);
    phase.value = "shown";
    listTrouble.value = undefined;
  } catch (error) {
    if (!signal.aborted) listTrouble.value = troubleOf(error);
    return "error";
  }
  if (JSON.stringify(before.jobs) !== JSON.stringify(list.value.jobs)) return "change";
  return list.value.jobs.some(isRunning) ? "running" : "idle";
}

type Step = (list: JobList) => JobList;

/** Undefined where the whole first page is due. */
async function askRunning(asked: JobFilters, signal: AbortSignal): Promise<Step | undefined> {
  const isDue = Date.now() - firstPageAtMs >= FIRST_PAGE_EVERY_MS;
  if (isDue || !list.value.jobs.some(isRunning)) return undefined;
  const query = listQuery(asked, { pageSize: MAX_RUNNING, isRunningOnly: true });
  if (query === undefined) return undefined;
  const { jobs = [], nextPageToken = "" } = await listJobs(query, signal);
  const gone = nextPageToken === "" ? ended(list.value, jobs) : [];
  if (gone.length > MAX_SINGLE) return undefined;
  const found = await Promise.allSettled(gone.map((name) => getJob(name, signal)));
  if (found.some(({ status }) => status === "rejected")) return undefined;
  const last = found.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
  return (shown) => withJobs(shown, [...jobs, ...last]);
}

async function askFirstPage(asked: JobFilters, signal: AbortSignal): Promise<Step> {
  const page = await listJobs(listQuery(asked, { pageSize: PAGE_SIZE }) ?? "", signal);
  firstPageAtMs = Date.now();
  return (shown) => withFirstPage(shown, page);
}

/** Whether the server is asked for the same; text that is no label is looked for in the page. */
function sameQuery(a: JobFilters, b: JobFilters): boolean {
  return listQuery(a, { pageSize: 1 }) === listQuery(b, { pageSize: 1 });
}
