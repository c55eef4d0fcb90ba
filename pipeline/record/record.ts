/**
 * The job record, the only source of truth about a job: its type, its first version, and small pure
 * functions on it. A worker reads it before it acts, and changes it by compare-and-set.
 */
import type { JobWork } from "../../core/estimate/work.js";
import type { SpecBrief } from "../../core/spec/brief.js";
import type { Lane, Stage } from "../stages.js";
import type { Division, SegmentFacts } from "./division.js";
import { newId } from "./id.js";
import { IDLE, type Lease, type OrderRef, type StageRecord } from "./stage-record.js";

const TERMINAL_STATES = ["SUCCEEDED", "FAILED", "CANCELLED", "EXPIRED"] as const;
export const JOB_STATES = ["QUEUED", "DEPTH", "RENDER", "ENCODE", ...TERMINAL_STATES] as const;
export type JobState = (typeof JOB_STATES)[number];

const TERMINAL: ReadonlySet<JobState> = new Set(TERMINAL_STATES);

/** History entries that a record keeps. Beyond it, the oldest entry after the first is dropped. */
const HISTORY_LIMIT = 64;

export interface JobError {
  readonly reason: string;
  readonly message: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** One state change. `reason` is empty for normal progress. */
export interface HistoryEntry {
  readonly number: number;
  readonly atMs: number;
  readonly state: JobState;
  readonly reason: string;
}

/** A file that the job has made; the blob store holds it under its hash. */
export interface ArtifactRecord {
  readonly name: string;
  readonly mediaType: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  /** The stage that made it. Every artifact in a record has one; reports leave it out. */
  readonly stage?: Stage;
  /** Measured in the finished file; videos only. */
  readonly video?: VideoFacts;
}

/** Codec and pixel format names are ffprobe's. */
export interface VideoFacts {
  /** Index of the output in the specification, from 0. */
  readonly output: number;
  readonly durationSeconds: number;
  readonly codec: string;
  readonly pixelFormat: string;
  /** Empty for a video without sound. */
  readonly soundCodec: string;
  readonly encoder: string;
}

/** Something that the caller should know about a result that was made nevertheless. */
export interface NoteRecord {
  /** The stage that added the note. */
  readonly stage: Stage;
  readonly code: string;
  readonly message: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Fractions in [0, 1]. */
export type Progress = Readonly<Record<Stage, number>>;

export interface JobRecord {
  readonly id: string;
  readonly tenant: string;
  readonly state: JobState;
  readonly generation: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly lane: Lane;
  /** SHA-256 of the blobs of the specification and of the photo. */
  readonly specBlob: string;
  readonly photoBlob: string;
  /** SHA-256 of the blob of the depth map that the caller supplied in place of an estimate. */
  readonly depthMapBlob?: string;
  /** SHA-256 of the blob of the sound that the caller supplied. */
  readonly soundBlob?: string;
  /** The stage whose commit ends the job. */
  readonly lastStage: Stage;
  readonly traceId: string;
  /** The job fails or expires if it has not ended by then; null means no deadline. */
  readonly deadlineAtMs: number | null;
  /**
   * Ids of the Convert calls for which the job is made: the last one that its client leaves cancels
   * it. Absent for a job that was made for whoever asks for it, which only a cancel ends.
   */
  readonly calls?: readonly string[];
  /** What a list of jobs shows of the specification. Records of earlier versions have none. */
  readonly brief?: SpecBrief;
  /** What decides how long the job takes. Records of earlier versions have none. */
  readonly work?: JobWork;
  /**
   * Set when a client has deleted the job: for callers it does not exist any more, and the gateway
   * removes its files, then this record.
   */
  readonly deletedAtMs?: number;
  /** Facts of the caller's own. Absent means none. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Ids of webhooks that are told of its end, besides those of every job. Absent means none. */
  readonly webhooks?: readonly string[];
  /** Id of the job that this one retries. */
  readonly retryOf?: string;
  /**
   * Id of the job of which this is one segment. Such a record is no job of a caller: whoever lists
   * or counts jobs skips it (`isSegment`).
   */
  readonly segmentOf?: string;
  /** Present with `segmentOf`: which part it is. */
  readonly segment?: SegmentFacts;
  /** How the clip is divided among records of segments; absent while it is made whole. */
  readonly division?: Division;
  /** Set when segments could not be joined: the clip is then made whole. */
  readonly undivided?: boolean;
  /** Ids of the jobs that retry this one, the latest last. */
  readonly retriedAs: readonly string[];
  /** Whether the result was taken over from an earlier job. */
  readonly cacheHit: boolean;
  readonly progress: Progress;
  readonly history: readonly HistoryEntry[];
  readonly stages: Readonly<Record<Stage, StageRecord>>;
  readonly artifacts: readonly ArtifactRecord[];
  readonly notes: readonly NoteRecord[];
  readonly error: JobError | null;
}

export interface NewJob
  extends Pick<
    JobRecord,
    | "id"
    | "tenant"
    | "lane"
    | "specBlob"
    | "photoBlob"
    | "depthMapBlob"
    | "soundBlob"
    | "lastStage"
    | "traceId"
    | "retryOf"
    | "labels"
    | "webhooks"
    | "brief"
    | "work"
    | "calls"
  > {
  readonly deadlineAtMs?: number | null;
  readonly nowMs: number;
}

/** Makes a QUEUED record whose depth order is decided but not published yet. */
export function newRecord({ nowMs, ...job }: NewJob): JobRecord {
  return {
    deadlineAtMs: null,
    ...job,
    state: "QUEUED",
    generation: 0,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    progress: { depth: 0, render: 0, encode: 0 },
    history: [{ number: 1, atMs: nowMs, state: "QUEUED", reason: "" }],
    stages: { depth: { ...IDLE, order: decideOrder(0, nowMs) }, render: IDLE, encode: IDLE },
    artifacts: [],
    notes: [],
    error: null,
    retriedAs: [],
    cacheHit: false,
  };
}

/** Decides a new order for a stage; its id is new, so it is another order for NATS too. */
export function decideOrder(generation: number, nowMs: number, address?: string): OrderRef {
  const order = { id: newId(nowMs), seq: null, decidedAtMs: nowMs, generation };
  return address === undefined ? order : { ...order, address };
}

export function isTerminal(record: Pick<JobRecord, "state">): boolean {
  return TERMINAL.has(record.state);
}

/** Whether the record is a part of another job's clip, which callers never see. */
export function isSegment({ segmentOf }: Pick<JobRecord, "segmentOf">): boolean {
  return segmentOf !== undefined;
}

/** The clocks of two hosts are assumed to differ by less than this. */
export const CLOCK_SKEW_MS = 60_000;

/**
 * Whether a time was written by a clock that was ahead and has been set back since. An interval
 * that starts at such a time would last longer by the clock's error.
 */
export function isAhead(writtenAtMs: number, nowMs: number): boolean {
  return writtenAtMs > nowMs + CLOCK_SKEW_MS;
}

/** Whether a lease still keeps other workers from the stage. */
export function isLive(lease: Lease | null, nowMs: number): lease is Lease {
  return lease !== null && lease.untilMs > nowMs && !isAhead(lease.renewedAtMs, nowMs);
}

/** Whether the holder of `token` may still act for the stage. */
export function holds(record: JobRecord, stage: Stage, token: string): boolean {
  return !isTerminal(record) && record.stages[stage].lease?.token === token;
}

/** The record in another state, with a history entry. */
export function enterState(
  record: JobRecord,
  state: JobState,
  nowMs: number,
  reason = "",
): JobRecord {
  const number = (record.history.at(-1)?.number ?? 0) + 1;
  const history = [...record.history, { number, atMs: nowMs, state, reason }];
  // The first entry has the time of creation, the latest ones tell how the job ended.
  if (history.length > HISTORY_LIMIT) history.splice(1, 1);
  return { ...record, state, history, updatedAtMs: nowMs };
}

/** The record with one stage changed. */
export function withStage(
  record: JobRecord,
  stage: Stage,
  change: Partial<StageRecord>,
): JobRecord {
  const stages = { ...record.stages, [stage]: { ...record.stages[stage], ...change } };
  return { ...record, stages };
}

/** The record with the stage's progress at `fraction`, unless it is further already. */
export function withProgress(record: JobRecord, stage: Stage, fraction: number): JobRecord {
  const reached = Math.max(record.progress[stage], Math.min(1, fraction));
  return { ...record, progress: { ...record.progress, [stage]: reached } };
}
