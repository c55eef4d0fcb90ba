/** What an ended job teaches about the next ones: the times in its record, and its files. */
import type { Observation, Part } from "../../core/estimate/experience.js";
import { type JobWork, STORED_WORK } from "../../core/estimate/work.js";
import { depthOutputOf } from "../../core/spec/stage-output.js";
import type { JobRecord, JobState } from "./record.js";

/** The parts that the job has, in the order in which it passes them. */
export function partsOf({ lastStage }: Pick<JobRecord, "lastStage">): readonly Part[] {
  return lastStage === "depth" ? ["depth"] : ["depth", "drawing"];
}

/**
 * When the work on a part began; undefined before that. A worker that took over began anew. Frames
 * are drawn and encoded together: while the encoder waits for its order, nothing is made.
 */
export function beganAtMs(record: JobRecord, part: Part): number | undefined {
  if (part === "depth") return enteredAtMs(record, "DEPTH");
  return enteredAtMs(record, record.lastStage === "encode" ? "ENCODE" : "RENDER");
}

function enteredAtMs({ history }: JobRecord, state: JobState): number | undefined {
  return history.findLast((entry) => entry.state === state)?.atMs;
}

/** What the record says about the job's size; undefined in records of earlier versions. */
export function workOfRecord({ work }: Pick<JobRecord, "work">): JobWork | undefined {
  try {
    return work && STORED_WORK(work, "the job's work");
  } catch {
    // It must not hide the job.
    return undefined;
  }
}

/**
 * Undefined for a job that did not succeed, that was interrupted, whose clip several workers made,
 * or that took its result from another one: its times are not those of its work.
 */
export function observationOf(record: JobRecord): Observation | undefined {
  const work = workOfRecord(record);
  const isPlain =
    record.state === "SUCCEEDED" &&
    !record.cacheHit &&
    record.division === undefined &&
    record.history.every(({ reason }) => reason === "");
  if (!work || !isPlain) return undefined;
  const endedAtMs = record.history.at(-1)?.atMs;
  // Depth's commit decides render's order in the same change.
  const mapAtMs =
    record.lastStage === "depth" ? endedAtMs : record.stages.render.order?.decidedAtMs;
  const depth = hasMadeMap(record) ? secondsTo(record, "depth", mapAtMs) : undefined;
  const drawing =
    record.lastStage === "depth" ? undefined : secondsTo(record, "drawing", endedAtMs);
  return {
    work,
    seconds: { ...(depth !== undefined && { depth }), ...(drawing !== undefined && { drawing }) },
    outputBytes: work.outputs.map(
      (_, i) => record.artifacts.find(({ video }) => video?.output === i)?.sizeBytes,
    ),
  };
}

/** Whether the map was made for this job: not by the job that it retries, and not reused. */
function hasMadeMap({ retryOf, stages }: JobRecord): boolean {
  if (retryOf !== undefined) return false;
  try {
    return !depthOutputOf(stages.depth.output).cacheHit;
  } catch {
    return false;
  }
}

function secondsTo(record: JobRecord, part: Part, atMs: number | undefined): number | undefined {
  const began = beganAtMs(record, part);
  return began === undefined || atMs === undefined ? undefined : (atMs - began) / 1000;
}
