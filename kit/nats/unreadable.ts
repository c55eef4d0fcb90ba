/**
 * Entries and messages that a reader cannot use: no JSON, another shape, a later version. One of
 * them must not stop whoever reads the bucket, so they are skipped, counted, and logged once.
 */
import type { Log } from "../log.js";
import { count } from "../telemetry/counters.js";

/**
 * Later ones are only counted: a writer that has gone mad must not fill the disk with log lines.
 */
const MAX_LOGGED = 1_000;
/** Keys come from strangers, too. */
const MAX_KEY_LENGTH = 128;

export class UnreadableEntries {
  readonly #log: Log;
  readonly #logged = new Set<string>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** `source` is a bucket or a subject. An entry of the same key and revision is logged once. */
  skip(source: string, key: string, revision: number, why: unknown): void {
    const entry = `${source}/${key}@${revision}`;
    if (this.#logged.has(entry)) return;
    const counted = count("unreadable_entries");
    if (this.#logged.size >= MAX_LOGGED) return;
    this.#logged.add(entry);
    const facts = { source, key: key.slice(0, MAX_KEY_LENGTH), revision, counted };
    this.#log.error({ err: why, ...facts }, "skipped an entry that cannot be read");
  }
}
