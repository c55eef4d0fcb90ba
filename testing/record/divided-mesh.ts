/**
 * A mesh in memory for the model test of a divided clip: the records of a job and of its segments,
 * their orders, gateways that tend them and workers that make them. Whoever reads or writes a
 * record may die before or after it, and others act in between.
 */
import { DepthmeshError } from "../../core/errors.js";
import { acquire } from "../../pipeline/record/acquire.js";
import type { Division } from "../../pipeline/record/division.js";
import { fail } from "../../pipeline/record/endings.js";
import { isTerminal, type JobRecord, withStage } from "../../pipeline/record/record.js";
import { type JobStore, updateRecord, type Versioned } from "../../pipeline/record/store.js";
import { beginGeneration, commit, release } from "../../pipeline/record/transitions.js";
import { divide, renderAgain } from "../../pipeline/segments/divide.js";
import { segmentIds } from "../../pipeline/segments/segment-record.js";
import { isTendingDue, type TendParts, tendSegments } from "../../pipeline/segments/tend.js";
import type { Stage } from "../../pipeline/stages.js";
import { MemoryJobStore } from "./memory-store.js";

const LEASE_MS = 2_000;
const DEPTH = { sha256: "d".repeat(64) };
const RANGES = [0, 1, 2].map((index) => ({ firstFrame: 10 * index, frames: 10 }));

class Crash extends Error {}

/** Each act has a time of its own. */
let leaseClockMs = 0;

export interface Chances {
  /** Of a crash at each access of a process. */
  crash: number;
  /** Segments lose their files. */
  fails: boolean;
  mayCancel: boolean;
}

/** One divided job, and all that is in NATS of it. */
export class DividedMesh {
  readonly store = new MemoryJobStore();
  readonly orders: { id: string; stage: Stage; orderId: string; generation: number }[] = [];
  readonly joinedOf: string[][] = [];
  divisions = 0;
  #seenBefore: readonly Versioned[] = [];
  readonly #random: () => number;
  readonly chances: Chances;

  constructor(random: () => number, chances: Chances) {
    this.#random = random;
    this.chances = chances;
  }

  chance(probability: number): boolean {
    return this.#random() < probability;
  }

  pick<T>(items: readonly T[]): T | undefined {
    return items[Math.floor(this.#random() * items.length)];
  }

  /** The store as a process sees it that may die before or after each access. */
  crashing(): Pick<JobStore, "create" | "read" | "replace" | "remove"> {
    const { store } = this;
    const access = async <T>(act: () => Promise<T>): Promise<T> => {
      // Others act in between.
      for (let turns = Math.floor(this.#random() * 4); turns > 0; turns--) await null;
      if (this.chance(this.chances.crash)) throw new Crash();
      const answer = await act();
      if (this.chance(this.chances.crash)) throw new Crash();
      return answer;
    };
    return {
      create: (record) => access(() => store.create(record)),
      read: (id) => access(() => store.read(id)),
      replace: (record, revision) => access(() => store.replace(record, revision)),
      remove: (id, revision) => access(() => store.remove(id, revision)),
    };
  }

  async publish(record: JobRecord, stage: Stage): Promise<void> {
    const { order } = record.stages[stage];
    if (this.chance(this.chances.crash)) throw new Crash();
    if (!order || this.orders.some(({ orderId }) => orderId === order.id)) return;
    const { id: orderId, generation } = order;
    this.orders.push({ id: record.id, stage, orderId, generation });
  }

  /**
   * One gateway does what it can, and may die at it, if what it has seen leaves something to do. It
   * may have seen an earlier state of the segments.
   */
  async tend(job: string): Promise<void> {
    const record = (await this.store.read(job))?.record;
    const known = this.chance(0.3) ? this.#seenBefore : await this.segments();
    this.#seenBefore = known;
    const live = record && !isTerminal(record) ? record : undefined;
    if (!isTendingDue(live, known, 0)) return;
    const store = this.crashing();
    const parts: TendParts = {
      store,
      publish: ({ record }, stage) => this.publish(record, stage),
      hint: () => {},
      discard: async ({ id }) => {
        await store.remove(id);
      },
    };
    await this.died(async () => tendSegments(parts, job, known));
  }

  async segments(): Promise<Versioned[]> {
    const records = await Promise.all((await this.store.ids()).map((id) => this.store.read(id)));
    return records.flatMap((found) => (found?.record.segmentOf ? [found] : []));
  }

  /** How `act` ended before its time: its process died, or the record is gone. */
  async died(act: () => Promise<unknown>): Promise<"crash" | "gone" | undefined> {
    try {
      await act();
      return undefined;
    } catch (error) {
      if (error instanceof Crash) return "crash";
      if (error instanceof DepthmeshError && error.reason === "JOB_NOT_FOUND") return "gone";
      throw error;
    }
  }

  /** Order recovery, for every record. */
  async recover(job: string): Promise<void> {
    for (const id of [job, ...(await this.segments()).map(({ record }) => record.id)]) {
      const found = await this.store.read(id);
      if (!found || isTerminal(found.record)) continue;
      const stage = (["depth", "render", "encode"] as const).find(
        (each) => !found.record.stages[each].done,
      );
      if (stage) {
        await this.died(() => this.publish(found.record, stage));
      }
    }
  }

  /** A worker takes an order, and makes the stage or dies at it. */
  async work(job: string): Promise<void> {
    const order = this.pick(this.orders);
    if (!order) return;
    const drop = () => this.orders.splice(this.orders.indexOf(order), 1);
    const store = this.crashing();
    let token = "";
    let taken: JobRecord | undefined;
    const lost = await this.died(async () => {
      const { record } = await updateRecord(store, order.id, (current) => {
        const nowMs = ++leaseClockMs;
        const message = { job: order.id, ...order };
        // The lease of a dead worker has run out.
        const free = withStage(current, order.stage, { lease: null });
        const acquired = acquire(free, message, { worker: "w", leaseMs: LEASE_MS, nowMs, seq: 1 });
        taken = undefined;
        if (acquired.kind === "expired") return acquired.record;
        if (acquired.kind !== "taken") return undefined;
        token = acquired.token;
        taken =
          order.stage === "render" ? beginGeneration(acquired.record, "a", nowMs) : acquired.record;
        return taken;
      });
      taken = taken && record;
    });
    if (lost === "crash") return;
    if (lost === "gone" || !taken) {
      drop();
      return;
    }
    const died = await this.died(() => this.#make(job, order, token, store));
    if (died !== "crash") drop();
  }

  async #make(
    job: string,
    { id, stage }: { id: string; stage: Stage },
    token: string,
    store: Pick<JobStore, "read" | "replace">,
  ): Promise<void> {
    const update = (change: (record: JobRecord) => JobRecord | undefined) =>
      updateRecord(store, id, change);
    const nowMs = ++leaseClockMs;
    if (this.chance(0.1)) {
      await update((current) => release(current, stage, token, { kind: "deferred" }, nowMs));
      throw new Crash();
    }
    const isJob = id === job;
    if (!isJob && this.chances.fails && this.chance(0.1)) {
      const sha256 = this.chance(0.5) ? DEPTH.sha256 : "x";
      const error = { reason: "BLOB_NOT_FOUND", message: "", metadata: { sha256 } };
      await update((current) => fail(current, { stage, token }, error, nowMs));
      return;
    }
    const current = (await store.read(id))?.record;
    if (stage === "render" && isJob && !current?.undivided) {
      this.divisions += 1;
      const division: Division = {
        ...{ id: `${this.divisions}`, quality: "fast", ranges: RANGES },
        ...{ traceParent: "", retries: 0 },
      };
      await update((latest) => divide(latest, token, division, { output: null }, nowMs));
      return;
    }
    if (stage === "render") {
      const { record } = await update(() => undefined);
      await this.publish(record, "encode");
      // Render waits for encode; its order is dropped when the segment has ended.
      if (!isTerminal(record)) throw new Crash();
      return;
    }
    if (stage === "encode" && isJob && current?.division) {
      if (this.chances.fails && this.chance(0.3)) {
        const cause = { whole: this.chance(0.3), reason: "BLOB_NOT_FOUND" };
        const { record } = await update((current) => renderAgain(current, token, cause, nowMs));
        if (!record.division) return;
      }
      const ids = segmentIds(id, current.division);
      const made = await Promise.all(ids.map((each) => store.read(each)));
      const states = made.map((found) => found?.record.state ?? "");
      try {
        await update((latest) => commit(latest, stage, token, { output: null }, nowMs));
      } finally {
        // Also where the one who has written it died before the answer.
        const after = (await this.store.read(id))?.record;
        if (after?.stages.encode.doneBy === token) this.joinedOf.push(states);
      }
      return;
    }
    const { record } = await update((current) =>
      commit(current, stage, token, { output: stage === "depth" ? DEPTH : null }, nowMs),
    );
    if (record.stages[stage].doneBy !== token) return;
    if (stage === "depth") await this.publish(record, "render");
  }
}
