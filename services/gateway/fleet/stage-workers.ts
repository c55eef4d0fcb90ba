/**
 * Live workers of one stage, for calls that the gateway makes for a caller: the same worker for the
 * same thing while it lives, another one when it does not answer.
 */
import { createHash } from "node:crypto";
import type { Reason } from "../../../core/error-reasons.js";
import { DepthmeshError, toDepthmeshError } from "../../../core/errors.js";
import type { ProcessFacts } from "../../../kit/process/self.js";
import { meshClient } from "../../../kit/rpc/client.js";
import type { Stage } from "../../../pipeline/stages.js";
import type { Fleet } from "../../../pipeline/topology/fleet.js";

/** Another worker may do what one refused for these reasons. */
const ELSEWHERE: ReadonlySet<Reason> = new Set<Reason>([
  "SERVICE_UNAVAILABLE",
  "DRAINING",
  "RATE_LIMITED",
  "RENDERER_LOST",
  "GPU_OUT_OF_MEMORY",
  "OUT_OF_MEMORY",
  "STAGE_STALLED",
  "WORKER_LOST",
]);

/** A supervisor has replaced a worker within this time, and its successor has announced itself. */
const SUCCESSOR_MS = 10_000;

interface Closable {
  close(): void;
}

/** What a client of the mesh is made of. */
type MeshClientClass<C> = Parameters<typeof meshClient<C>>[0];

export class StageWorkers<C extends Closable> {
  readonly #fleet: Pick<Fleet, "live" | "changed">;
  readonly #stage: Stage;
  readonly #Client: MeshClientClass<C>;
  /** By address. */
  readonly #clients = new Map<string, C>();

  constructor(fleet: Pick<Fleet, "live" | "changed">, stage: Stage, Client: MeshClientClass<C>) {
    this.#fleet = fleet;
    this.#stage = stage;
    this.#Client = Client;
  }

  /**
   * The result of `work` with a worker, which `key` chooses; with the next one when that cannot do
   * it, and with a successor of the last one. Throws SERVICE_UNAVAILABLE where there is none, and
   * what `work` throws for another reason.
   */
  async withOne<T>(key: string, signal: AbortSignal, work: (client: C) => Promise<T>): Promise<T> {
    const tried = new Set<string>();
    // Begins when no worker is left: what a worker has worked before it was lost does not count.
    let until: AbortSignal | undefined;
    let failure: DepthmeshError | undefined;
    for (;;) {
      const next = this.#candidates(key).find(({ worker }) => !tried.has(worker));
      if (next) {
        tried.add(next.worker);
        try {
          return await work(this.#client(next.address));
        } catch (error) {
          signal.throwIfAborted();
          failure = elsewhere(error);
        }
        continue;
      }
      until ??= AbortSignal.any([signal, AbortSignal.timeout(SUCCESSOR_MS)]);
      // Whoever is busy stays so for longer than a successor takes to come.
      if (until.aborted || failure?.reason === "RATE_LIMITED") break;
      await this.#fleet.changed(until);
    }
    signal.throwIfAborted();
    if (failure?.reason === "RATE_LIMITED") throw failure;
    throw this.#none(failure);
  }

  #none(cause: DepthmeshError | undefined): DepthmeshError {
    const stage = this.#stage;
    const message = `no ${stage} worker can be reached now; try again`;
    return new DepthmeshError("SERVICE_UNAVAILABLE", message, { metadata: { stage }, cause });
  }

  /** By rendezvous hashing: a key keeps its worker when others come or go. */
  #candidates(key: string): ProcessFacts[] {
    const live = [...this.#fleet.live.values()].filter(
      ({ service, draining }) => service === this.#stage && !draining,
    );
    const ranked = live.map((facts) => ({ facts, rank: rankOf(key, facts.worker) }));
    return ranked.sort((a, b) => (a.rank < b.rank ? -1 : 1)).map(({ facts }) => facts);
  }

  #client(address: string): C {
    const known = this.#clients.get(address);
    if (known) return known;
    this.#forgetOthers();
    const client = meshClient(this.#Client, address);
    this.#clients.set(address, client);
    return client;
  }

  /** Closes the connections to workers that are gone. */
  #forgetOthers(): void {
    const live = new Set([...this.#fleet.live.values()].map(({ address }) => address));
    for (const [address, client] of this.#clients) {
      if (live.has(address)) continue;
      client.close();
      this.#clients.delete(address);
    }
  }
}

const rankOf = (key: string, worker: string) =>
  createHash("sha256").update(`${worker} ${key}`).digest("hex");

/** The error, if another worker may do better. Throws it otherwise. */
export function elsewhere(error: unknown): DepthmeshError {
  const known = toDepthmeshError(error);
  if (ELSEWHERE.has(known.reason)) return known;
  throw error;
}
