/**
 * Downloads and installs a model file: resumes an interrupted download, and keeps a file only if it
 * matches the manifest.
 */
import { mkdir, open, rename, rm, rmdir, statfs, truncate } from "node:fs/promises";
import { dirname } from "node:path";
import type { Reason } from "../core/error-reasons.js";
import { DepthmeshError, isDiskFull } from "../core/errors.js";
import { pause } from "../kit/async/delay.js";
import { type ExpectedFile, fileSize, verifyFile } from "./model-file.js";
import type { ModelSource } from "./source.js";

/** Tries in a row without a new byte, after which the download fails. */
const MAX_FRUITLESS_TRIES = 4;
const FIRST_DELAY_MS = 500;

export interface PullOptions {
  readonly expected: ExpectedFile;
  readonly source: ModelSource;
  /** Path of the installed file. The received part is at `<location>.part` until it is complete. */
  readonly location: string;
  readonly onProgress?: (receivedBytes: number) => void;
  readonly signal?: AbortSignal;
  /** Delay before the second try, default 500 ms; doubled by each try without progress. */
  readonly retryDelayMs?: number;
}

export const partOf = (location: string) => `${location}.part`;

/**
 * Downloads a file, verifies it and moves it into place. Does nothing if the right file is there
 * already. Throws MODEL_SOURCE_LOST (the received part is kept for the next try), MODEL_CORRUPT
 * (nothing is kept) or STORAGE_FULL.
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
    // A wrong file would stay wrong; an incomplete one can be resumed.
    if (isReasoned(error, "MODEL_CORRUPT")) await rm(part, { force: true });
    // Removes the folder only if it is empty.
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

/** Tries until the part is complete; each try resumes at its end. */
async function receiveAll(options: PullOptions, part: string): Promise<void> {
  const { expected, signal, retryDelayMs = FIRST_DELAY_MS } = options;
  let fruitless = 0;
  for (;;) {
    const before = await sizeOf(part);
    if (before === expected.bytes) return;
    let failure: unknown = new DepthmeshError(
      "MODEL_SOURCE_LOST",
      "the source sent less than the file's size",
    );
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
  if (offset > from)
    throw new DepthmeshError("MODEL_SOURCE_LOST", "the source did not send the requested range");
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
  return new DepthmeshError(
    "JOB_CANCELLED",
    "stopped; running the same pull again resumes the download",
  );
}

function tooLong({ model, bytes }: ExpectedFile): DepthmeshError {
  return new DepthmeshError(
    "MODEL_CORRUPT",
    `the source sends more than the ${bytes} bytes that the manifest states`,
    {
      metadata: { model, expected_bytes: String(bytes) },
    },
  );
}

async function assertRoom(folder: string, neededBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const freeBytes = bavail * bsize;
  if (freeBytes >= neededBytes) return;
  throw new DepthmeshError(
    "STORAGE_FULL",
    `the models folder needs ${neededBytes} bytes and has ${freeBytes} bytes free`,
    {
      metadata: { needed_bytes: String(neededBytes), free_bytes: String(freeBytes) },
    },
  );
}

function storageFull(cause: unknown): DepthmeshError {
  return new DepthmeshError("STORAGE_FULL", "the disk of the models folder is full", { cause });
}
