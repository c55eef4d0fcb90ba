/** What the page shows of a job that is being made, from the job and the events that follow it. */
import type {
  JobEventJson,
  JobJson,
  JobProgressJson,
  JobStateJson,
} from "../../../../proto/gen/json/depthmesh/v1/job_pb.js";
import { hasEnded } from "../api/job-events.js";

export type Stage = "depth" | "render" | "encode";
export const STAGES: readonly Stage[] = ["depth", "render", "encode"];

export interface StageView {
  readonly stage: Stage;
  /** 0 to 100, whole. */
  readonly percent: number;
  readonly state: "waiting" | "running" | "done";
}

/** The id of `jobs/{job}`. */
export function jobId({ name }: Pick<JobJson, "name">): string {
  return (name ?? "").replace(/^jobs\//, "");
}

/** The job after an event. What the event does not tell stays as it was. */
export function withEvent(job: JobJson, event: JobEventJson): JobJson {
  const { number = 0, stateChange, progress } = event;
  const lastEvent = Math.max(job.lastEvent ?? 0, number);
  if (progress) return { ...job, lastEvent, progress };
  if (!stateChange) return job;
  const { state, error } = stateChange;
  return { ...job, lastEvent, ...(state && { state }), ...(error && { error }) };
}

/**
 * The newer of two forms of a job: an answer of the API can be overtaken by events that came after
 * it was asked.
 */
export function newerOf(known: JobJson, answer: JobJson): JobJson {
  if ((known.lastEvent ?? 0) <= (answer.lastEvent ?? 0)) return answer;
  const { state, error, lastEvent } = known;
  return { ...answer, ...(state && { state }), ...(error && { error }), lastEvent: lastEvent ?? 0 };
}

/**
 * The three stages with their bars. Frames are drawn while they are encoded, so that two stages can
 * run at once.
 */
export function stagesOf({
  state,
  progress = {},
}: Pick<JobJson, "state" | "progress">): StageView[] {
  const current = CURRENT[state ?? "JOB_STATE_UNSPECIFIED"];
  return STAGES.map((stage, index) => {
    const fraction = state === "JOB_STATE_SUCCEEDED" ? 1 : fractionOf(progress, stage);
    const isRunning = !hasEnded(state) && (index === current || fraction > 0);
    return {
      stage,
      percent: Math.floor(100 * fraction),
      state: fraction === 1 ? "done" : isRunning ? "running" : "waiting",
    };
  });
}

/** Index of the stage that a state stands for. */
const CURRENT: Readonly<Partial<Record<JobStateJson, number>>> = {
  JOB_STATE_DEPTH: 0,
  JOB_STATE_RENDER: 1,
  JOB_STATE_ENCODE: 2,
};

function fractionOf(progress: JobProgressJson, stage: Stage): number {
  const value = Number(progress[stage] ?? 0);
  return Number.isFinite(value) ? Math.min(1, Math.max(0, value)) : 0;
}

/** Seconds until the job probably ends; undefined while nothing is known, and once it has ended. */
export function secondsLeft(
  { state, progress }: Pick<JobJson, "state" | "progress">,
  nowMs: number,
): number | undefined {
  const end = progress?.estimatedEndTime;
  if (end === undefined || hasEnded(state)) return undefined;
  return Math.max(0, (Date.parse(end) - nowMs) / 1000);
}

/** Jobs that wait before this one; undefined if it does not wait. */
export function queuePosition({ state, progress }: JobJson): number | undefined {
  return hasEnded(state) ? undefined : progress?.queuePosition;
}
