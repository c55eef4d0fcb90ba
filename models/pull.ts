/** Installs a model's file: goes on where an earlier try stopped, and keeps nothing that is not what the manifest names. */
import { mkdir, open, rename, rm, rmdir, statfs, truncate } from "node:fs/promises";
import { dirname } from "node:path";
import { DepthmeshError, isDiskFull, type Reason } from "../core/errors.js";
import { pause } from "../kit/async/delay.js";
import { type ExpectedFile, fileSize, verifyFile } from "./model-file.js";
import type { ModelSource } from "./source.js";

/** Tries without a single new byte until the source is given up. */
const MAX_FRUITLESS_TRIES = 4;
const FIRST_DELAY_MS = 500;

export interface PullOptions {
  readonly expected: ExpectedFile;
  readonly source: ModelSource;
  /** Where the file is to lie. What has arrived lies beside it, at `<location>.part`, until it is whole. */
  readonly location: string;
  readonly onProgress?: (receivedBytes: number) => void;
  readonly signal?: AbortSignal;
  /** Wait before the second try; each fruitless one doubles it. */
  readonly retryDelayMs?: number;
}

export const partOf = (location: string) => `${location}.part`;

/**
 * Pull a file, verify it, and put it in place in one step. A file that is there and right is left alone.
 * Throws MODEL_SOURCE_LOST (what has arrived stays for the next try), MODEL_CORRUPT (nothing stays) or STORAGE_FULL.
 */
export async function pullFile(options: PullOptions): Promise<"pulled" | "present"> {
  const { expected, location } = options;
  if (await isRight(location, expected)) return "present";
  const part = partOf(location);
  await mkdir(dirname(location), { recursive: true });
  const held = await sizeOf(part);
  if (held > expected.bytes) await rm(part);
  await assertRoom(dirname(location), expected.bytes - Math.min(held, expected.bytes));
  try {
    await receiveAll(options, part);
    await verifyFile(part, expected);
  } catch (error) {
    // What is wrong would be wrong for ever; what is only incomplete is gone on with.
    if (isReasoned(error, "MODEL_CORRUPT")) await rm(part, { force: true });
    // Only an empty folder goes.
    await rmdir(dirname(location)).catch(() => {});
    throw error;
  }
  await rename(part, location);
  return "pulled";
}

function isReasoned(error: unknown, reason: Reason): boolean {
  return error instanceof DepthmeshError && error.reason === reason;
}

async function isRight(location: string, expected: ExpectedFile): Promise<boolean> {
  if ((await fileSize(location)) === undefined) return false;
  return verifyFile(location, expected).then(
    () => true,
    () => false,
  );
}

const sizeOf = async (path: string) => (await fileSize(path)) ?? 0;

/** Try until the part is complete; each try goes on at its end. */
async function receiveAll(options: PullOptions, part: string): Promise<void> {
  const { expected, signal, retryDelayMs = FIRST_DELAY_MS } = options;
  let fruitless = 0;
  for (;;) {
    const before = await sizeOf(part);
    if (before === expected.bytes) return;
    let failure: unknown = new DepthmeshError("MODEL_SOURCE_LOST", "the source sent too little");
    try {
      await receive(options, part, before);
    } catch (error) {
      failure = error;
      if (!isReasoned(error, "MODEL_SOURCE_LOST")) throw error;
    }
    const after = await sizeOf(part);
    if (after === expected.bytes) return;
    fruitless = after > before ? 0 : fruitless + 1;
    if (signal?.aborted) throw stopped();
    if (fruitless >= MAX_FRUITLESS_TRIES) throw failure;
    await pause(retryDelayMs * 2 ** fruitless, signal);
  }
}

async function receive(options: PullOptions, part: string, from: number): Promise<void> {
  const { expected, source, onProgress, signal } = options;
  const { offset, chunks } = await source(from, signal);
  if (offset > from) throw new DepthmeshError("MODEL_SOURCE_LOST", "the source left bytes out");
  if (offset > 0) await truncate(part, offset);
  const file = await open(part, offset > 0 ? "a" : "w");
  try {
    let at = offset;
    for await (const chunk of chunks) {
      at += chunk.length;
      if (at > expected.bytes) throw tooLong(expected);
      await file.writeFile(chunk);
      onProgress?.(at);
    }
  } catch (error) {
    throw isDiskFull(error) ? storageFull(error) : error;
  } finally {
    await file.sync();
    await file.close();
  }
}

function stopped(): DepthmeshError {
  return new DepthmeshError("JOB_CANCELLED", "stopped; the same pull goes on where this one ended");
}

function tooLong({ model, bytes }: ExpectedFile): DepthmeshError {
  return new DepthmeshError("MODEL_CORRUPT", "the source sends more than the manifest says", {
    metadata: { model, expected_bytes: String(bytes) },
  });
}

async function assertRoom(folder: string, neededBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const freeBytes = bavail * bsize;
  if (freeBytes >= neededBytes) return;
  throw new DepthmeshError("STORAGE_FULL", "the models folder has too little room", {
    metadata: { needed_bytes: String(neededBytes), free_bytes: String(freeBytes) },
  });
}

function storageFull(cause: unknown): DepthmeshError {
  return new DepthmeshError("STORAGE_FULL", "the models folder has no room left", { cause });
}
