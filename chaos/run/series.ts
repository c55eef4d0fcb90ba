/** Many runs, one after another, over meshes that are started anew now and then. */
import { readFile } from "node:fs/promises";
import { Lab, LEASE_MS } from "../mesh/lab.js";
import { Observer } from "../observe/observer.js";
import { drawRun, type RunPlan, seedOfRun } from "../plan/draw.js";
import type { FaultKind } from "../plan/fault.js";
import { PersistentClient } from "./client.js";
import { executeRun, type RunContext, type RunResult } from "./run.js";

/** What one mesh goes through before another takes its place. */
const RUNS_OF_A_MESH = 50;
const LOG_TAIL_CHARACTERS = 200_000;

export interface SeriesOptions {
  readonly seed: number;
  /** Numbers of the runs, in their order. */
  readonly runs: readonly number[];
  readonly kinds: readonly FaultKind[];
}

export interface NumberedResult extends RunResult {
  readonly run: number;
  /** Set where something was violated: all that was seen of it. */
  readonly evidence?: Evidence;
}

export interface Evidence {
  readonly revisions: Readonly<Record<string, unknown>>;
  /** End of the log of all processes. */
  readonly log: string;
}

/** Results as they come. Stops before the next run when the signal fires; whatever was started is stopped at its end. */
export async function* runSeries(
  options: SeriesOptions,
  signal: AbortSignal,
): AsyncGenerator<NumberedResult> {
  let context: RunContext | undefined;
  let runsOfThis = 0;
  try {
    for (const run of options.runs) {
      if (signal.aborted) return;
      if (context && runsOfThis === RUNS_OF_A_MESH) {
        await close(context);
        context = undefined;
      }
      context ??= await open();
      runsOfThis = context ? runsOfThis + 1 : 0;
      const plan = drawRun(seedOfRun(options.seed, run), options.kinds, LEASE_MS);
      const result = await numbered(context, run, plan);
      yield result;
      if (result.violations.length > 0) {
        await close(context);
        context = undefined;
      }
    }
  } finally {
    if (context) await close(context);
  }
}

async function numbered(context: RunContext, run: number, plan: RunPlan): Promise<NumberedResult> {
  const result = await executeRun(context, plan);
  if (result.violations.length === 0) return { run, ...result };
  const { observer, lab } = context;
  const revisions = Object.fromEntries(result.jobs.map(({ id }) => [id, observer.revisions(id)]));
  const log = (await readFile(lab.logFile, "utf8")).slice(-LOG_TAIL_CHARACTERS);
  return { run, ...result, evidence: { revisions, log } };
}

async function open(): Promise<RunContext> {
  const lab = await Lab.start();
  const observer = await Observer.start(lab.mesh.natsUrl);
  const client = new PersistentClient(lab.link("client/gateway").address);
  const auditor = new PersistentClient(lab.mesh.address);
  return { lab, observer, client, auditor };
}

async function close({ lab, observer, client, auditor }: RunContext): Promise<void> {
  client.close();
  auditor.close();
  await observer.close();
  await lab.stop();
}
