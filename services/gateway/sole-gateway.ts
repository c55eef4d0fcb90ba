/**
 * Only one gateway of a mesh may have the store `file`: another one would have other files, or
 * would clear the half-written ones of the first. A lease in NATS tells them apart, wherever their
 * folders are.
 */
import type { KV, KvEntry } from "nats";
import { z } from "zod";
import { DepthmeshError } from "../../core/errors.js";
import { pause } from "../../kit/async/delay.js";
import type { Log } from "../../kit/log.js";
import { compareAndSet } from "../../kit/nats/kv.js";
import { storedJson } from "../../kit/nats/stored-json.js";
import { hostIdentity, isSameHost } from "../../kit/process/host-identity.js";
import { isAlive, processStat } from "../../kit/process/process-stat.js";

const KEY = "sole-gateway";
const RENEW_MS = 2_000;
/** A holder that has not renewed its lease for so long is taken for dead. */
const LEASE_MS = 10_000;
const POLL_MS = 100;

const holderSchema = z.object({
  worker: z.string(),
  pid: z.number().int(),
  startTicks: z.number().optional(),
  host: z.object({ bootId: z.string(), mountNamespace: z.string(), user: z.number() }).optional(),
});
type Holder = Readonly<z.infer<typeof holderSchema>>;

export interface SoleGatewayParts {
  readonly bucket: Pick<KV, "get" | "create" | "update" | "delete">;
  /** Name of this process. */
  readonly worker: string;
  readonly log: Log;
  /** Ends this process: another one has the lease. */
  readonly die: (why: Error) => void;
}

export class SoleGateway {
  readonly #parts: SoleGatewayParts;
  readonly #text: string;
  readonly #stop = new AbortController();
  #revision: number;
  #renewing: Promise<void> = Promise.resolve();

  private constructor(parts: SoleGatewayParts, text: string, revision: number) {
    this.#parts = parts;
    this.#text = text;
    this.#revision = revision;
  }

  /**
   * Takes the lease, at once where nobody has it or its holder has died on this machine. Throws
   * PARAMETER_CONFLICT when another gateway renews it, BUS_UNAVAILABLE.
   */
  static async take(parts: SoleGatewayParts): Promise<SoleGateway> {
    const { bucket, worker } = parts;
    const own: Holder = { worker, pid: process.pid, ...placeOf(process.pid) };
    const text = JSON.stringify(own);
    for (;;) {
      const entry = await untilFree(parts);
      const revision = await compareAndSet(bucket, KEY, text, entry);
      if (revision === undefined) continue;
      const lease = new SoleGateway(parts, text, revision);
      lease.#renewing = lease.#renew();
      return lease;
    }
  }

  async release(): Promise<void> {
    this.#stop.abort();
    await this.#renewing;
    await this.#parts.bucket.delete(KEY, { previousSeq: this.#revision }).catch(() => {});
  }

  async #renew(): Promise<void> {
    const { bucket, worker, log, die } = this.#parts;
    for (;;) {
      await pause(RENEW_MS, this.#stop.signal);
      if (this.#stop.signal.aborted) return;
      try {
        const known = { revision: this.#revision };
        const revision = await compareAndSet(bucket, KEY, this.#text, known);
        if (revision !== undefined) {
          this.#revision = revision;
          continue;
        }
        const entry = await bucket.get(KEY);
        const holder = holderIn(entry);
        if (holder && holder.worker !== worker) return die(new Error(takenText(holder)));
        // NATS has lost it, or the answer to the last renewal was lost.
        const mine = await compareAndSet(bucket, KEY, this.#text, entry);
        if (mine !== undefined) this.#revision = mine;
      } catch (error) {
        log.debug({ err: error }, "the lease of the file store is not renewed yet");
      }
    }
  }
}

/** The entry to replace, once nobody holds the lease. Throws while somebody renews it. */
async function untilFree({ bucket, worker }: SoleGatewayParts): Promise<KvEntry | null> {
  let seen: { readonly revision: number; readonly atMs: number } | undefined;
  for (;;) {
    const entry = await bucket.get(KEY);
    const holder = holderIn(entry);
    if (!entry || !holder || holder.worker === worker || hasDied(holder)) return entry;
    if (seen && entry.revision !== seen.revision) throw inUse(holder);
    seen ??= { revision: entry.revision, atMs: performance.now() };
    if (performance.now() - seen.atMs > LEASE_MS) return entry;
    await pause(POLL_MS);
  }
}

function holderIn(entry: KvEntry | null): Holder | undefined {
  return entry?.operation === "PUT" ? storedJson(holderSchema, entry.value) : undefined;
}

/** What tells a process of this machine from a later one with its id. */
function placeOf(pid: number): Pick<Holder, "startTicks" | "host"> {
  const host = hostIdentity();
  const startTicks = processStat(pid)?.startTicks;
  return { ...(host && { host }), ...(startTicks !== undefined && { startTicks }) };
}

/** Of a process on another machine, or in another container, nothing is known. */
function hasDied({ host, pid, startTicks }: Holder): boolean {
  const own = hostIdentity();
  if (!host || !own || !isSameHost(host, own)) return false;
  return !isAlive(pid) || processStat(pid)?.startTicks !== startTicks;
}

function inUse({ worker }: Holder): DepthmeshError {
  const message = `another gateway (${worker}) serves this mesh, and the blob store \`file\` belongs to one gateway: set DEPTHMESH_BLOB_STORE=nats or DEPTHMESH_BLOB_STORE=s3 for every gateway, or stop the other one`;
  return new DepthmeshError("PARAMETER_CONFLICT", message, {
    metadata: { field: "DEPTHMESH_BLOB_STORE", gateway: worker.slice(0, 64) },
  });
}

function takenText({ worker }: Holder): string {
  return `another gateway (${worker}) has taken the blob store over, because this one did not answer for a while`;
}
