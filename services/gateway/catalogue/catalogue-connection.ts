/**
 * The catalogue's connection: opens the database when it is first needed, and anew where it was
 * lost or is damaged; remembers why it is away.
 */
import { DepthmeshError } from "../../../core/errors.js";
import { abortable } from "../../../kit/async/abort.js";
import type { Log } from "../../../kit/log.js";
import type { CatalogueDatabase } from "./database.js";
import { isDamage, isSchemaLoss } from "./database-errors.js";

export interface ConnectionParts {
  readonly log: Log;
  readonly open: (onLost: (why: Error) => void) => Promise<CatalogueDatabase>;
  /** Called when it goes away; what was written may be gone if `isAnother`. */
  readonly onAway: (isAnother: boolean) => void;
}

export class CatalogueConnection {
  readonly #parts: ConnectionParts;
  #opening: Promise<CatalogueDatabase> | undefined;
  #database: CatalogueDatabase | undefined;
  #trouble: Error | undefined;
  #isClosed = false;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
  }

  /** Whether somebody has needed it yet. */
  get isInUse(): boolean {
    return this.#opening !== undefined;
  }

  /** The open database; undefined before, and while it is opened anew. */
  get database(): CatalogueDatabase | undefined {
    return this.#database;
  }

  /** Why it is away. */
  get trouble(): Error | undefined {
    return this.#trouble;
  }

  /** The open database. Throws why it cannot be opened, or is not before the signal fires. */
  async ready(late: AbortSignal): Promise<CatalogueDatabase> {
    this.#opening ??= this.#open();
    return abortable(this.#opening, late).catch((error) => {
      if (error !== late.reason) throw error;
      throw new Error("the catalogue was not opened in time", { cause: error });
    });
  }

  /** Remembers why it is away; opens it anew where that helps. */
  failed(error: unknown): void {
    // Without NATS nothing changes that it could be told.
    const isBusAway = error instanceof DepthmeshError && error.reason === "BUS_UNAVAILABLE";
    if (this.#isClosed || isBusAway) return;
    const why = error instanceof Error ? error : new Error(String(error));
    if (!this.#trouble) {
      const message = "the catalogue of jobs is away: jobs go on, lists wait until it is back";
      this.#parts.log.warn({ err: why }, message);
    }
    this.#trouble = why;
    const isDamaged = this.#database?.isEmbedded === true && isDamage(error);
    const isAnother = isDamaged || isSchemaLoss(error);
    if (isAnother) this.#abandon(isDamaged);
    this.#parts.onAway(isAnother);
  }

  recovered(): void {
    if (!this.#trouble) return;
    this.#trouble = undefined;
    this.#parts.log.info("the catalogue of jobs is back");
  }

  /** From now on what fails is no trouble. */
  ends(): void {
    this.#isClosed = true;
  }

  async close(): Promise<void> {
    this.ends();
    const database = await this.#opening?.catch(() => undefined);
    await database?.close();
  }

  async #open(): Promise<CatalogueDatabase> {
    try {
      const startedMs = performance.now();
      const database = await this.#parts.open((why) => this.#lost(why));
      this.#database = database;
      const milliseconds = Math.round(performance.now() - startedMs);
      this.#parts.log.info({ place: database.place, milliseconds }, "the catalogue is open");
      return database;
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
  }

  #lost(why: Error): void {
    const isEmbedded = this.#database?.isEmbedded === true;
    if (isEmbedded) this.#abandon(false);
    this.failed(why);
    if (isEmbedded) this.#parts.onAway(true);
  }

  #abandon(isDamaged: boolean): void {
    const database = this.#database;
    if (!database) return;
    this.#database = undefined;
    const closed = isDamaged ? database.setAside() : database.close();
    // The next attempt waits for it, because a folder has one owner at a time.
    this.#opening = closed
      .then(
        (aside) => {
          if (!isDamaged) return;
          const message = "the catalogue is damaged: it is made anew from the records";
          this.#parts.log.error({ aside }, message);
        },
        (error) => this.#parts.log.warn({ err: error }, "the catalogue was not closed"),
      )
      .then(() => this.#open());
    this.#opening.catch(() => {});
  }
}
