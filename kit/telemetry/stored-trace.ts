/** The spans of one trace as this process finds them in its folder, as much as one answer holds. */
import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";

/** Each line is a SpanRecord as JSON. */
export interface StoredTrace {
  readonly lines: readonly string[];
  /** The file has more lines. */
  readonly truncated: boolean;
}

const TRACE_ID = /^[0-9a-f]{32}$/;
/** Of both halves together; far more than the spans of a job. */
const MAX_BYTES = 2 * 1024 * 1024;

/**
 * The lines of the trace's file; none if there is no file. Of a long file, its first and its last
 * lines: the outermost spans end, and are written, last.
 */
export async function readStoredTrace(
  folder: string,
  traceId: string,
  maxBytes = MAX_BYTES,
): Promise<StoredTrace> {
  if (!TRACE_ID.test(traceId)) return { lines: [], truncated: false };
  const file = await openIfThere(join(folder, `${traceId}.jsonl`));
  if (!file) return { lines: [], truncated: false };
  try {
    const { size } = await file.stat();
    if (size <= maxBytes) return { lines: wholeLines(await read(file, 0, size)), truncated: false };
    const half = Math.floor(maxBytes / 2);
    const head = wholeLines(await read(file, 0, half));
    const tail = await read(file, size - half, half);
    return {
      lines: [...head, ...wholeLines(tail.subarray(tail.indexOf(LINE_END) + 1))],
      truncated: true,
    };
  } finally {
    await file.close();
  }
}

/** Tells two traces apart. */
export function traceHash({ lines }: StoredTrace): Buffer {
  const hash = createHash("sha256");
  for (const line of lines) hash.update(line).update("\n");
  return hash.digest();
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

async function read(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

const LINE_END = "\n".charCodeAt(0);

/** What follows the last line end is a line that a process has not finished. */
function wholeLines(bytes: Buffer): string[] {
  const whole = bytes.subarray(0, bytes.lastIndexOf(LINE_END) + 1);
  return whole
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "");
}
