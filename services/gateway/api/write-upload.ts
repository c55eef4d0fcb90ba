/**
 * WriteUpload: receives a part of an upload that survives. Every message is checked before its
 * bytes count; what has passed stays when the call breaks.
 */
import { crc32c } from "@node-rs/crc32";
import { DepthmeshError } from "../../../core/errors.js";
import { abortable, onAbort } from "../../../kit/async/abort.js";
import { failpoint } from "../../../kit/process/failpoint.js";
import type { CallContext } from "../../../kit/rpc/call.js";
import { fieldConflict, inTime, readFirst } from "../../../kit/rpc/requests.js";
import type {
  FinishUpload,
  Upload,
  UploadData,
  WriteUploadHeader,
  WriteUploadRequest,
} from "../../../proto/gen/depthmesh/v1/upload_service.js";
import type { GatewayContext } from "../context.js";
import { isOtherFile } from "../kept-uploads/put-storage.js";
import {
  isFinished,
  offsetMismatch,
  parseUploadName,
  toWireUpload,
  type UploadRecord,
} from "../kept-uploads/upload-record.js";
import type { VersionedUpload } from "../kept-uploads/upload-records.js";
import type { UploadWriter } from "../kept-uploads/upload-writer.js";
import { atPace } from "../upload/upload-pace.js";
import type { UploadPlaces } from "../upload/upload-places.js";
import { assertUploadSize, checkedSha256, maxUploadBytes } from "./uploads.js";

export type WriteContext = Pick<GatewayContext, "config" | "uploads" | "quotas" | "draining">;

/**
 * Throws UPLOAD_NOT_FOUND, UPLOAD_OFFSET_MISMATCH, UPLOAD_CHECKSUM_MISMATCH, UPLOAD_TOO_LARGE,
 * UPLOAD_INCOMPLETE, UPLOAD_SUPERSEDED, UPLOAD_EXPIRED, RATE_LIMITED, QUOTA_EXCEEDED,
 * STORAGE_FULL, BUS_UNAVAILABLE.
 */
export async function writeUpload(
  context: WriteContext,
  places: UploadPlaces,
  requests: AsyncIterable<WriteUploadRequest>,
  call: CallContext,
): Promise<Upload> {
  const { config, uploads, quotas } = context;
  const { tenant } = call.identity;
  const timeLimits = { idleMs: config.uploadIdleMs, totalMs: config.uploadTotalMs };
  const pace = { windowMs: config.uploadWindowMs, minBytes: config.uploadMinBytes };
  const sizeOf = ({ kind }: WriteUploadRequest) =>
    kind?.$case === "data" ? kind.value.data.length : pace.minBytes;
  const messages = atPace(inTime(requests, timeLimits), pace, sizeOf);
  const header = await readFirst(messages, "header");
  const id = parseUploadName(header.name);
  // A call that cannot go on anyway does not end the one that runs.
  const { record } = await uploads.records.of(tenant, id);
  if (!isFinished(record)) assertOffset(header, record);
  const receive = (newer: AbortSignal) =>
    places.pass(call, () =>
      untilEnded(context, call, newer, (ended) =>
        new Part(context, call, header, messages, newer).receive(ended),
      ),
    );
  // The older call has ended by then: it takes nothing from the tenant that goes on with an upload.
  try {
    const written = await uploads.asWriter(id, (newer) =>
      quotas.whileReceiving(tenant, () => receive(newer)),
    );
    return toWireUpload(written);
  } catch (error) {
    // What was put at an address is not what was declared: it cannot become that.
    if (isOtherFile(error)) await uploads.remove(id, (current) => !isFinished(current));
    throw error;
  }
}

/**
 * Gives `work` a signal that fires when a newer call writes the upload, the caller has gone, or the
 * process shuts down.
 */
async function untilEnded<T>(
  { draining }: WriteContext,
  { signal }: CallContext,
  newer: AbortSignal,
  work: (ended: AbortSignal) => Promise<T>,
): Promise<T> {
  const ended = new AbortController();
  const sources = [newer, signal, draining];
  const stops = sources.map((source) => onAbort(source, () => ended.abort(source.reason)));
  try {
    return await work(ended.signal);
  } finally {
    for (const stop of stops) stop();
  }
}

/** The messages of one call after its header. */
class Part {
  readonly #context: WriteContext;
  readonly #tenant: string;
  readonly #header: WriteUploadHeader;
  readonly #messages: AsyncIterator<WriteUploadRequest>;
  readonly #newer: AbortSignal;
  readonly #maxBytes: number;

  constructor(
    context: WriteContext,
    { identity }: CallContext,
    header: WriteUploadHeader,
    messages: AsyncIterator<WriteUploadRequest>,
    newer: AbortSignal,
  ) {
    this.#context = context;
    this.#tenant = identity.tenant;
    this.#header = header;
    this.#messages = messages;
    this.#newer = newer;
    this.#maxBytes = maxUploadBytes(context.config);
  }

  async receive(ended: AbortSignal): Promise<UploadRecord> {
    const { uploads } = this.#context;
    const found = await uploads.records.of(this.#tenant, parseUploadName(this.#header.name));
    if (isFinished(found.record)) return this.#repeatFinish(found.record, ended);
    assertOffset(this.#header, found.record);
    if (found.record.putSha256 !== undefined) return this.#finishPut(found, ended);
    const current = await uploads.fence(found);
    if (isFinished(current.record)) return this.#repeatFinish(current.record, ended);
    const writer = await uploads.openWriter(current);
    if (!writer)
      throw offsetMismatch(this.#header.offset, { ...current.record, committedBytes: 0 });
    try {
      return await this.#write(writer, current, ended);
    } catch (error) {
      // A newer call was told where the committed bytes end: they must stay there.
      if (!this.#newer.aborted) await writer.commit().catch(() => {});
      throw error;
    } finally {
      await writer.close();
      const lostBytes = writer.sizeBytes - writer.committedBytes;
      this.#context.quotas.giveBackUpload(this.#tenant, lostBytes);
    }
  }

  async #write(
    writer: UploadWriter,
    { record }: VersionedUpload,
    ended: AbortSignal,
  ): Promise<UploadRecord> {
    for (;;) {
      const message = await this.#next(ended);
      if (message?.kind?.$case === "data") {
        const { data } = checkedData(message.kind.value, writer.sizeBytes);
        assertUploadSize(writer.sizeBytes + data.length, record.sizeBytes ?? this.#maxBytes);
        this.#context.quotas.takeUpload(this.#tenant, data.length);
        await writer.append(data);
        failpoint("during-upload", "");
        continue;
      }
      const committed = await writer.commit();
      if (message === undefined) return committed;
      if (message.kind?.$case !== "finish") throw outOfOrder();
      await this.#assertLast(ended);
      checkFinish(message.kind.value, committed, writer.digest());
      return this.#context.uploads.finish(writer, committed);
    }
  }

  /** The store has taken the bytes, at the address that the caller was given. */
  async #finishPut(current: VersionedUpload, ended: AbortSignal): Promise<UploadRecord> {
    const { sizeBytes, putSha256: sha256 = "" } = current.record;
    const message = await this.#next(ended);
    if (message === undefined) return current.record;
    if (message.kind?.$case !== "finish") {
      throw fieldConflict("this upload has an address: its bytes are put there", "data");
    }
    await this.#assertLast(ended);
    const declared = { sizeBytes: sizeBytes ?? 0, sha256 };
    const whole = { ...current.record, committedBytes: declared.sizeBytes };
    checkFinish(message.kind.value, whole, sha256);
    return this.#context.uploads.finishPut(current, declared);
  }

  /** The answer to the last part was lost, and it is sent again. */
  async #repeatFinish(record: UploadRecord & { sha256: string }, ended: AbortSignal) {
    assertOffset(this.#header, record);
    const message = await this.#next(ended);
    if (message === undefined) return record;
    if (message.kind?.$case !== "finish") {
      throw fieldConflict("the upload is finished: no byte can be added", "data");
    }
    checkFinish(message.kind.value, record, record.sha256);
    return record;
  }

  async #assertLast(ended: AbortSignal): Promise<void> {
    if (await this.#next(ended)) throw fieldConflict("no message may follow `finish`", "finish");
  }

  /** Undefined after the last message. */
  async #next(ended: AbortSignal): Promise<WriteUploadRequest | undefined> {
    const { value, done } = await abortable(this.#messages.next(), ended);
    return done ? undefined : value;
  }
}

/** Throws UPLOAD_OFFSET_MISMATCH. */
function assertOffset({ offset }: WriteUploadHeader, record: UploadRecord): void {
  if (offset !== record.committedBytes) throw offsetMismatch(offset, record);
}

/** The same message. Throws UPLOAD_CHECKSUM_MISMATCH if its bytes are not those that were sent. */
function checkedData(message: UploadData, offset: number): UploadData {
  const { data, crc32c: expected } = message;
  if (expected === undefined) return message;
  const actual = crc32c(data);
  if (actual === expected) return message;
  const words = `the ${data.length} bytes at ${offset} do not have their CRC-32C: send them again`;
  throw new DepthmeshError("UPLOAD_CHECKSUM_MISMATCH", words, {
    metadata: {
      offset: String(offset),
      expected_crc32c: hex(expected),
      actual_crc32c: hex(actual),
    },
  });
}

/** Throws UPLOAD_INCOMPLETE, UPLOAD_CHECKSUM_MISMATCH, PARAMETER_OUT_OF_RANGE. */
function checkFinish(
  { sha256: expected }: FinishUpload,
  { committedBytes, sizeBytes }: UploadRecord,
  actual: string,
): void {
  if (sizeBytes !== null && committedBytes !== sizeBytes) {
    const words = `${committedBytes} of ${sizeBytes} bytes have arrived: send the rest, then \`finish\``;
    throw new DepthmeshError("UPLOAD_INCOMPLETE", words, {
      metadata: { committed_size_bytes: String(committedBytes), size_bytes: String(sizeBytes) },
    });
  }
  if (expected === "") return;
  if (checkedSha256(expected, "finish.sha256") === actual) return;
  const words =
    "the whole file does not have its SHA-256: abort this upload and begin another, or finish with the right one";
  throw new DepthmeshError("UPLOAD_CHECKSUM_MISMATCH", words, {
    metadata: { expected_sha256: expected.toLowerCase(), actual_sha256: actual },
  });
}

function outOfOrder(): DepthmeshError {
  const words = "after the header only data may follow, and `finish` at the end";
  return fieldConflict(words, "data");
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, "0");
}
