/** The tables of the catalogue, as Kysely knows them. migrations.ts makes them. */
import type { Kysely } from "kysely";

export interface JobRow {
  readonly id: string;
  readonly tenant: string;
  readonly state: string;
  /** Unix milliseconds, as all times here. */
  readonly created_at_ms: number;
  /** Null for a job that has not ended. */
  readonly ended_at_ms: number | null;
  /** Set when a client has deleted the job and its files are being removed. */
  readonly deleted_at_ms: number | null;
  /** Number of its last history entry. */
  readonly last_entry: number;
  /** Of the record in its bucket. */
  readonly revision: number;
  /** Each a key, a space and its value. */
  readonly labels: readonly string[];
  /** The first 128 bits of the hash of each blob that the record refers to. */
  readonly blobs: readonly string[];
  /** A part of another job's clip, which no list shows. */
  readonly is_segment: boolean;
  /** Pixels that the clip draws; 0 for a job without a video or of an earlier version. */
  readonly pixel_frames: number;
  /** Of the files that it has made. */
  readonly stored_bytes: number;
}

/** How many jobs are in a state: triggers of `jobs` keep it. */
export interface JobCountRow {
  readonly state: string;
  readonly jobs: number;
}

/** One row: how far the catalogue has come. */
export interface ProgressRow {
  readonly singleton: true;
  /** When the bucket of records was created: tells it from a later one of the same name. */
  readonly bucket_created: string;
  /** Every change up to this revision is in `jobs`. */
  readonly revision: number;
  /** When a gateway last knew that nothing newer was there. */
  readonly seen_at_ms: number;
}

export interface Tables {
  jobs: JobRow;
  job_counts: JobCountRow;
  progress: ProgressRow;
}

export type Db = Kysely<Tables>;
