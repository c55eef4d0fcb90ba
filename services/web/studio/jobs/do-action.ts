/** Carries out an action on jobs, asks before deleting, and says what came of it. */
import { signal } from "@preact/signals";
import type { JobJson, JobStageJson } from "../../../../proto/gen/json/depthmesh/v1/job_pb.js";
import { cancelJob, deleteJob, retryJob } from "../api/job-calls.js";
import { STRINGS } from "../strings.js";
import type { Question } from "../widgets/confirm-dialog.js";
import { actionsFor, actOnEach, type JobAction, type Outcome } from "./job-actions.js";
import { jobTitle } from "./job-state.js";
import { hideJobs, showJob } from "./jobs-store.js";

/** What is asked before jobs are deleted. */
export const question = signal<Question | undefined>(undefined);
/** What the last action has done, for a live region. */
export const said = signal("");
/** Longer ago than the way from one page to the next takes. */
const OLD_MS = 1_000;
let saidAtMs = 0;

/** When a page is left: what was said just before is for the page that comes. */
export function forgetOld(): void {
  if (performance.now() - saidAtMs < OLD_MS) return;
  said.value = "";
  refusals.value = [];
}

/** Jobs that the last action was refused for. */
export const refusals = signal<Outcome["refused"]>([]);
/** Names of jobs that an action is on its way for. */
export const busy = signal<ReadonlySet<string>>(new Set());

export interface ActionOptions {
  /** Of a retry: the first stage to repeat. */
  readonly fromStage?: JobStageJson;
  /** Called once it is done to all that were not refused, with the jobs that it has made. */
  readonly after?: (outcome: Outcome, made: readonly JobJson[]) => void;
}

export function startAction(
  action: JobAction,
  jobs: readonly JobJson[],
  options: ActionOptions = {},
): void {
  const fitting = jobs.filter(
    (job) =>
      (actionsFor(job).includes(action) || options.fromStage !== undefined) &&
      !busy.value.has(job.name ?? ""),
  );
  if (fitting.length === 0) return;
  if (action !== "delete") {
    void doAction(action, fitting, options);
    return;
  }
  const { title, text, yes, no } = STRINGS.jobs.confirmDelete;
  const what = fitting[0] && fitting.length === 1 ? jobTitle(fitting[0]) : "";
  question.value = {
    ...{ title: title(fitting.length, what), text, yes, no },
    act: () => void doAction(action, fitting, options),
  };
}

async function doAction(
  action: JobAction,
  jobs: readonly JobJson[],
  { fromStage, after }: ActionOptions,
): Promise<void> {
  const names = new Set(jobs.map(({ name = "" }) => name));
  busy.value = new Set([...busy.value, ...names]);
  refusals.value = [];
  const made: JobJson[] = [];
  const outcome = await actOnEach(jobs, async (job) => {
    const { name = "" } = job;
    if (action === "delete") {
      await deleteJob(name);
      hideJobs(new Set([name]));
      return;
    }
    const answer = await (action === "cancel" ? cancelJob(name) : retryJob(name, fromStage));
    made.push(answer);
    showJob(answer);
  });
  busy.value = new Set([...busy.value].filter((name) => !names.has(name)));
  refusals.value = outcome.refused;
  saidAtMs = performance.now();
  said.value = STRINGS.jobs.done[action](outcome.done, outcome.refused.length);
  after?.(outcome, made);
}
