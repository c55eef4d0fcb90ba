/** Uploads that made their job fail, kept apart for operators, beyond the time of the job's record. */
import { access, mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DepthmeshError } from "../../../core/errors.js";
import type { FileBlobStore } from "../../../kit/blobs/file-store.js";
import type { Log } from "../../../kit/log.js";
import type { JobRecord } from "../../../pipeline/record/record.js";
import { STAGES, type Stage } from "../../../pipeline/stages.js";
import type { JobListener } from "./job-index.js";
import { HOUR_MS } from "./retention.js";

/** Reasons that an upload can be the cause of in any stage. */
const INPUT_REASONS = /^(IMAGE_|SOUND_|POISONED$|INFERENCE_FAILED$)/;
/** Folders that are not whole yet. */
const PARTIAL = ".partial";

export interface QuarantineOptions {
  /** Folder with one folder a job. */
  readonly folder: string;
  readonly blobs: FileBlobStore;
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
    // Afterwards too: a start that hears of an old job again must not keep what was removed.
    const isOver = Date.now() - endedAtMs >= this.#options.hours * HOUR_MS;
    if (!isInputFault(record) || isOver) return;
    this.#work = this.#work
      .then(() => this.#keep(record, endedAtMs))
      .catch((error) => {
        this.#options.log.warn({ err: error, job: record.id }, "uploads not kept in quarantine");
      });
  }

  /** Resolves when everything heard of so far is kept. */
  settled(): Promise<void> {
    return this.#work;
  }

  /** Remove what has been kept for its hours, and what a crash left half-made. */
  async clear(): Promise<void> {
    await this.settled();
    const { folder, hours } = this.#options;
    if (!(await exists(folder))) return;
    for (const name of await readdir(folder)) {
      const path = join(folder, name);
      const { mtimeMs } = await stat(path);
      const isOver = Date.now() - mtimeMs >= hours * HOUR_MS;
      if (isOver || name.endsWith(PARTIAL)) await rm(path, { recursive: true, force: true });
    }
  }

  /** Whole or not at all, and once: the folder gets its name last. */
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
      // An upload that is gone already: the facts are worth keeping all the same.
      if (!(error instanceof DepthmeshError && error.reason === "BLOB_NOT_FOUND")) throw error;
    }
  }
}

/** Whether a job failed by what was uploaded, or may have: decoding and estimating see nothing else. */
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
