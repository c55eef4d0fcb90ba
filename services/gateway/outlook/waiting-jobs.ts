/**
 * Which jobs wait for a worker, stage by stage and lane by lane, in the order in which their orders
 * were decided. It follows the records that the gateway knows anyway, so that it asks NATS nothing,
 * however many callers watch their jobs.
 */
import { isLive, isTerminal, type JobRecord } from "../../../pipeline/record/record.js";
import { STAGES, type Stage } from "../../../pipeline/stages.js";

interface Wait {
  readonly queue: string;
  readonly sinceMs: number;
}

/** Positions are computed at most this often. */
const FRESH_MS = 1_000;

/** The stage that waits for a worker; undefined where one works on all that can be done. */
export function waitingStage(record: JobRecord, nowMs: number): Stage | undefined {
  if (isTerminal(record)) return undefined;
  return STAGES.find((stage) => {
    const { done, order, lease } = record.stages[stage];
    return !done && order !== null && !isLive(lease, nowMs);
  });
}

export class WaitingJobs {
  readonly #waits = new Map<string, Wait>();
  #positions: ReadonlyMap<string, number> = new Map();
  #computedAtMs = Number.NEGATIVE_INFINITY;

  /** The newest record of a job. */
  onRecord(record: JobRecord): void {
    const stage = waitingStage(record, Date.now());
    const order = stage && record.stages[stage].order;
    if (!order) {
      this.#waits.delete(record.id);
      return;
    }
    const queue = `${stage}/${record.lane}`;
    this.#waits.set(record.id, { queue, sinceMs: order.decidedAtMs });
  }

  onRemoved(id: string): void {
    this.#waits.delete(id);
  }

  /**
   * How many jobs wait before this one; up to a second old. Undefined for one that is not known.
   */
  before(id: string, nowMs = performance.now()): number | undefined {
    const own = this.#waits.get(id);
    if (!own) return undefined;
    if (nowMs - this.#computedAtMs >= FRESH_MS) {
      this.#positions = positionsIn(this.#waits);
      this.#computedAtMs = nowMs;
    }
    return this.#positions.get(id) ?? this.#countBefore(own);
  }

  /** For one that has begun to wait since. */
  #countBefore({ queue, sinceMs }: Wait): number {
    let before = 0;
    for (const other of this.#waits.values()) {
      if (other.queue === queue && other.sinceMs < sinceMs) before += 1;
    }
    return before;
  }
}

function positionsIn(waits: ReadonlyMap<string, Wait>): Map<string, number> {
  // Ids ascend with the time at which the jobs were made.
  const inOrder = [...waits].sort(
    ([one, a], [other, b]) => a.sinceMs - b.sinceMs || (one < other ? -1 : 1),
  );
  const lengths = new Map<string, number>();
  return new Map(
    inOrder.map(([id, { queue }]) => {
      const before = lengths.get(queue) ?? 0;
      lengths.set(queue, before + 1);
      return [id, before];
    }),
  );
}
