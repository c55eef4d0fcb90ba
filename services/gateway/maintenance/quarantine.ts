/**
 * Quarantine: keeps the uploaded files of a job that failed for a reason which they may have caused
 * (such as a corrupt image, or repeated crashes of workers) in a folder of their own, so that an
 * operator can examine them even after the job's record and blobs are removed.
 */
import { access, mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DepthmeshError } from "../../../core/errors.js";
import type { BlobStore } from "../../../kit/blobs/store.js";
import type { Log } from "../../../kit/log.js";
import type { JobRecord } from "../../../pipeline/record/record.js";
import { STAGES, type Stage } from "../../../pipeline/stages.js";
import type { JobListener } from "./job-index.js";
import { HOUR_MS } from "./retention.js";

/** Error reasons that an upload can cause in any stage. */
const INPUT_REASONS = /^(IMAGE_|SOUND_|POISONED$|INFERENCE_FAILED$)/;
/** Suffix of folders that are not complete yet. */
const PARTIAL = ".partial";

export interface QuarantineOptions {
  /** Contains one folder per job. */
  readonly folder: string;
  readonly blobs: BlobStore;
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

  /** Removes folders whose time is over, and incomplete ones that a crash has left. */
  async clear(): Promise<void> {
    await this.settled();
    const { folder, hours } = this.#options;
    if (!(await exists(folder))) return;
    for (const name of await readdir(folder)) {
      const path = join(folder, name);
      const { mtimeMs } = await stat(path);
      const isExpired = Date.now() - mtimeMs >= hours * HOUR_MS;
      if (isExpired || name.endsWith(PARTIAL)) await rm(path, { recursive: true, force: true });
    }
  }

  /** Keeps all files or none, and only once: the folder gets its final name last. */
  async #keep(record: JobRecord, endedAtMs: number): Promise<void> {
    const { folder, log } = this.#options;
    const final = join(folder, record.id);
    if (await exists(final)) return;
    const partial = `${final}${PARTIAL}`;
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { recursive: true });
    for (const [name, sha256] of uploadsOf(record)) await this.#link(sha256, join(partial, name));
    const { reason, message, metadata } = record.error ?? {};
    const facts = { job: record.id, stage: failedStage(record), reason, message, metadata };
    const text = JSON.stringify({ ...facts, time: new Date(endedAtMs).toISOString() }, null, 2);
    await writeFile(join(partial, "facts.json"), `${text}\n`);
    await rename(partial, final);
    log.info({ job: record.id, reason }, "uploads kept in quarantine");
  }

  async #link(sha256: string, path: string): Promise<void> {
    try {
      await this.#options.blobs.link(sha256, path);
    } catch (error) {
      // The blob was removed already; facts.json is still worth keeping.
      if (!(error instanceof DepthmeshError && error.reason === "BLOB_NOT_FOUND")) throw error;
    }
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

function uploadsOf(record: JobRecord): [name: string, sha256: string][] {
  const { specBlob, photoBlob, depthMapBlob, soundBlob } = record;
  return [
    ["spec.json", specBlob],
    ["photo", photoBlob],
    ...(depthMapBlob ? [["depth-map", depthMapBlob] as [string, string]] : []),
    ...(soundBlob ? [["sound", soundBlob] as [string, string]] : []),
  ];
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
