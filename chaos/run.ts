/** One run: jobs, faults, quiet, checks. */
import { checkEnd, checkEvents, expectationOf } from "./judge/end.js";
import { settle } from "./judge/leftovers.js";
import type { Observer } from "./judge/observer.js";
import { checkResults } from "./judge/results.js";
import { checkRevisions } from "./judge/revisions.js";
import type { RunPlan } from "./plan/draw.js";
import { applyFault } from "./strike/apply.js";
import type { Applied } from "./strike/arena.js";
import { callFor, type PersistentClient, type Submitted } from "./strike/client.js";
import type { Lab } from "./strike/lab.js";

/** From the start of a run to the end of its last job: a lost publish waits for the reconciler, a poisoned job for five deaths. */
const JOBS_MS = 120_000;
/** From the end of a job to its event, with a gateway that must start for it. */
const TELL_MS = 15_000;
const AUDIT_MS = 30_000;

export interface RunContext {
  readonly lab: Lab;
  readonly observer: Observer;
  /** The one whose connection is cut. */
  readonly client: PersistentClient;
  /** The one that looks at the results. */
  readonly auditor: PersistentClient;
}

export interface RunResult {
  readonly plan: RunPlan;
  readonly faults: readonly Applied[];
  readonly jobs: readonly Submitted[];
  /** State in which each job has ended, with its reason where it has one. */
  readonly ends: readonly string[];
  readonly violations: readonly string[];
  readonly startedAtMs: number;
  readonly durationMs: number;
  /** From the undoing of the last fault that struck to the end of the last job; 0 where the jobs ended before. */
  readonly recoveryMs: number;
  /** Acknowledged revisions that nats-server had no more when it came back. */
  readonly lostWrites: number;
}

export async function executeRun(context: RunContext, plan: RunPlan): Promise<RunResult> {
  const { lab, observer } = context;
  const startedAtMs = Date.now();
  const { lostWrites } = observer;
  const over = new AbortController();
  let firstAccepted: (id: string | undefined) => void = () => {};
  const firstJob = new Promise<string | undefined>((resolve) => {
    firstAccepted = resolve;
  });
  const arena = { lab, observer, over: over.signal, firstJob };
  const faulting = Promise.all(plan.faults.map((fault) => applyFault(arena, fault)));
  const violations: string[] = [];
  const jobs = await untilJobsEnd(context, plan, firstAccepted).catch((error: unknown) => {
    violations.push(`the run did not come to its end: ${error}`);
    return [];
  });
  over.abort();
  firstAccepted(undefined);
  const faults = await faulting;
  violations.push(...(await settle(lab)));
  const ids = jobs.map(({ id }) => id);
  // What is not told by then is missed below.
  await observer
    .until(() => observer.untold(ids).length === 0, AbortSignal.timeout(TELL_MS))
    .catch(() => {});
  for (const [index, job] of jobs.entries()) {
    const wrong = await checkJob(context, job, index, faults);
    violations.push(...wrong.map((what) => `${job.id}: ${what}`));
  }
  return {
    ...{ plan, faults, jobs, violations },
    ends: jobs.map(({ id }) => endOf(observer, id)),
    startedAtMs,
    durationMs: Date.now() - startedAtMs,
    recoveryMs: recoveryMs(observer, jobs, faults),
    lostWrites: observer.lostWrites - lostWrites,
  };
}

async function untilJobsEnd(
  { client, observer }: RunContext,
  plan: RunPlan,
  firstAccepted: (id: string) => void,
): Promise<Submitted[]> {
  const signal = AbortSignal.timeout(JOBS_MS);
  const jobs = await Promise.all(
    plan.jobs.map((job, index) => {
      const accepted = index === 0 ? firstAccepted : () => {};
      return callFor(client, job, `chaos ${plan.seed} ${index}`, accepted, signal);
    }),
  );
  const ids = jobs.map(({ id }) => id);
  await observer.until(() => observer.unfinished(ids).length === 0, signal);
  return jobs;
}

async function checkJob(
  { observer, auditor }: RunContext,
  { id, plan, cancelled, complaints }: Submitted,
  index: number,
  faults: readonly Applied[],
): Promise<string[]> {
  const record = observer.record(id);
  if (!record) return ["an accepted job has no record"];
  const wrong = [
    ...complaints,
    ...checkEnd(record, expectationOf(plan, index, faults, cancelled)),
    ...checkRevisions(observer.revisions(id)),
    ...checkEvents(record, observer.events(id)),
  ];
  if (record.state !== "SUCCEEDED") return wrong;
  const signal = AbortSignal.timeout(AUDIT_MS);
  const results = await checkResults(auditor, record, plan.shape, signal).catch(
    (error: unknown) => [`its results cannot be read: ${error}`],
  );
  return [...wrong, ...results];
}

function endOf(observer: Observer, id: string): string {
  const record = observer.record(id);
  return record?.error?.reason ?? record?.state ?? "lost";
}

function recoveryMs(
  observer: Observer,
  jobs: readonly Submitted[],
  faults: readonly Applied[],
): number {
  const undone = faults.filter(({ strikes }) => strikes > 0).map((fault) => fault.undoneAtMs);
  const ends = jobs.map(({ id }) => observer.record(id)?.history.at(-1)?.atMs ?? 0);
  return undone.length === 0 ? 0 : Math.max(0, Math.max(...ends) - Math.max(...undone));
}
