/**
 * What is to come of a job: its place in a queue, and when it probably ends. It learns from every
 * ended job whose record the gateway reads, also after a restart.
 */
import { Experience, type JobEstimate, type Part } from "../../../core/estimate/experience.js";
import { type OpenPart, remainingSeconds } from "../../../core/estimate/remaining.js";
import type { JobWork } from "../../../core/estimate/work.js";
import type { Note } from "../../../core/spec/note.js";
import { Lru } from "../../../kit/async/lru.js";
import {
  beganAtMs,
  observationOf,
  partsOf,
  workOfRecord,
} from "../../../pipeline/record/observed-work.js";
import { isTerminal, type JobRecord, type Progress } from "../../../pipeline/record/record.js";
import type { Stage } from "../../../pipeline/stages.js";
import type { Fleet } from "../../../pipeline/topology/fleet.js";
import { WaitingJobs, waitingStage } from "./waiting-jobs.js";

export interface Outlook {
  /** Jobs of the same priority that wait for the same stage and come first. */
  readonly queuePosition?: number;
  /** Unix milliseconds, never in the past. */
  readonly endAtMs?: number;
}

const DEGRADED = "DEPTH_DEGRADED";
const MAX_MODELS = 64;
/** A job that ends now is told to end so much later. */
const SOON_MS = 500;

export class JobOutlook {
  readonly #experience = new Experience();
  readonly #waiting = new WaitingJobs();
  /** Of the latest job with each model that made its depth map: its note, or none. */
  readonly #degradations = new Lru<Note | undefined>(MAX_MODELS);
  readonly #fleet: Pick<Fleet, "live">;

  constructor(fleet: Pick<Fleet, "live">) {
    this.#fleet = fleet;
  }

  onRecord(record: JobRecord): void {
    this.#waiting.onRecord(record);
    const observation = isTerminal(record) ? observationOf(record) : undefined;
    if (!observation) return;
    this.#experience.learn(record.id, observation);
    if (observation.seconds.depth !== undefined) this.#keepDegradation(record, observation.work);
  }

  onRemoved(id: string): void {
    this.#waiting.onRemoved(id);
  }

  /** What ended jobs tell about such a job. */
  estimate(work: JobWork, parts: readonly Part[]): JobEstimate {
    return this.#experience.estimate(work, parts);
  }

  /** The note of the latest job with this model, if its map had to be made in a simpler way. */
  latestDegradation(model: string): Note | undefined {
    return this.#degradations.get(model);
  }

  /** `progress` may be newer than the record's. Empty for a job that has ended. */
  of(record: JobRecord, progress: Progress = record.progress, nowMs = Date.now()): Outlook {
    if (isTerminal(record)) return {};
    const stage = waitingStage(record, nowMs);
    const queuePosition = stage && this.#waiting.before(record.id);
    const seconds = this.#secondsLeft(record, progress, nowMs);
    const wait = stage ? this.#waitSeconds(record, stage, queuePosition ?? 0) : 0;
    const isKnown = seconds !== undefined && wait !== undefined;
    return {
      ...(queuePosition !== undefined && { queuePosition }),
      ...(isKnown && { endAtMs: nowMs + Math.max(SOON_MS, 1000 * (seconds + wait)) }),
    };
  }

  #keepDegradation({ notes }: JobRecord, { depth }: JobWork): void {
    const found = notes.find(({ code }) => code === DEGRADED);
    this.#degradations.set(depth, found && { ...found, code: DEGRADED }, 1);
  }

  #secondsLeft(record: JobRecord, progress: Progress, nowMs: number): number | undefined {
    const work = workOfRecord(record);
    const parts = partsOf(record);
    const expected = work && this.#experience.estimate(work, parts).parts;
    const open = parts
      .filter((part) => part === "drawing" || !record.stages.depth.done)
      .map((part): OpenPart => {
        const began = beganAtMs(record, part);
        return {
          expectedSeconds: expected?.[part]?.p50,
          // Clocks of other hosts may be ahead.
          elapsedSeconds: began === undefined ? undefined : Math.max(0, nowMs - began) / 1000,
          fraction: fractionOf(part, record, progress),
        };
      });
    return remainingSeconds(open);
  }

  /** The jobs before this one are taken to be like it. */
  #waitSeconds(record: JobRecord, stage: Stage, before: number): number | undefined {
    if (before === 0) return 0;
    const work = workOfRecord(record);
    const part: Part = stage === "depth" ? "depth" : "drawing";
    const each = work && this.#experience.estimate(work, [part]).parts[part]?.p50;
    return each === undefined ? undefined : (before * each) / this.#slots(stage);
  }

  /** How many jobs the workers of a stage carry out at a time. */
  #slots(stage: Stage): number {
    let slots = 0;
    for (const process of this.#fleet.live.values()) {
      if (process.service === stage && !process.draining) slots += process.slots;
    }
    return Math.max(1, slots);
  }
}

/** Frames are done when they are encoded, stills when they are drawn. */
function fractionOf(part: Part, { lastStage }: JobRecord, progress: Progress): number {
  if (part === "depth") return progress.depth;
  return lastStage === "encode" ? progress.encode : progress.render;
}
