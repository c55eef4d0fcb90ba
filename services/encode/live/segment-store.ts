/**
 * The fragments of one encode attempt: a file that grows while the encode runs, and an index of its
 * segments. Followers read the file at their own pace.
 */
import { type FileHandle, open } from "node:fs/promises";
import { Writable } from "node:stream";
import { DepthmeshError } from "../../../core/errors.js";
import {
  type Segment,
  type SegmentEvent,
  SegmentIndex,
} from "../../../core/fragments/segment-index.js";
import { Condition } from "../../../kit/async/condition.js";
import { newId } from "../../../pipeline/record/id.js";

/**
 * How long a slow follower may still read here after the result is stored. Later followers read the
 * blob store.
 */
const LINGER_MS = 60_000;
/**
 * Bytes of a message to a follower. The gateway keeps up to 16 messages for each follower that does
 * not read, as grpc-js reads ahead.
 */
const FOLLOWED_CHUNK_BYTES = 16 * 1024;

/** How the attempt ended: all bytes are in the file, the result is stored, or it failed. */
type End = "written" | "kept" | Error;

/**
 * One writer and any number of followers. Memory holds one index entry per segment; the bytes are
 * in the file.
 */
export class SegmentStore {
  readonly #onFirst: () => void;
  #hasBegun = false;
  /** Id of this attempt. */
  readonly attempt = newId();
  readonly #index = new SegmentIndex();
  readonly #changed = new Condition();
  #file: FileHandle | undefined;
  #writtenBytes = 0;
  #end: End | undefined;
  #readers = 0;
  #retired = false;

  /** `onFirst` is called when the first fragment can be read. */
  constructor(onFirst: () => void = () => {}) {
    this.#onFirst = onFirst;
  }

  /** The init segment first. */
  get segments(): readonly Segment[] {
    return this.#index.segments;
  }

  get frames(): number {
    return this.#index.frames;
  }

  /** Segments without the init segment. */
  get fragments(): number {
    return Math.max(0, this.#index.segments.length - 1);
  }

  get sizeBytes(): number {
    return this.#index.sizeBytes;
  }

  /**
   * Creates the file and returns the stream that writes it. An error of the disk is an error of the
   * stream. What `change` returns for the bytes is written in their place.
   */
  async openFile(
    path: string,
    change: (bytes: Uint8Array) => readonly Uint8Array[] = (bytes) => [bytes],
  ): Promise<Writable> {
    const file = await open(path, "wx+");
    this.#file = file;
    return new Writable({
      // fluent-ffmpeg treats "close" of the target as a lost reader and kills ffmpeg.
      emitClose: false,
      write: (bytes: Buffer, _encoding, done) => {
        this.#appendAll(file, bytes, change).then(() => done(), done);
      },
    });
  }

  async #appendAll(
    file: FileHandle,
    bytes: Uint8Array,
    change: (bytes: Uint8Array) => readonly Uint8Array[],
  ): Promise<void> {
    for (const part of change(bytes)) await this.#append(file, part);
  }

  async #append(file: FileHandle, bytes: Uint8Array): Promise<void> {
    let written = 0;
    while (written < bytes.length) {
      const position = this.#writtenBytes + written;
      const { bytesWritten } = await file.write(bytes, written, undefined, position);
      written += bytesWritten;
    }
    this.#writtenBytes += bytes.length;
    if (!this.#index.push(bytes)) return;
    if (this.fragments > 0 && !this.#hasBegun) {
      this.#hasBegun = true;
      this.#onFirst();
    }
    this.#changed.notifyAll();
  }

  /** Call it when all bytes are written. Followers read to the end and then wait for `keep`. */
  finishWriting(): void {
    this.#finish("written");
  }

  /** Call it when the result is stored. Followers end without an error. */
  keep(): void {
    this.#finish("kept");
  }

  /**
   * Call it when there will be no result. Followers end with this error at once, even if they have
   * unread segments.
   */
  fail(error: Error): void {
    this.#finish(error);
  }

  #finish(end: End): void {
    if (this.#end instanceof Error || this.#end === "kept") return;
    this.#end = end;
    this.#changed.notifyAll();
  }

  /**
   * Yields every segment from the first one on, and returns when the result is stored. The bytes
   * are read from the file as the follower asks for them. Throws the error of `fail`,
   * JOB_ALREADY_TERMINAL if the follower reads more slowly than a minute after the end, and the
   * signal's reason.
   */
  async *follow(signal: AbortSignal): AsyncGenerator<SegmentEvent> {
    this.#readers += 1;
    try {
      for (let next = 0; ; next++) {
        while (next >= this.#index.segments.length && this.#end === undefined)
          await this.#nextChange(signal);
        const segment = this.#index.segments[next];
        if (!segment) break;
        yield { segment };
        yield* this.#chunks(segment, signal);
      }
      while (this.#end === "written") await this.#nextChange(signal);
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
        throw new DepthmeshError(
          "JOB_ALREADY_TERMINAL",
          "the encode has ended and its file was removed",
        );
      }
      const buffer = Buffer.allocUnsafe(Math.min(FOLLOWED_CHUNK_BYTES, sizeBytes - at));
      const { bytesRead } = await this.#file.read(buffer, 0, buffer.length, offsetBytes + at);
      if (bytesRead === 0)
        throw new DepthmeshError("INTERNAL", "the file of fragments is shorter than its index");
      at += bytesRead;
      yield { chunk: buffer.subarray(0, bytesRead) };
    }
  }

  #check(signal: AbortSignal): void {
    signal.throwIfAborted();
    if (this.#end instanceof Error) throw this.#end;
  }

  async #nextChange(signal: AbortSignal): Promise<void> {
    this.#check(signal);
    await this.#changed.wait(signal);
    this.#check(signal);
  }

  /**
   * Call it when the writer no longer needs the file. The last follower closes it, or a timer after
   * a minute.
   */
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
