/** A series of runs, one after another; a new mesh is started from time to time. */
import { readFile } from "node:fs/promises";
import type { FramesBy } from "../pipeline/settings.js";
import { type Evidence, linesSince } from "./judge/evidence.js";
import { settleBlobs } from "./judge/leftovers.js";
import { Observer } from "./judge/observer.js";
import { PolledStream } from "./judge/polled-stream.js";
import { StreamFollower } from "./judge/stream-follower.js";
import { drawRun, type RunPlan, seedOfRun } from "./plan/draw.js";
import type { FaultKind } from "./plan/fault.js";
import { MESH_PLANS, type MeshKind } from "./plan/mesh-kind.js";
import { executeRun, type RunContext, type RunResult } from "./run.js";
import { PersistentClient } from "./strike/client.js";
import { startClusterLab } from "./strike/cluster-lab.js";
import { GatewayLists } from "./strike/gateway-lists.js";
import type { Lab } from "./strike/lab.js";
import { startSingleLab } from "./strike/single-lab.js";

/** Runs on one mesh before a new one is started. */
const RUNS_PER_MESH = 50;
const START_ATTEMPTS = 4;

export interface SeriesOptions {
  readonly seed: number;
  /** Numbers of the runs, in order. */
  readonly runs: readonly number[];
  readonly kinds: readonly FaultKind[];
  readonly mesh: MeshKind;
  /** nats-server of a cluster; the first one of PATH by default. */
  readonly natsServer?: string | undefined;
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
    plan: drawRun(seedOfRun(options.seed, run), options.kinds, MESH_PLANS[options.mesh]),
  }));
  const ways = new Set(plans.map(({ plan }) => plan.framesBy));
  for (const framesBy of ways) {
    const ofWay = plans.filter(({ plan }) => plan.framesBy === framesBy);
    for (let done = 0; done < ofWay.length && !signal.aborted; ) {
      const context = await open(framesBy, options);
      try {
        const last = Math.min(done + RUNS_PER_MESH, ofWay.length);
        let isWhole = true;
        for (const { run, plan } of ofWay.slice(done, last)) {
          if (!isWhole || signal.aborted) break;
          done += 1;
          const isEnd = () => done === last || signal.aborted;
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
  isLast: () => boolean,
): Promise<NumberedResult> {
  const { observer, lab } = context;
  const executed = await executeRun(context, plan);
  const orphans = isLast() ? await settleBlobs(lab) : [];
  const result = { ...executed, violations: [...executed.violations, ...orphans] };
  if (result.violations.length === 0) return { run, ...result };
  const log = await readFile(lab.logFile, "utf8");
  const jobs = result.jobs.flatMap(({ id }) => [
    { id, revisions: observer.revisions(id), events: observer.events(id) },
    ...observer.livesOfSegments(id).map((life) => ({ ...life, events: [] })),
  ]);
  return { run, ...result, evidence: { jobs, log: linesSince(log, result.startedAtMs) } };
}

async function open(framesBy: FramesBy, { mesh, natsServer }: SeriesOptions): Promise<RunContext> {
  const lab = await (mesh === "single"
    ? startSingleLab(framesBy)
    : startedCluster(framesBy, natsServer));
  const observer = await observe(lab).catch(async (error) => {
    await lab.stop();
    throw error;
  });
  const client = new PersistentClient(lab.link("client/gateway").address);
  const auditor = new PersistentClient(lab.mesh.addressesOf("grpc"));
  const addresses = lab.mesh.children("gateway").map(({ address }) => address);
  const lists = new GatewayLists(addresses);
  return { lab, observer, client, auditor, lists, expiringClaims: new Set() };
}

/**
 * A cluster that has just started has no leader for seconds, which on a busy machine ends the first
 * start of a service; the start of a mesh is no part of a run.
 */
async function startedCluster(framesBy: FramesBy, natsServer: string | undefined): Promise<Lab> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startClusterLab(framesBy, natsServer);
    } catch (error) {
      if (attempt === START_ATTEMPTS) throw error;
      process.stderr.write(`the mesh is started again: ${error}\n`);
    }
  }
}

function observe({ bus, cluster }: Lab): Promise<Observer> {
  return Observer.start((options) =>
    cluster
      ? PolledStream.start(bus.atEach, options)
      : StreamFollower.start(bus.as("gateway"), options),
  );
}

async function close({ lab, observer, client, auditor, lists }: RunContext): Promise<void> {
  client.close();
  auditor.close();
  lists.close();
  observer.close();
  await lab.stop();
}
