/** A series of runs, one after another; a new mesh is started from time to time. */
import { readFile } from "node:fs/promises";
import type { FramesBy } from "../pipeline/settings.js";
import { type Evidence, linesSince } from "./judge/evidence.js";
import { settleBlobs } from "./judge/leftovers.js";
import { Observer } from "./judge/observer.js";
import { drawRun, type RunPlan, seedOfRun } from "./plan/draw.js";
import type { FaultKind } from "./plan/fault.js";
import { executeRun, type RunContext, type RunResult } from "./run.js";
import { PersistentClient } from "./strike/client.js";
import { Lab, LEASE_MS } from "./strike/lab.js";

/** Runs on one mesh before a new one is started. */
const RUNS_PER_MESH = 50;

export interface SeriesOptions {
  readonly seed: number;
  /** Numbers of the runs, in order. */
  readonly runs: readonly number[];
  readonly kinds: readonly FaultKind[];
}

export interface NumberedResult extends RunResult {
  readonly run: number;
  /** Set when the run has violations: everything that was observed. */
  readonly evidence?: Evidence;
}

/**
 * Yields the result of each run, first of those whose frames take one way, then of the others,
 * because a mesh has one way. A mesh with a violation is replaced. When the signal fires, the
 * series ends after the current run and stops its mesh.
 */
export async function* runSeries(
  options: SeriesOptions,
  signal: AbortSignal,
): AsyncGenerator<NumberedResult> {
  const plans = options.runs.map((run) => ({
    run,
    plan: drawRun(seedOfRun(options.seed, run), options.kinds, LEASE_MS),
  }));
  const ways = new Set(plans.map(({ plan }) => plan.framesBy));
  for (const framesBy of ways) {
    const ofWay = plans.filter(({ plan }) => plan.framesBy === framesBy);
    for (let done = 0; done < ofWay.length && !signal.aborted; ) {
      const context = await open(framesBy);
      try {
        const last = Math.min(done + RUNS_PER_MESH, ofWay.length);
        let isWhole = true;
        for (const { run, plan } of ofWay.slice(done, last)) {
          if (!isWhole || signal.aborted) break;
          done += 1;
          const isEnd = done === last || signal.aborted;
          const result = await executeNumbered(context, run, plan, isEnd);
          isWhole = result.violations.length === 0;
          yield result;
        }
      } finally {
        await close(context);
      }
    }
  }
}

/** Executes one run; after the last run of a mesh it also checks for orphaned blobs. */
async function executeNumbered(
  context: RunContext,
  run: number,
  plan: RunPlan,
  isLast: boolean,
): Promise<NumberedResult> {
  const { observer, lab } = context;
  const executed = await executeRun(context, plan);
  const orphans = isLast ? await settleBlobs(lab) : [];
  const result = { ...executed, violations: [...executed.violations, ...orphans] };
  if (result.violations.length === 0) return { run, ...result };
  const log = await readFile(lab.logFile, "utf8");
  const jobs = result.jobs.map(({ id }) => ({
    ...{ id, revisions: observer.revisions(id), events: observer.events(id) },
  }));
  return { run, ...result, evidence: { jobs, log: linesSince(log, result.startedAtMs) } };
}

async function open(framesBy: FramesBy): Promise<RunContext> {
  const lab = await Lab.start(framesBy);
  const observer = await Observer.start(lab.bus.as("gateway")).catch(async (error) => {
    await lab.stop();
    throw error;
  });
  const client = new PersistentClient(lab.link("client/gateway").address);
  const auditor = new PersistentClient(lab.mesh.address);
  return { lab, observer, client, auditor };
}

async function close({ lab, observer, client, auditor }: RunContext): Promise<void> {
  client.close();
  auditor.close();
  observer.close();
  await lab.stop();
}
