/**
 * Reads a job record as it is stored. A bucket can hold what this process cannot use: bytes that
 * are no JSON, another shape, a record of a later version, or one that stands under another job's
 * key. Whoever reads many records skips those.
 */
import { z } from "zod";
import { DepthmeshError } from "../../core/errors.js";
import { STAGES } from "../stages.js";
import { JOB_STATES, type JobRecord } from "./record.js";
import { IDLE } from "./stage-record.js";
import type { JobStore, ReadOptions, Versioned } from "./store.js";

/**
 * A record without a version has version 1. A new field with a default needs no new version; raise
 * it for a new state, or a field with another meaning, and let `newRecord` write it then.
 */
const RECORD_VERSION = 1;

const text = z.string();
const count = z.number();
const facts = z.record(z.string(), text);

/** Parts of a record; the result cache keeps the last two as well. */
const leaseSchema = z.looseObject({
  token: text,
  worker: text,
  address: text.optional(),
  orderId: text,
  renewedAtMs: count,
  untilMs: count,
});
const orderSchema = z.looseObject({
  id: text,
  seq: count.nullable(),
  decidedAtMs: count,
  generation: count,
  address: text.optional(),
});
const stageSchema = z.looseObject({
  done: z.boolean(),
  doneBy: text,
  order: orderSchema.nullable(),
  lease: leaseSchema.nullable(),
  attempts: count,
  crashes: count,
  deferrals: count,
});
export const artifactSchema = z.looseObject({
  name: text,
  mediaType: text,
  sizeBytes: count,
  sha256: text,
  width: count,
  height: count,
  frames: count,
});
const historySchema = z.looseObject({
  number: count,
  atMs: count,
  state: z.enum(JOB_STATES),
  reason: text,
});
export const noteSchema = z.looseObject({
  stage: z.enum(STAGES),
  code: text,
  message: text,
  metadata: facts,
});
const range = { firstFrame: count, frames: count };
const divisionSchema = z.looseObject({
  id: text,
  quality: text,
  ranges: z.array(z.looseObject(range)),
  traceParent: text,
  retries: count,
});
const segmentSchema = z.looseObject({ division: text, index: count, quality: text, ...range });
const recordSchema = z.looseObject({
  id: text,
  tenant: text,
  state: z.enum(JOB_STATES),
  generation: count,
  createdAtMs: count,
  updatedAtMs: count,
  lane: text,
  specBlob: text,
  photoBlob: text,
  depthMapBlob: text.optional(),
  soundBlob: text.optional(),
  webhooks: z.array(text).optional(),
  segmentOf: text.optional(),
  segment: segmentSchema.optional(),
  division: divisionSchema.optional(),
  undivided: z.boolean().optional(),
  lastStage: z.enum(STAGES),
  traceId: text,
  deadlineAtMs: count.nullable(),
  retriedAs: z.array(text),
  cacheHit: z.boolean(),
  progress: z.looseObject({ depth: count, render: count, encode: count }),
  history: z.array(historySchema).min(1),
  stages: z.looseObject({ depth: stageSchema, render: stageSchema, encode: stageSchema }),
  artifacts: z.array(artifactSchema),
  notes: z.array(noteSchema),
  error: z.looseObject({ reason: text, message: text, metadata: facts }).nullable(),
});
/** What `upgradeRecord` needs. */
const outlineSchema = z.looseObject({
  version: z.number().int().optional(),
  stages: z.looseObject({
    depth: z.looseObject({}),
    render: z.looseObject({}),
    encode: z.looseObject({}),
  }),
});

/** Adds the fields that a record lacks when an earlier version of the code stored it. */
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

/**
 * The record in `bytes`, which stand under the key `id`, with the fields of later versions kept.
 * Throws JOB_RECORD_UNREADABLE.
 */
export function parseRecord(bytes: Uint8Array, id: string): JobRecord {
  const json = parseJson(bytes, id);
  const outline = outlineSchema.safeParse(json);
  if (!outline.success) throw unreadable(id, firstIssue(outline.error), outline.error);
  const { version = RECORD_VERSION } = outline.data;
  if (version > RECORD_VERSION) {
    const words = `it has version ${version}; this server reads versions up to ${RECORD_VERSION}`;
    throw unreadable(id, words);
  }
  const record = upgradeRecord(json as JobRecord);
  const checked = recordSchema.safeParse(record);
  if (!checked.success) throw unreadable(id, firstIssue(checked.error), checked.error);
  if (record.id !== id) throw unreadable(id, "it is the record of another job");
  return record;
}

function parseJson(bytes: Uint8Array, id: string): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch (error) {
    throw unreadable(id, "it is not JSON", error);
  }
}

function firstIssue({ issues: [issue] }: z.ZodError): string {
  const at = issue?.path.join(".") || "the record";
  return `${at}: ${issue?.message.toLowerCase()}`;
}

function unreadable(id: string, why: string, cause?: unknown): DepthmeshError {
  const message = `the job's record cannot be read: ${why}`;
  return new DepthmeshError("JOB_RECORD_UNREADABLE", message, { metadata: { job: id }, cause });
}

/** Whether a record cannot be read, as against one that is away or absent. */
export function isUnreadable(error: unknown): boolean {
  return error instanceof DepthmeshError && error.reason === "JOB_RECORD_UNREADABLE";
}

/** For callers that go on without a record that cannot be read. Throws BUS_UNAVAILABLE. */
export async function readIfReadable(
  store: Pick<JobStore, "read">,
  id: string,
  options?: ReadOptions,
): Promise<Versioned | "unreadable" | undefined> {
  try {
    return await store.read(id, options);
  } catch (error) {
    if (isUnreadable(error)) return "unreadable";
    throw error;
  }
}
