/**
 * Quarantine: keeps the uploaded files of a job that failed for a reason which they may have caused
 * (such as a corrupt image, or repeated crashes of workers) apart, so that an operator can examine
 * them even after the job's record and blobs are removed.
 */
import { isNotFound } from "../../../kit/blobs/object-errors.js";
import type { Log } from "../../../kit/log.js";
import type { JobRecord } from "../../../pipeline/record/record.js";
import { STAGES, type Stage } from "../../../pipeline/stages.js";
import type { JobListener } from "./job-index.js";
import { HOUR_MS } from "./retention.js";

/** Error reasons that an upload can cause in any stage. */
const INPUT_REASONS = /^(IMAGE_|SOUND_|POISONED$|INFERENCE_FAILED$)/;
export type KeptFile = readonly [name: string, sha256: string];

/** Where the files lie (quarantine-folder.ts, quarantine-objects.ts). */
export interface QuarantineStorage {
  has(job: string): Promise<boolean>;
  /** Keeps all files or none that counts; those whose blobs are gone are left out. */
  keep(job: string, files: readonly KeptFile[], facts: string): Promise<void>;
  /** Removes what was kept at `beforeMs` (Unix milliseconds) or earlier, and what is incomplete. */
  clear(beforeMs: number): Promise<void>;
}

export interface QuarantineOptions {
  readonly storage: QuarantineStorage;
  /** How long uploads are kept after the job has ended; 0 keeps none. */
  readonly hours: number;
  readonly log: Log;
}

export class Quarantine implements JobListener {
  readonly #options: QuarantineOptions;
  #work: Promise<void> = Promise.resolve();

  constructor(options: QuarantineOptions) {
    this.#options = options;
  }

  onRecord(record: JobRecord): void {
    const endedAtMs = record.history.at(-1)?.atMs ?? 0;
    // After a restart the index reports old jobs again: what was removed must not come back.
    const isExpired = Date.now() - endedAtMs >= this.#options.hours * HOUR_MS;
    if (!isInputFault(record) || isExpired) return;
    this.#work = this.#work
      .then(() => this.#keep(record, endedAtMs))
      .catch((error) => {
        this.#options.log.warn({ err: error, job: record.id }, "uploads not kept in quarantine");
      });
  }

  /** Resolves when the uploads of all jobs reported so far are kept. */
  settled(): Promise<void> {
    return this.#work;
  }

  /** Removes files whose time is over, and incomplete ones that a crash has left. */
  async clear(): Promise<void> {
    await this.settled();
    const { storage, hours } = this.#options;
    await storage.clear(Date.now() - hours * HOUR_MS);
  }

  /** Once. */
  async #keep(record: JobRecord, endedAtMs: number): Promise<void> {
    const { storage, log } = this.#options;
    if (await storage.has(record.id)) return;
    const { reason, message, metadata } = record.error ?? {};
    const facts = { job: record.id, stage: failedStage(record), reason, message, metadata };
    const text = JSON.stringify({ ...facts, time: new Date(endedAtMs).toISOString() }, null, 2);
    await storage.keep(record.id, uploadsOf(record), `${text}\n`);
    log.info({ job: record.id, reason }, "uploads kept in quarantine");
  }
}

/** The blob was removed already; the facts are still worth keeping. */
export async function unlessGone(keep: () => Promise<unknown>): Promise<void> {
  try {
    await keep();
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

/**
 * Whether the upload made the job fail, or may have: that includes internal errors of the depth
 * stage, which has no other input.
 */
export function isInputFault(record: JobRecord): boolean {
  const { state, error } = record;
  if (state !== "FAILED" || !error) return false;
  if (INPUT_REASONS.test(error.reason)) return true;
  return error.reason === "INTERNAL" && failedStage(record) === "depth";
}

function failedStage({ stages }: JobRecord): Stage | undefined {
  return STAGES.find((stage) => !stages[stage].done);
}

function uploadsOf(record: JobRecord): KeptFile[] {
  const { specBlob, photoBlob, depthMapBlob, soundBlob } = record;
  return [
    ["spec.json", specBlob],
    ["photo", photoBlob],
    ...(depthMapBlob ? [["depth-map", depthMapBlob] as const] : []),
    ...(soundBlob ? [["sound", soundBlob] as const] : []),
  ];
}
