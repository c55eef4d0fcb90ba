/**
 * The fragments of one encode: bytes in a file as they are produced, and an index that followers
 * read at their own pace.
 */
import { type FileHandle, open } from "node:fs/promises";
import { Writable } from "node:stream";
import { DepthmeshError } from "../../../core/errors.js";
import {
  type Segment,
  type SegmentEvent,
  SegmentIndex,
} from "../../../core/fragments/segment-index.js";
import { FILE_CHUNK_BYTES } from "../../../kit/rpc/chunks.js";
import { newId } from "../../../pipeline/record/id.js";

/**
 * After a result is stored, how long a slow follower may still read here; then its bytes are in the
 * blob store.
 */
const LINGER_MS = 60_000;

type End = "written" | "kept" | Error;

/**
 * One writer and any number of followers. In memory is an entry a segment; the bytes are in the
 * file.
 */
export class SegmentStore {
  /** Names this attempt. */
  readonly attempt = newId();
  readonly #index = new SegmentIndex();
  readonly #waiting = new Set<() => void>();
  #file: FileHandle | undefined;
  #writtenBytes = 0;
  #end: End | undefined;
  #readers = 0;
  #retired = false;

  get frames(): number {
    return this.#index.frames;
  }

  get fragments(): number {
    return Math.max(0, this.#index.segments.length - 1);
  }

  get sizeBytes(): number {
    return this.#index.sizeBytes;
  }

  /** What writes into a new file; an error of the disk is the stream's. */
  async openFile(path: string): Promise<Writable> {
    const file = await open(path, "wx+");
    this.#file = file;
    return new Writable({
      // Its close would count as the loss of a reader to whoever pipes into it.
      emitClose: false,
      write: (bytes: Buffer, _encoding, done) => {
        this.#append(file, bytes).then(() => done(), done);
      },
    });
  }

  async #append(file: FileHandle, bytes: Uint8Array): Promise<void> {
    let written = 0;
    while (written < bytes.length) {
      const position = this.#writtenBytes + written;
      const { bytesWritten } = await file.write(bytes, written, undefined, position);
      written += bytesWritten;
    }
    this.#writtenBytes += bytes.length;
    if (this.#index.push(bytes)) this.#wake();
  }

  /** Every byte has come. Followers read to the end and wait for `keep`. */
  finishWriting(): void {
    this.#finish("written");
  }

  /** The result is stored: followers end well. */
  keep(): void {
    this.#finish("kept");
  }

  /** There is no result: followers end with this error at once, whatever they have not read. */
  fail(error: Error): void {
    this.#finish(error);
  }

  #finish(end: End): void {
    if (this.#end instanceof Error || this.#end === "kept") return;
    this.#end = end;
    this.#wake();
  }

  /**
   * Every segment from the first one on, then the end. The bytes are read from the file when they
   * are asked for. Throws the error of `fail`, JOB_ALREADY_TERMINAL where a follower of a finished
   * encode is slower than a minute, and the signal's reason.
   */
  async *follow(signal: AbortSignal): AsyncGenerator<SegmentEvent> {
    this.#readers += 1;
    try {
      for (let next = 0; ; next++) {
        while (next >= this.#index.segments.length && this.#end === undefined)
          await this.#change(signal);
        const segment = this.#index.segments[next];
        if (!segment) break;
        yield { segment };
        yield* this.#chunks(segment, signal);
      }
      while (this.#end === "written") await this.#change(signal);
      this.#check(signal);
    } finally {
      this.#readers -= 1;
      await this.#closeUnused();
    }
  }

  async *#chunks({ offsetBytes, sizeBytes }: Segment, signal: AbortSignal) {
    for (let at = 0; at < sizeBytes; ) {
      this.#check(signal);
      if (!this.#file) {
        throw new DepthmeshError("JOB_ALREADY_TERMINAL", "the encode is over and its file gone");
      }
      const buffer = Buffer.allocUnsafe(Math.min(FILE_CHUNK_BYTES, sizeBytes - at));
      const { bytesRead } = await this.#file.read(buffer, 0, buffer.length, offsetBytes + at);
      if (bytesRead === 0) throw new DepthmeshError("INTERNAL", "the file of fragments is cut");
      at += bytesRead;
      yield { chunk: buffer.subarray(0, bytesRead) };
    }
  }

  #check(signal: AbortSignal): void {
    signal.throwIfAborted();
    if (this.#end instanceof Error) throw this.#end;
  }

  /** Resolves at the next change. */
  async #change(signal: AbortSignal): Promise<void> {
    this.#check(signal);
    await new Promise<void>((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener("abort", wake, { once: true });
    });
    this.#check(signal);
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  /** The writer needs the file no longer; the last follower, or a minute, closes it. */
  async retire(): Promise<void> {
    this.#retired = true;
    await this.#closeUnused();
    if (this.#file) setTimeout(() => void this.#close(), LINGER_MS).unref();
  }

  async #closeUnused(): Promise<void> {
    if (this.#retired && this.#readers === 0) await this.#close();
  }

  async #close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }
}
