/**
 * The gateway's background work on jobs, which no client's call triggers: composes the parts of
 * this folder, and runs the periodic ones every `maintenanceMs` and whenever NATS can be reached
 * again.
 */
import { join } from "node:path";
import { pause } from "../../../kit/async/delay.js";
import { isShared } from "../../../kit/blobs/store.js";
import type { JobRecord, JobState } from "../../../pipeline/record/record.js";
import { countByState, type EndedJob, type EndedQuery, endedBefore } from "../catalogue/queries.js";
import type { GatewayContext } from "../context.js";
import { removeExpiredUploads } from "../kept-uploads/expiry.js";
import { UploadIndex } from "../kept-uploads/upload-index.js";
import { BlobReferences } from "./blob-references.js";
import { CacheIndex } from "./cache-index.js";
import { Deadlines } from "./deadlines.js";
import { Deletion } from "./deletion.js";
import { EventPublisher } from "./event-publisher.js";
import { JobIndex } from "./job-index.js";
import { JobLog } from "./job-log.js";
import { MaxDeliveriesHandler } from "./max-deliveries.js";
import { OrphanedOrders } from "./orphaned-orders.js";
import { Quarantine } from "./quarantine.js";
import { QuarantineFolder } from "./quarantine-folder.js";
import { QuarantineObjects } from "./quarantine-objects.js";
import { Reconciler } from "./reconciler.js";
import { HOUR_MS, removeExpiredRecords } from "./retention.js";
import { SegmentKeeper } from "./segment-keeper.js";
import { sweep } from "./sweep.js";
import { Turns } from "./turns.js";

/** After NATS has returned, workers that are alive renew their leases within this time. */
const LEASE_RENEWAL_MS = 1_000;

export class Maintenance {
  readonly #context: GatewayContext;
  /** Unfinished jobs. */
  readonly index: JobIndex;
  /** What later jobs can reuse. */
  readonly caches: CacheIndex;
  /** Uploads that survive. */
  readonly uploads: UploadIndex;
  readonly deletion: Deletion;
  readonly #events: EventPublisher;
  readonly #quarantine: Quarantine;
  readonly #turns: Turns;
  readonly #maxDeliveries: MaxDeliveriesHandler;
  readonly #orphaned: OrphanedOrders;
  readonly #reconciler: Reconciler;
  readonly #segments: SegmentKeeper;
  readonly #deadlines: Deadlines;
  readonly #stop = new AbortController();
  #loops: Promise<unknown> = Promise.resolve();
  #sweptAtMs = 0;
  #claimsReadAtMs = Date.now();
  /**
   * The gateway has started or NATS has returned, and no search for orphaned orders has ended
   * since.
   */
  #isAfterReturn = true;
  /** Fires when NATS returns; a new one begins with each pass. */
  #returned = new AbortController();
  #stopListening: () => void = () => {};

  constructor(context: GatewayContext) {
    const { bus, store, log, blobs, buckets, config, catalogue } = context;
    this.#context = context;
    this.index = new JobIndex(store, log, {
      startingPoint: () => catalogue.startingPoint(this.#events.settledBeforeMs),
      take: (change) => catalogue.take(change),
    });
    this.caches = new CacheIndex(bus, buckets, log);
    this.uploads = new UploadIndex(bus, buckets.uploads, context.claims);
    const references = new BlobReferences(context.claims, catalogue);
    // Claims that are shared outlive the gateway that made them.
    const startedAtMs = context.claims.isShared ? 0 : Date.now();
    this.deletion = new Deletion({
      ...{ store, blobs, claims: context.claims, references, log, startedAtMs },
      ...{ caches: this.caches, index: this.index, uploads: this.uploads, catalogue },
    });
    this.#events = new EventPublisher(bus, log, {
      isLive: (id) => this.index.live.has(id),
      beforeEnd: (record) => context.webhooks.tell(record),
    });
    const storage = isShared(blobs)
      ? new QuarantineObjects(blobs)
      : new QuarantineFolder(join(config.blobFolder, "quarantine"), blobs);
    this.#quarantine = new Quarantine({ storage, hours: config.quarantineHours, log });
    this.#turns = new Turns(buckets.claims);
    this.#maxDeliveries = new MaxDeliveriesHandler({ bus, store, log });
    this.#orphaned = new OrphanedOrders(bus, (message) =>
      this.#maxDeliveries.deleteUnlessHeld(message),
    );
    this.#reconciler = new Reconciler({ bus, store, log, index: this.index });
    this.#deadlines = new Deadlines(this.index, () =>
      this.#attempt("deadlines", () => this.#reconciler.expireDue()),
    );
    const { index, deletion } = this;
    this.#segments = new SegmentKeeper({
      bus,
      store,
      log,
      claims: context.claims,
      index,
      deletion,
    });
    const ofJobs = [
      references,
      this.#events,
      this.#quarantine,
      this.#deadlines,
      context.outlook,
      this.#segments,
    ];
    for (const listener of [...ofJobs, new JobLog(log)]) this.index.listen(listener);
  }

  start(): void {
    const { signal } = this.#stop;
    this.#maxDeliveries.start();
    this.#stopListening = this.#context.bus.connectionState.onReturn(() => {
      this.#isAfterReturn = true;
      this.#returned.abort();
    });
    this.#loops = Promise.all([
      this.#followJobs(signal),
      this.#context.catalogue.run(signal),
      this.caches.run(signal),
      this.uploads.run(signal),
      this.#runPeriodically(signal),
    ]);
  }

  /**
   * Resolves when the stream of events has the job's whole history. Throws BUS_UNAVAILABLE if that
   * takes too long.
   */
  waitForEvents(record: JobRecord): Promise<void> {
    return this.#events.waitUntilPublished(record);
  }

  /**
   * How many jobs are in each state that has any; only those that have not ended while the
   * catalogue is away.
   */
  async countJobs(): Promise<ReadonlyMap<JobState, number>> {
    const { catalogue } = this.#context;
    try {
      await catalogue.reaches(await this.index.upToDate());
      return await catalogue.ask(countByState);
    } catch (error) {
      this.#context.log.debug({ err: error }, "only unfinished jobs are counted");
      return this.index.countLive();
    }
  }

  async drain(): Promise<void> {
    this.#stop.abort();
    this.#stopListening();
    this.#deadlines.close();
    this.#maxDeliveries.close();
    await this.#loops;
    await this.#segments.stop();
    await this.#quarantine.settled();
  }

  /** The publisher must know what was published before the index reads the first record. */
  async #followJobs(signal: AbortSignal): Promise<void> {
    await this.#events.open(signal);
    await Promise.all([this.index.run(signal), this.#events.run(signal)]);
  }

  async #runPeriodically(signal: AbortSignal): Promise<void> {
    const { bus, config } = this.#context;
    const { maintenanceMs } = config;
    while (!signal.aborted) {
      await bus.connectionState.untilUp(signal);
      await this.#attempt("orphaned orders", () => this.#deleteOrphanedOrders());
      await this.#attempt("segments", () => this.#segments.pass());
      await this.#attempt("reconciler", () => this.#reconciler.pass(signal));
      await this.#attempt("orders with too many deliveries", () => this.#maxDeliveries.retry());
      await this.#attempt("deletions", () => this.deletion.finishAll());
      await this.#attempt("uploads", () => this.#removeExpiredUploads());
      await this.#attempt("retention", () => this.#removeExpiredRecords());
      // A sweep reads all records: not while the gateway reads those that it needs to begin.
      if (this.index.isCurrent && !signal.aborted) {
        await this.#attempt("sweep", () => this.#sweepInTurn());
        await this.#attempt("claims", () => this.#forgetExpiredClaims());
      }
      await pause(maintenanceMs, AbortSignal.any([signal, this.#returned.signal]));
      if (this.#returned.signal.aborted) await pause(LEASE_RENEWAL_MS, signal);
    }
  }

  async #deleteOrphanedOrders(): Promise<void> {
    const isAfterReturn = this.#isAfterReturn;
    this.#returned = new AbortController();
    await this.#orphaned.pass(isAfterReturn);
    if (!this.#returned.signal.aborted) this.#isAfterReturn = false;
  }

  async #removeExpiredRecords(): Promise<void> {
    const { store, config, log, catalogue } = this.#context;
    // Nothing is to be removed where nobody has told the catalogue anything yet.
    if (!catalogue.isInUse) return;
    const hasAllEvents = (job: EndedJob) => this.#events.hasAll(job);
    const expired = (query: EndedQuery) => catalogue.ask((db) => endedBefore(db, query));
    await removeExpiredRecords({ store, log, hours: config, expired, hasAllEvents });
  }

  async #removeExpiredUploads(): Promise<void> {
    const { uploads, log } = this.#context;
    const { deletion, uploads: index } = this;
    await removeExpiredUploads({ uploads, index, deletion, log });
  }

  /** What is expensive, and of use only once where several gateways share the blobs. */
  async #sweepInTurn(): Promise<void> {
    const { claims, config } = this.#context;
    if (Date.now() - this.#sweptAtMs < config.sweepMs) return;
    if (claims.isShared && !(await this.#turns.take("sweep", config.sweepMs))) return;
    this.#sweptAtMs = Date.now();
    await this.#attempt("quarantine", () => this.#quarantine.clear());
    await this.#attempt("leftovers of uploads", () => this.#clearLeftovers());
    await this.#attempt("blobs without references", () => this.#sweep());
    await this.#attempt("useless cache entries", () => this.deletion.uselessEntries());
  }

  async #clearLeftovers(): Promise<void> {
    const { uploads, config, log } = this.#context;
    const leftovers = await uploads.clearLeftovers(Date.now() - config.blobGraceMs);
    if (leftovers > 0) log.info({ leftovers }, "removed what ended uploads had left");
  }

  /** A job may take longer than a claim lives in NATS. */
  async #forgetExpiredClaims(): Promise<void> {
    if (Date.now() - this.#claimsReadAtMs < HOUR_MS) return;
    const { live, segments } = this.index;
    await this.#context.claims.forgetExpired((owner) => live.has(owner) || segments.has(owner));
    this.#claimsReadAtMs = Date.now();
  }

  #sweep(): Promise<void> {
    const { bus, buckets, blobs, log, config } = this.#context;
    // All buckets except those that never reference blobs: references in a bucket that is added
    // later are then respected from the start.
    const { requests: _r, workers: _w, tenants: _t, usage: _u, claims: _c, ...others } = buckets;
    const { webhooks: _h, deliveries: _d, webhookFailures: _f, ...referencing } = others;
    return sweep({
      ...{ bus, blobs, log },
      buckets: Object.values(referencing),
      // The others' entries and markers expire by themselves.
      otherBuckets: [buckets.tenants, buckets.webhooks, buckets.claims],
      graceMs: config.blobGraceMs,
      markAgeMs: config.sweepMs,
    });
  }

  /** A task that fails, as all do while NATS is away, must not stop the others. */
  async #attempt(task: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const message = "maintenance task failed; it runs again at the next interval";
      this.#context.log.warn({ err: error, task }, message);
    }
  }
}
