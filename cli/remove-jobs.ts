/** `depthmesh jobs rm`: deletes jobs that have ended, with their files. */
import type { DepthmeshClient } from "../client/client.js";
import { DepthmeshError, toDepthmeshError } from "../core/errors.js";
import { type Job, JobState } from "../proto/gen/depthmesh/v1/job.js";
import { confirmed } from "./confirm.js";
import { type Connection, jobId } from "./connect.js";
import { print } from "./print.js";

interface RemoveOptions {
  readonly all?: boolean;
  /** Milliseconds. */
  readonly olderThan?: number;
  readonly yes?: boolean;
}

const PAGE_SIZE = 200;
const ENDED: readonly JobState[] = [
  JobState.JOB_STATE_SUCCEEDED,
  JobState.JOB_STATE_FAILED,
  JobState.JOB_STATE_CANCELLED,
  JobState.JOB_STATE_EXPIRED,
];

/** Throws the last failure when the others are removed. */
export async function removeJobs(
  { client, signal }: Pick<Connection, "client" | "signal">,
  names: readonly string[],
  { all = false, olderThan, yes = false }: RemoveOptions,
): Promise<void> {
  if (names.length > 0 && (all || olderThan !== undefined)) {
    throw conflict("jobs cannot be combined with --all or --older-than");
  }
  if (names.length === 0 && !all) throw conflict("name jobs, or use --all");
  const chosen = all ? await endedBefore(client, Date.now() - (olderThan ?? 0)) : names;
  if (all && chosen.length === 0) return print("no job has ended");
  if (all && !yes && !(await confirmed(`delete ${chosen.length} jobs with their files?`, signal))) {
    return print("nothing was deleted");
  }
  let failure: unknown;
  let removed = 0;
  for (const name of chosen) {
    signal.throwIfAborted();
    try {
      await client.deleteJob(name);
      removed += 1;
      if (!all) print(`${jobId(name)}  deleted`);
    } catch (error) {
      failure = error;
      process.stderr.write(`${jobId(name)}  ${toDepthmeshError(error).message}\n`);
    }
  }
  if (all) print(`${removed} jobs deleted`);
  if (failure) throw failure;
}

/** The ended jobs that were created before a time, in Unix milliseconds. */
async function endedBefore(client: DepthmeshClient, beforeMs: number): Promise<string[]> {
  const names: string[] = [];
  let pageToken = "";
  do {
    const page = await client.listJobs(PAGE_SIZE, pageToken, { states: ENDED });
    const old = ({ createTime }: Job) => (createTime?.getTime() ?? 0) <= beforeMs;
    names.push(...page.jobs.filter(old).map(({ name }) => name));
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  return names;
}

const conflict = (message: string) => new DepthmeshError("PARAMETER_CONFLICT", message);
