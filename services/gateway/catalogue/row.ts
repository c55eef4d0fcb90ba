/** What the catalogue keeps of a job's record. */
import { hashesIn } from "../../../kit/blobs/store.js";
import { isSegment, isTerminal, type JobRecord } from "../../../pipeline/record/record.js";
import type { JobRow } from "./tables.js";

const MAX_INTEGER = 2 ** 31 - 1;

/** As the catalogue stores a row: plain JSON, which Postgres takes whatever is in the record. */
export function rowOf(record: JobRecord, revision: number): JobRow {
  const last = record.history.at(-1);
  return {
    ...{ id: record.id, tenant: plain(record.tenant), state: record.state, revision },
    created_at_ms: whole(record.createdAtMs),
    ended_at_ms: isTerminal(record) ? whole(last?.atMs ?? record.updatedAtMs) : null,
    deleted_at_ms: record.deletedAtMs === undefined ? null : whole(record.deletedAtMs),
    last_entry: Math.min(MAX_INTEGER, whole(last?.number ?? 0)),
    labels: Object.entries(record.labels ?? {}).map(([key, value]) => labelText(key, value)),
    blobs: [...new Set(hashesIn(JSON.stringify(record)).map(blobKey))],
    is_segment: isSegment(record),
    pixel_frames: whole(record.work?.pixelFrames ?? 0),
    stored_bytes: storedBytes(record),
  };
}

/** A file that two outputs share is stored once. */
function storedBytes({ artifacts }: JobRecord): number {
  const sizes = new Map(artifacts.map(({ sha256, sizeBytes }) => [sha256, sizeBytes]));
  return whole([...sizes.values()].reduce((sum, size) => sum + size, 0));
}

/** A key has no space (`checkedLabels`). */
export function labelText(key: string, value: string): string {
  return plain(`${key} ${value}`);
}

/** The first 128 bits of a hash, as a UUID: enough to tell blobs apart, at half the room. */
export function blobKey(sha256: string): string {
  const digits = sha256.slice(0, 32);
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** Postgres has no zero characters and no halves of characters in its texts. */
function plain(text: string): string {
  return Buffer.from(text).toString().replaceAll("\0", "\ufffd");
}

function whole(value: number): number {
  if (!Number.isFinite(value)) return 0;
  return Math.max(0, Math.min(Number.MAX_SAFE_INTEGER, Math.round(value)));
}
