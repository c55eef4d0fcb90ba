/** Which jobs the list shows, and the query of ListJobs that asks for them. */
import type { JobJson, JobStateJson } from "../../../../proto/gen/json/depthmesh/v1/job_pb.js";
import { jobId, RUNNING_STATES } from "./job-state.js";

/** States that a reader tells apart in a list. */
export type StateGroup = "running" | "succeeded" | "failed" | "cancelled";

const STATES: Readonly<Record<StateGroup, readonly JobStateJson[]>> = {
  running: RUNNING_STATES,
  succeeded: ["JOB_STATE_SUCCEEDED"],
  failed: ["JOB_STATE_FAILED", "JOB_STATE_EXPIRED"],
  cancelled: ["JOB_STATE_CANCELLED"],
};
export const STATE_GROUPS = Object.keys(STATES) as readonly StateGroup[];

/** Jobs of the last hours; `all` is without a limit. */
export const AGES = { all: 0, hour: 1, day: 24, week: 7 * 24 } as const;
export type Age = keyof typeof AGES;

export interface JobFilters {
  /** Empty means all. */
  readonly groups: readonly StateGroup[];
  /** `key=value` is a label that the server compares; other text is looked for in what is shown. */
  readonly text: string;
  readonly age: Age;
  /** RFC 3339: what `age` meant when it was chosen. A page token fits one time only. */
  readonly createdFrom?: string;
  /** For operators: the jobs of all tenants. */
  readonly isEveryTenant: boolean;
}

export const NO_FILTERS: JobFilters = { groups: [], text: "", age: "all", isEveryTenant: false };

const MS_PER_HOUR = 3_600_000;

export function withAge(
  { createdFrom: _, ...rest }: JobFilters,
  age: Age,
  nowMs: number,
): JobFilters {
  const hours = AGES[age];
  if (hours === 0) return { ...rest, age };
  return { ...rest, age, createdFrom: new Date(nowMs - hours * MS_PER_HOUR).toISOString() };
}

export function isFiltered({ groups, text, age }: JobFilters): boolean {
  return groups.length > 0 || text.trim() !== "" || age !== "all";
}

const LABEL = /^([!-<>-~]{1,63})=(.*)$/;

/** The label that a text names, as the server compares it; undefined for other text. */
export function labelIn(text: string): { key: string; value: string } | undefined {
  const [, key, value] = LABEL.exec(text.trim()) ?? [];
  return key === undefined || value === undefined ? undefined : { key, value };
}

export interface ListQuery {
  readonly pageSize: number;
  readonly pageToken?: string;
  /** Only jobs that run. */
  readonly isRunningOnly?: boolean;
}

/** The query of a list; undefined where the filters leave no job, so that nothing need be asked. */
export function listQuery(filters: JobFilters, query: ListQuery): string | undefined {
  const parameters = new URLSearchParams({ pageSize: String(query.pageSize) });
  if (query.pageToken) parameters.set("pageToken", query.pageToken);
  const states = filters.groups.flatMap((group) => STATES[group]);
  if (query.isRunningOnly && states.length > 0 && !filters.groups.includes("running")) {
    return undefined;
  }
  for (const state of query.isRunningOnly ? RUNNING_STATES : states) {
    parameters.append("states", state);
  }
  const label = labelIn(filters.text);
  if (label) parameters.set(`labels.${label.key}`, label.value);
  if (filters.createdFrom) parameters.set("createdFrom", filters.createdFrom);
  if (filters.isEveryTenant) parameters.set("tenant", "*");
  return parameters.toString();
}

/** Whether a job that the server listed fits the text, too: it is in the id or in a label. */
export function matchesText(job: JobJson, { text }: JobFilters): boolean {
  if (labelIn(text)) return true;
  const wanted = text.trim().toLowerCase();
  const texts = [jobId(job.name), ...Object.values(job.labels ?? {})];
  return wanted === "" || texts.some((each) => each.toLowerCase().includes(wanted));
}
