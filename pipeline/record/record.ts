/** The job record: the truth about a job. Orders only trigger; whoever acts reads this first and writes by compare-and-set. */
import type { Lane, Stage } from "../stages.js";
import { newId } from "./id.js";

const TERMINAL_STATES = ["SUCCEEDED", "FAILED", "CANCELLED", "EXPIRED"] as const;
export const JOB_STATES = ["QUEUED", "DEPTH", "RENDER", "ENCODE", ...TERMINAL_STATES] as const;
export type JobState = (typeof JOB_STATES)[number];

const TERMINAL: ReadonlySet<JobState> = new Set(TERMINAL_STATES);

/** State changes kept; the oldest in the middle are dropped first. */
const HISTORY_LIMIT = 64;

/** A decision to publish. */
export interface OrderRef {
  readonly id: string;
  /** Its place in the stage's stream, noted by the first worker that takes it; null until then. */
  readonly seq: number | null;
  readonly decidedAtMs: number;
  readonly generation: number;
  readonly address?: string;
}

/** The right of one worker to act for a stage. A new token is made at every take. */
export interface Lease {
  readonly token: string;
  readonly worker: string;
  /** host:port where the worker serves what it makes while it makes it. */
  readonly address?: string;
  readonly orderId: string;
  readonly renewedAtMs: number;
  readonly untilMs: number;
  /** Encode has read the last frame: its source may go. */
  readonly framesComplete?: boolean;
}

export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json };

export interface StageRecord {
  readonly done: boolean;
  /** Token of the lease that committed it; empty until then. */
  readonly doneBy: string;
  readonly output: Json;
  readonly order: OrderRef | null;
  readonly lease: Lease | null;
  /** Failures of the job's own that were retried. */
  readonly attempts: number;
  /** Times that a lease was taken over because its owner went silent. */
  readonly crashes: number;
  /** Times since its last failure that the stage was given back because a part of the mesh was away. */
  readonly deferrals: number;
  /** How many of the last of them, in a row, left it to a worker that can make what the job asks for. */
  readonly leftToOthers?: number;
}

export interface JobError {
  readonly reason: string;
  readonly message: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** One state change. `reason` is empty on the healthy way. */
export interface HistoryEntry {
  readonly number: number;
  readonly atMs: number;
  readonly state: JobState;
  readonly reason: string;
}

/** A file the job has made, in the blob store under its hash. */
export interface ArtifactRecord {
  readonly name: string;
  readonly mediaType: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  /** The stage that made it; every artifact in a record has one. */
  readonly stage?: Stage;
  /** What was measured in a video. */
  readonly video?: VideoFacts;
}

/** Names as ffprobe gives them. */
export interface VideoFacts {
  /** Place of the output in the specification, from 0. */
  readonly output: number;
  readonly durationSeconds: number;
  readonly codec: string;
  readonly pixelFormat: string;
  /** Empty without sound. */
  readonly soundCodec: string;
  readonly encoder: string;
}

/** What the caller should know of a result that was made all the same. */
export interface NoteRecord {
  /** The stage that found it. */
  readonly stage: Stage;
  readonly code: string;
  readonly message: string;
  readonly metadata: Readonly<Record<string, string>>;
}

export type Progress = Readonly<Record<Stage, number>>;

export interface JobRecord {
  readonly id: string;
  readonly tenant: string;
  readonly state: JobState;
  readonly generation: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly lane: Lane;
  /** SHA-256 of the spec's blob and of the photo's. */
  readonly specBlob: string;
  readonly photoBlob: string;
  /** SHA-256 of the blob that takes the place of an estimate, where the caller sent one. */
  readonly depthMapBlob?: string;
  /** SHA-256 of the blob of the sound, where the caller sent one. */
  readonly soundBlob?: string;
  /** The stage whose commit ends the job. */
  readonly lastStage: Stage;
  readonly traceId: string;
  /** The job must have ended by then; null: no hurry. */
  readonly deadlineAtMs: number | null;
  /** The job whose work this one goes on with. */
  readonly retryOf?: string;
  /** The jobs that went on with this one's work, the latest last. */
  readonly retriedAs: readonly string[];
  /** The result is an earlier job's. */
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
  > {
  readonly deadlineAtMs?: number | null;
  readonly nowMs: number;
}

const IDLE: StageRecord = {
  done: false,
  doneBy: "",
  output: null,
  order: null,
  lease: null,
  attempts: 0,
  crashes: 0,
  deferrals: 0,
};

/** A QUEUED record whose depth order is decided but not published yet. */
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

/** A record as an earlier version stored it, with what it did not have yet. */
export function upgradeRecord(stored: JobRecord): JobRecord {
  const { depth, render, encode } = stored.stages;
  return {
    ...{ notes: [], deadlineAtMs: null, retriedAs: [], cacheHit: false },
    ...stored,
    stages: {
      depth: { ...IDLE, ...depth },
      render: { ...IDLE, ...render },
      encode: { ...IDLE, ...encode },
    },
  };
}

/** A fresh order for a stage. */
export function decideOrder(generation: number, nowMs: number, address?: string): OrderRef {
  const order = { id: newId(nowMs), seq: null, decidedAtMs: nowMs, generation };
  return address === undefined ? order : { ...order, address };
}

export function isTerminal(record: Pick<JobRecord, "state">): boolean {
  return TERMINAL.has(record.state);
}

/** Clocks of two hosts differ by less. */
export const CLOCK_SKEW_MS = 60_000;

/** Whether a clock wrote the time that has been set back since: what counts from it would last for as long as that clock was wrong. */
export function isAhead(writtenAtMs: number, nowMs: number): boolean {
  return writtenAtMs > nowMs + CLOCK_SKEW_MS;
}

/** Whether a lease still keeps others off. */
export function isLive(lease: Lease | null, nowMs: number): lease is Lease {
  return lease !== null && lease.untilMs > nowMs && !isAhead(lease.renewedAtMs, nowMs);
}

/** Whether `token` still allows its holder to act for the stage. */
export function holds(record: JobRecord, stage: Stage, token: string): boolean {
  return !isTerminal(record) && record.stages[stage].lease?.token === token;
}

/** The record in another state, with its history entry. */
export function enterState(
  record: JobRecord,
  state: JobState,
  nowMs: number,
  reason = "",
): JobRecord {
  const number = (record.history.at(-1)?.number ?? 0) + 1;
  const history = [...record.history, { number, atMs: nowMs, state, reason }];
  // The first entry says when the job was made, the last ones what became of it.
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

/** Progress never goes back. */
export function withProgress(record: JobRecord, stage: Stage, fraction: number): JobRecord {
  const reached = Math.max(record.progress[stage], Math.min(1, fraction));
  return { ...record, progress: { ...record.progress, [stage]: reached } };
}
