/**
 * One run: submits its jobs, applies its faults, waits until the mesh is idle, and checks
 * everything.
 */
import { checkAgreement } from "./judge/agreement.js";
import { checkEnd, checkEvents, expectationOf } from "./judge/end.js";
import { settle } from "./judge/leftovers.js";
import type { Observer } from "./judge/observer.js";
import { checkResults } from "./judge/results.js";
import { checkRevisions } from "./judge/revisions.js";
import type { RunPlan } from "./plan/draw.js";
import { applyFault } from "./strike/apply.js";
import { type PersistentClient, type Submitted, submitJob } from "./strike/client.js";
import type { AppliedFault } from "./strike/context.js";
import type { GatewayLists } from "./strike/gateway-lists.js";
import type { Lab } from "./strike/lab.js";

/**
 * Limit from the start of a run to the end of its last job. A lost order waits for order recovery,
 * and a poisoned job for five crashes.
 */
const JOBS_MS = 120_000;
/** The same in a cluster, where a lost lease takes longer. */
const CLUSTER_JOBS_MS = 300_000;
/** Limit from the end of a job to its last event; a gateway may have to start first. */
const EVENTS_MS = 15_000;
/** Limit for reading the results of one job. */
const AUDIT_MS = 30_000;

/** What the runs on one mesh share. */
export interface RunContext {
  readonly lab: Lab;
  readonly observer: Observer;
  /** Submits the jobs; faults can cut its connection. */
  readonly client: PersistentClient;
  /** Reads the results; its connection is never cut. */
  readonly auditor: PersistentClient;
  /** Of every gateway. */
  readonly lists: GatewayLists;
  /** Claims that struck gateways of this mesh have left. */
  readonly expiringClaims: Set<string>;
}

export interface RunResult {
  readonly plan: RunPlan;
  readonly faults: readonly AppliedFault[];
  readonly jobs: readonly Submitted[];
  /** For each job the reason of its error, or else its final state. */
  readonly ends: readonly string[];
  /** Broken invariants, as sentences. */
  readonly violations: readonly string[];
  readonly startedAtMs: number;
  readonly durationMs: number;
  /**
   * From when the last fault was undone to the end of the last job; 0 when the jobs ended earlier.
   */
  readonly recoveryMs: number;
  /** Acknowledged revisions that nats-server had lost after it was killed. */
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
  const strike = { lab, observer, over: over.signal, firstJob };
  const faulting = Promise.all(plan.faults.map((fault) => applyFault(strike, fault)));
  const violations: string[] = [];
  const jobs = await untilJobsEnd(context, plan, firstAccepted).catch((error: unknown) => {
    violations.push(`the run did not finish: ${error}`);
    return [];
  });
  over.abort();
  firstAccepted(undefined);
  const faults = await faulting;
  violations.push(...(await settle(lab)));
  if (lab.cluster) violations.push(...(await checkCluster(context, faults)));
  const lost = observer.lostWrites - lostWrites;
  // One of three servers may be struck, which loses nothing.
  if (lab.cluster && lost > 0) violations.push(`${lost} acknowledged versions of records are lost`);
  const ids = jobs.map(({ id }) => id);
  // Events that are still missing after this are reported below.
  await observer
    .until(() => observer.withoutLastEvent(ids).length === 0, AbortSignal.timeout(EVENTS_MS))
    .catch(() => {});
  for (const [index, job] of jobs.entries()) {
    const wrong = await checkJob(context, job, index, faults);
    wrong.push(...checkSegments(observer, job.id));
    violations.push(...wrong.map((what) => `${job.id}: ${what}`));
  }
  return {
    ...{ plan, faults, jobs, violations },
    ends: jobs.map(({ id }) => endOf(observer, id)),
    startedAtMs,
    durationMs: Date.now() - startedAtMs,
    recoveryMs: recoveryMs(observer, jobs, faults),
    lostWrites: lost,
  };
}

async function untilJobsEnd(
  { client, observer, lab }: RunContext,
  plan: RunPlan,
  firstAccepted: (id: string) => void,
): Promise<Submitted[]> {
  const signal = AbortSignal.timeout(lab.cluster ? CLUSTER_JOBS_MS : JOBS_MS);
  const jobs = await Promise.all(
    plan.jobs.map((job, index) => {
      const accepted = index === 0 ? firstAccepted : () => {};
      return submitJob(client, job, `chaos ${plan.seed} ${index}`, accepted, signal);
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
  faults: readonly AppliedFault[],
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

/** What only a mesh of several gateways can get wrong. */
async function checkCluster(
  { lab, observer, lists, expiringClaims }: RunContext,
  faults: readonly AppliedFault[],
): Promise<string[]> {
  const mayHaveClaims = faults.some(({ fault, strikes }) => {
    if (strikes === 0) return false;
    if (fault.kind === "failpoint") return fault.service === "gateway";
    // A claim that could not be removed expires.
    if (fault.kind === "signal") return fault.place.service === "gateway";
    return ["node", "rolling-restart", "step-down", "cut"].includes(fault.kind);
  });
  return checkAgreement({ lab, observer, lists, mayHaveClaims, expiringClaims });
}

/** Segments follow the rules of jobs, each is made once, and callers are told of none. */
function checkSegments(observer: Observer, job: string): string[] {
  return observer.livesOfSegments(job).flatMap(({ id, revisions }) => {
    const wrong = checkRevisions(revisions);
    const names = revisions.at(-1)?.record.artifacts.map(({ name }) => name) ?? [];
    if (new Set(names).size < names.length) wrong.push(`artifacts are listed twice: ${names}`);
    if (observer.events(id).length > 0) wrong.push("callers are told of it");
    return wrong.map((what) => `segment ${id}: ${what}`);
  });
}

/** How a job ended, in one word. */
function endOf(observer: Observer, id: string): string {
  const record = observer.record(id);
  return record?.error?.reason ?? record?.state ?? "lost";
}

function recoveryMs(
  observer: Observer,
  jobs: readonly Submitted[],
  faults: readonly AppliedFault[],
): number {
  const undone = faults.filter(({ strikes }) => strikes > 0).map((fault) => fault.undoneAtMs);
  const ends = jobs.map(({ id }) => observer.record(id)?.history.at(-1)?.atMs ?? 0);
  return undone.length === 0 ? 0 : Math.max(0, Math.max(...ends) - Math.max(...undone));
}
