/**
 * Objects in an object store of NATS, which is a stream: the chunks of an object under a subject of
 * its own, and then one message that describes it. What changes an object changes that message by
 * compare-and-set, so that nothing removes what another process writes or touches meanwhile.
 */
import { createHash } from "node:crypto";
import { headers, type JetStreamClient, JsHeaders, nuid } from "nats";
import { DepthmeshError } from "../../core/errors.js";
import {
  isMessageGone,
  isNoMessage,
  isStreamFull,
  translateErrors,
  unlessChanged,
} from "../nats/bus-errors.js";
import type { Bus } from "../nats/connect.js";
import { readStream } from "../nats/read-stream.js";
import {
  CHUNK_BYTES,
  INDEX_STEP,
  type NatsMeta,
  nameFromSubject,
  nameInSubject,
  parseMeta,
  writeMeta,
} from "./nats-meta.js";
import { objectStream } from "./nats-names.js";
import { objectNotFound } from "./object-errors.js";
import type { ObjectFacts, ObjectStore, RemovalWindow } from "./object-store.js";
import { regroup } from "./regroup.js";

/** 4 MiB of one object that the server has not acknowledged yet. */
const CHUNKS_AT_ONCE = 32;
/** A busy disk of the server may take this long for a chunk. */
const PUBLISH_TIMEOUT_MS = 15_000;
/** An object that is younger is young enough. */
const FRESH_MS = 60_000;
const MAX_RACES = 8;
const READS_IN_FLIGHT = 16;
/** 2 MiB at a time; of readers that are gone, nothing is to stay for long. */
const READING = { batchMessages: 16, forgetMs: 30_000 };

/** Objects that are moved (object-blobs.ts). */
const WAITS_FOR_NAME = /^incoming\//;

/** The newest description of an object, and where it stands in the stream. */
interface Found {
  readonly meta: NatsMeta;
  readonly sequence: number;
  readonly facts: ObjectFacts;
}

export class NatsObjects implements ObjectStore {
  readonly #freshMs: number;
  readonly #bus: Bus;
  readonly #bucket: string;
  readonly #stream: string;
  readonly #jetstream: JetStreamClient;

  /**
   * The stream of the bucket must exist (pipeline/topology). `touch` leaves an object as it is that
   * is younger than `freshMs`.
   */
  constructor(bus: Bus, bucket: string, freshMs = FRESH_MS) {
    this.#freshMs = freshMs;
    this.#bus = bus;
    this.#bucket = bucket;
    this.#stream = objectStream(bucket);
    const options = { timeout: PUBLISH_TIMEOUT_MS, checkAPI: false };
    this.#jetstream = translateErrors(bus.connection.jetstream(options));
  }

  async put(key: string, chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void> {
    const id = nuid.next();
    try {
      const content = await this.#publishChunks(id, chunks).catch(async (error) => {
        await this.#purgeChunks(id).catch(() => {});
        throw error;
      });
      const meta = { name: key, bucket: this.#bucket, nuid: id, ...content };
      // What stood there before loses its chunks later (clearPartials): somebody may read them. So
      // do these if this fails: NATS may have stored it, and only the answer is lost.
      for (let race = 1; !(await this.#describe(meta)); race++) {
        if (race === MAX_RACES) throw goneAtOnce();
      }
    } catch (error) {
      throw isStreamFull(error) ? noRoom(error) : error;
    }
  }

  async *get(key: string, offset = 0, limit?: number): AsyncGenerator<Uint8Array> {
    const found = await this.#find(key);
    if (!found) throw objectNotFound(key);
    const { meta } = found;
    const end = Math.min(meta.sizeBytes, offset + (limit ?? meta.sizeBytes));
    if (offset >= end) return;
    const step = Math.floor(offset / CHUNK_BYTES / INDEX_STEP);
    const sequence = meta.sequences[step];
    let at = sequence === undefined ? 0 : step * INDEX_STEP * CHUNK_BYTES;
    const range = { stream: this.#stream, subject: this.#chunkSubject(meta.nuid), ...READING };
    const after = (sequence ?? 1) - 1;
    for await (const { data: chunk } of readStream(this.#bus, { ...range, after })) {
      const from = Math.max(0, offset - at);
      const to = Math.min(chunk.length, end - at);
      at += chunk.length;
      if (from < to) yield chunk.subarray(from, to);
      if (at >= end) return;
    }
    // Its chunks were removed while they were read.
    throw objectNotFound(key);
  }

  async head(key: string): Promise<ObjectFacts | undefined> {
    return (await this.#find(key))?.facts;
  }

  async *list(prefix: string): AsyncGenerator<ObjectFacts> {
    const begin = this.#metaSubject("");
    const subjects = await this.#subjects(`${begin}>`);
    const keys = subjects
      .map((subject) => nameFromSubject(subject.slice(begin.length)))
      .filter((key) => key.startsWith(prefix));
    for (let at = 0; at < keys.length; at += READS_IN_FLIGHT) {
      const some = keys.slice(at, at + READS_IN_FLIGHT);
      const found = await Promise.all(some.map((key) => this.head(key)));
      for (const facts of found) if (facts) yield facts;
    }
  }

  async touch(key: string): Promise<boolean> {
    for (let race = 0; race < MAX_RACES; race++) {
      const found = await this.#find(key);
      if (!found) return false;
      if (Date.now() - found.facts.modifiedAtMs < this.#freshMs) return true;
      const { meta, sequence } = found;
      if (await unlessChanged(() => this.#describe(meta, sequence))) return true;
    }
    return false;
  }

  async move(from: string, to: string, beforeMs = Number.POSITIVE_INFINITY): Promise<boolean> {
    const found = await this.#find(from);
    if (!found || found.facts.modifiedAtMs >= beforeMs) return false;
    if (!(await this.#describe({ ...found.meta, name: to }))) return false;
    await this.#deleteMessage(found.sequence);
    return true;
  }

  async remove(
    key: string,
    beforeMs = Number.POSITIVE_INFINITY,
    window?: RemovalWindow,
  ): Promise<boolean> {
    const found = await this.#find(key);
    if (!found || found.facts.modifiedAtMs >= beforeMs) return false;
    if (window?.begin() === false) return false;
    // Whoever has touched or written the object meanwhile has published another message.
    if (!(await this.#deleteMessage(found.sequence))) return false;
    // As in #describe: a touch may have replaced it before.
    if ((await this.#find(key))?.meta.nuid === found.meta.nuid) return false;
    // A move that was cut off between its two steps has left two descriptions of the same chunks:
    // those of what waits for its name are left to clearPartials, which looks at all descriptions.
    if (!WAITS_FOR_NAME.test(key)) await this.#purgeChunks(found.meta.nuid);
    return true;
  }

  async clearPartials(beforeMs: number): Promise<void> {
    const begin = this.#chunkSubject("");
    // Chunks first: an object that is completed in between is then seen among the described ones.
    const ids = (await this.#subjects(`${begin}>`)).map((subject) => subject.slice(begin.length));
    const orphans = new Set(ids);
    const metas = this.#metaSubject("");
    for (const subject of await this.#subjects(`${metas}>`)) {
      const found = await this.#find(nameFromSubject(subject.slice(metas.length)));
      if (found) orphans.delete(found.meta.nuid);
    }
    for (const id of orphans) {
      const last = await this.#last(this.#chunkSubject(id));
      if (last && last.timeMs < beforeMs) await this.#purgeChunks(id);
    }
  }

  async #publishChunks(
    id: string,
    chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  ): Promise<Pick<NatsMeta, "sizeBytes" | "sequences" | "digest">> {
    const subject = this.#chunkSubject(id);
    const hash = createHash("sha256");
    const sequences: number[] = [];
    const waiting: Promise<{ readonly seq: number }>[] = [];
    let sizeBytes = 0;
    let acknowledged = 0;
    const acknowledgeFirst = async () => {
      const ack = await waiting.shift();
      if (ack && acknowledged % INDEX_STEP === 0) sequences.push(ack.seq);
      acknowledged += 1;
    };
    try {
      for await (const chunk of regroup(chunks, CHUNK_BYTES)) {
        hash.update(chunk);
        sizeBytes += chunk.length;
        if (waiting.length >= CHUNKS_AT_ONCE) await acknowledgeFirst();
        const sent = this.#jetstream.publish(subject, chunk);
        // Looked at in its turn; until then it must not count as unhandled.
        sent.catch(() => {});
        waiting.push(sent);
      }
      while (waiting.length > 0) await acknowledgeFirst();
    } finally {
      await Promise.allSettled(waiting);
    }
    return { sizeBytes, sequences, digest: `SHA-256=${hash.digest("base64url")}` };
  }

  /**
   * False if the object is not there afterwards. The server stores a description, and deletes all
   * but the last one of the subject: when somebody else deletes the one before between its count
   * and that, it deletes the new one. Throws as #publishMeta.
   */
  async #describe(meta: NatsMeta, expected?: number): Promise<boolean> {
    const sequence = await this.#publishMeta(meta, expected);
    const last = await this.#last(this.#metaSubject(meta.name));
    return last !== undefined && last.sequence >= sequence;
  }

  /**
   * Throws a wrong last sequence if `expected` is given and is not that of the newest description.
   */
  async #publishMeta(meta: NatsMeta, expected?: number): Promise<number> {
    const rollup = headers();
    rollup.set(JsHeaders.RollupHdr, JsHeaders.RollupValueSubject);
    const expect = expected === undefined ? {} : { expect: { lastSubjectSequence: expected } };
    const subject = this.#metaSubject(meta.name);
    const options = { headers: rollup, ...expect };
    return (await this.#jetstream.publish(subject, writeMeta(meta), options)).seq;
  }

  async #find(key: string): Promise<Found | undefined> {
    const last = await this.#last(this.#metaSubject(key));
    const meta = last && parseMeta(last.text);
    if (!last || !meta) return undefined;
    const { sizeBytes } = meta;
    const facts = { key, sizeBytes, modifiedAtMs: last.timeMs };
    return { meta, sequence: last.sequence, facts };
  }

  /**
   * The newest message of a subject, asked of the stream's leader: a replica may not have it yet.
   */
  async #last(subject: string) {
    try {
      const found = await this.#bus.manager.streams.getMessage(this.#stream, {
        last_by_subj: subject,
      });
      return { sequence: found.seq, text: found.string(), timeMs: found.time.getTime() };
    } catch (error) {
      if (isNoMessage(error)) return undefined;
      throw error;
    }
  }

  async #subjects(filter: string): Promise<string[]> {
    const options = { subjects_filter: filter };
    const { state } = await this.#bus.manager.streams.info(this.#stream, options);
    return Object.keys(state.subjects ?? {});
  }

  /** False if it is gone already. */
  async #deleteMessage(sequence: number): Promise<boolean> {
    try {
      return await this.#bus.manager.streams.deleteMessage(this.#stream, sequence, false);
    } catch (error) {
      if (isMessageGone(error)) return false;
      throw error;
    }
  }

  async #purgeChunks(id: string): Promise<void> {
    await this.#bus.manager.streams.purge(this.#stream, { filter: this.#chunkSubject(id) });
  }

  #chunkSubject(id: string): string {
    return `$O.${this.#bucket}.C.${id}`;
  }

  #metaSubject(key: string): string {
    return `$O.${this.#bucket}.M.${nameInSubject(key)}`;
  }
}

function goneAtOnce(): DepthmeshError {
  const message = "an object of NATS was removed while it was written: write it again";
  return new DepthmeshError("SERVICE_UNAVAILABLE", message);
}

function noRoom(cause: unknown): DepthmeshError {
  return new DepthmeshError("STORAGE_FULL", "the object store of NATS has no room", { cause });
}
