/**
 * A mesh: jobs go from the gateway through depth, render and encode. The rules are those of the
 * real one (docs/decisions): render holds its slot while encode works (7), a lost encoder is
 * replaced after its lease and gets all frames again (9), a lost renderer takes its encoder along
 * and is not the encoder's failure (8), a stage that has lost five workers ends the job (6).
 */
import { POISON_LIMIT } from "../../pipeline/record/acquire.js";
import { type Lane, STAGES, type Stage } from "../../pipeline/stages.js";
import { type Random, randomStream } from "../engine/random.js";
import type { Simulation } from "../engine/simulation.js";
import { Durations } from "../results/durations.js";
import type { Clip } from "./clip.js";
import type { MeshOptions } from "./mesh-options.js";
import { Pool } from "./pool.js";
import { keepScaled } from "./scaler.js";
import { SharedServers } from "./shared-servers.js";
import { frameSeconds, serialSeconds } from "./stage-seconds.js";
import { type Attempt, type Job, newWork, type Work } from "./work.js";

/**
 * Record and first order; take; commit and next order; an order alone; the end. What a segment
 * costs is known as a whole, and comes at its end.
 */
const ACCEPT_WRITES = 2;
const TAKE_WRITES = 1;
const COMMIT_WRITES = 2;
const ORDER_WRITES = 1;
const END_WRITES = 1;
/** A worker renews its lease so often in the time of one (rule 3). */
const RENEWALS_PER_LEASE = 6;
/** A job passes the gateway when it is accepted and at the end of each stage. */
const GATEWAY_PARTS = 4;
/** A map of 8 bits as PNG. */
const DEPTH_MAP_BYTES = 300_000;
/** An idle worker looks so often for orders that are delivered again. */
const POLL_SECONDS = 1;
/** A renderer keeps the scene of a divided clip open for so long. */
const SCENE_KEPT_SECONDS = 10;

export class Mesh {
  readonly pools: Readonly<Record<Stage, Pool>>;
  readonly servers: SharedServers;
  /** Of jobs that succeeded, from the request to the end. */
  readonly latencies = new Durations();
  readonly laneLatencies: Readonly<Record<Lane, Durations>> = {
    high: new Durations(),
    normal: new Durations(),
    low: new Durations(),
  };
  /** When the last job has ended. */
  lastEndSeconds = 0;
  accepted = 0;
  succeeded = 0;
  failed = 0;
  readonly #simulation: Simulation;
  readonly #options: MeshOptions;
  readonly #work: Random;
  readonly #leases: Random;

  constructor(simulation: Simulation, options: MeshOptions) {
    this.#simulation = simulation;
    this.#options = options;
    this.#work = randomStream(options.seed, "work");
    this.#leases = randomStream(options.seed, "leases");
    this.servers = new SharedServers(simulation, options);
    const begin: Readonly<Record<Stage, (attempt: Attempt) => void>> = {
      depth: (attempt) => this.#depth(attempt),
      render: (attempt) => this.#render(attempt),
      encode: (attempt) => this.#encode(attempt),
    };
    const pool = (stage: Stage) =>
      new Pool(options.pools[stage], {
        simulation,
        random: randomStream(options.seed, stage),
        begin: begin[stage],
        ended: (attempt, isLost) => this.#ended(stage, attempt, isLost),
      });
    this.pools = { depth: pool("depth"), render: pool("render"), encode: pool("encode") };
    for (const stage of STAGES) {
      const { scaling } = options.pools[stage];
      if (scaling) keepScaled(simulation, this.pools[stage], scaling);
    }
  }

  /** Accepted and not at their end. */
  get inFlight(): number {
    return this.accepted - this.succeeded - this.failed;
  }

  accept(clip: Clip, lane: Lane): void {
    const acceptedSeconds = this.#simulation.nowSeconds;
    const { pools, frameTransport } = this.#options;
    const job: Job = {
      ...{ clip, lane, acceptedSeconds, segmentsLeft: 0, isOver: false },
      sceneSeconds: clip.renderOnce.draw(this.#work),
      frameSeconds: frameSeconds(clip, pools, frameTransport, this.#work),
    };
    this.accepted += 1;
    const need = { writes: ACCEPT_WRITES, bytes: clip.photoBytes, ...this.#gatewayPart() };
    const work = newWork(job, "whole", clip.frames);
    this.#simulation.after(this.servers.delaySeconds(need), () => this.pools.depth.add(work));
  }

  #depth(attempt: Attempt): void {
    const { work } = attempt.order;
    const { clip } = work.job;
    if (work.job.isOver) {
      this.#drop("depth", attempt);
      return;
    }
    const seconds = serialSeconds(clip.depth.draw(this.#work), this.#options.pools.depth);
    const taken = this.#takeSeconds(work, seconds, clip.photoBytes);
    this.#whileLive(attempt, taken + seconds, () => {
      const commit = { writes: COMMIT_WRITES, bytes: DEPTH_MAP_BYTES, ...this.#gatewayPart() };
      this.#whileLive(attempt, this.servers.delaySeconds(commit), () => {
        this.pools.depth.release(attempt);
        this.pools.render.add(work);
      });
    });
  }

  #render(attempt: Attempt): void {
    const { work } = attempt.order;
    const { job } = work;
    if (job.isOver) {
      this.#drop("render", attempt);
      return;
    }
    work.rendering = attempt;
    work.generation += 1;
    const isOpen = work.kind === "segment" && this.#hasScene(attempt);
    const once =
      (isOpen ? 0 : job.sceneSeconds) +
      (work.kind === "segment" ? this.#options.segmentRenderSeconds : 0);
    const seconds = serialSeconds(once, this.#options.pools.render);
    const bytes = isOpen ? 0 : job.clip.photoBytes + DEPTH_MAP_BYTES;
    const taken = this.#takeSeconds(work, seconds, bytes);
    const { segments } = job.clip;
    this.#whileLive(attempt, taken + seconds, () => {
      const divides = segments !== undefined && work.kind === "whole";
      const isOfJob = work.kind !== "segment";
      const need = isOfJob ? { writes: ORDER_WRITES, ...this.#gatewayPart() } : {};
      this.#whileLive(attempt, this.servers.delaySeconds(need), () => {
        if (divides) this.#divide(attempt, segments);
        else this.pools.encode.add(work);
      });
    });
  }

  /** Whether the worker still has the scene of a divided clip open. */
  #hasScene({ order: { work }, worker: { scene } }: Attempt): boolean {
    return scene?.job === work.job && scene.untilSeconds >= this.#simulation.nowSeconds;
  }

  #divide(attempt: Attempt, segments: readonly number[]): void {
    const { job } = attempt.order.work;
    job.segmentsLeft = segments.length;
    this.#keepScene(attempt);
    this.pools.render.release(attempt);
    for (const frames of segments) this.pools.render.add(newWork(job, "segment", frames));
  }

  #encode(attempt: Attempt): void {
    const { work, generation } = attempt.order;
    const { job } = work;
    const isStale =
      work.kind !== "join" && !(work.rendering?.isLive && generation === work.generation);
    if (job.isOver || isStale) {
      this.#drop("encode", attempt);
      return;
    }
    work.encoding = attempt;
    const { pools, segmentEncodeSeconds } = this.#options;
    const { clip } = job;
    const once = work.kind === "segment" ? segmentEncodeSeconds : clip.encodeOnce.draw(this.#work);
    const frames = work.kind === "join" ? 0 : work.frames * job.frameSeconds;
    const seconds = serialSeconds(once, pools.encode) + frames;
    const bytes = work.kind === "join" ? clip.resultBytes : 0;
    this.#whileLive(attempt, this.#takeSeconds(work, seconds, bytes) + seconds, () => {
      const resultBytes = clip.resultBytes * (work.frames / clip.frames);
      const { segmentGatewaySeconds: gatewaySeconds, segmentNatsSeconds: natsSeconds } =
        this.#options;
      const servers =
        work.kind === "segment"
          ? { gatewaySeconds, natsSeconds }
          : { writes: END_WRITES, ...this.#gatewayPart() };
      const need = { bytes: resultBytes, ...servers };
      this.#whileLive(attempt, this.servers.delaySeconds(need), () => this.#encoded(attempt));
    });
  }

  #encoded(attempt: Attempt): void {
    const { work } = attempt.order;
    const { job } = work;
    this.pools.encode.release(attempt);
    if (work.rendering) {
      if (work.kind === "segment") this.#keepScene(work.rendering);
      this.pools.render.release(work.rendering);
    }
    if (work.kind !== "segment") {
      this.#end(job, true);
      return;
    }
    job.segmentsLeft -= 1;
    if (job.segmentsLeft === 0) this.pools.encode.add(newWork(job, "join", job.clip.frames));
  }

  #keepScene({ order, worker }: Attempt): void {
    const untilSeconds = this.#simulation.nowSeconds + SCENE_KEPT_SECONDS;
    worker.scene = { job: order.work.job, untilSeconds };
  }

  /** An attempt has ended without effect: its worker was lost, or drained for too long. */
  #ended(stage: Stage, attempt: Attempt, isLost: boolean): void {
    const { order } = attempt;
    const { work } = order;
    if (stage === "render" && work.encoding?.isLive) this.pools.encode.abandon(work.encoding);
    if (work.job.isOver) return;
    const crashesBefore = work.crashes[stage];
    if (isLost) work.crashes[stage] += 1;
    const again = () => {
      const isStale = stage === "encode" && order.generation !== work.generation;
      if (work.job.isOver || isStale) return;
      if (work.crashes[stage] >= POISON_LIMIT) this.#end(work.job, false);
      else this.pools[stage].add(work, true);
    };
    if (isLost) this.#simulation.after(this.#untilTakeover(crashesBefore), again);
    else again();
  }

  /** What is left of the lease, the pause after earlier crashes, and the next poll. */
  #untilTakeover(crashesBefore: number): number {
    const { leaseSeconds } = this.#options;
    const leaseLeft = leaseSeconds * (1 - this.#leases() / RENEWALS_PER_LEASE);
    const pause =
      crashesBefore === 0
        ? 0
        : Math.min((leaseSeconds / 30) * 2 ** crashesBefore, 2 * leaseSeconds);
    return leaseLeft + pause + this.#leases() * POLL_SECONDS;
  }

  #end(job: Job, isSuccess: boolean): void {
    if (job.isOver) return;
    job.isOver = true;
    this.lastEndSeconds = this.#simulation.nowSeconds;
    if (!isSuccess) {
      this.failed += 1;
      return;
    }
    this.succeeded += 1;
    const seconds = this.lastEndSeconds - job.acceptedSeconds;
    this.latencies.add(seconds);
    this.laneLatencies[job.lane].add(seconds);
  }

  /** An order that means nothing any more: one look at the record. */
  #drop(stage: Stage, attempt: Attempt): void {
    this.#whileLive(attempt, this.#options.dispatchSeconds, () =>
      this.pools[stage].release(attempt),
    );
  }

  /** Taking a stage for so long, and reading its input. */
  #takeSeconds({ kind }: Work, workSeconds: number, bytes: number): number {
    const writes = kind === "segment" ? 0 : TAKE_WRITES;
    const taken = this.servers.delaySeconds({ writes, workSeconds, bytes });
    return this.#options.dispatchSeconds + taken;
  }

  #gatewayPart(): { gatewaySeconds: number } {
    return { gatewaySeconds: this.#options.gatewayJobSeconds / GATEWAY_PARTS };
  }

  #whileLive(attempt: Attempt, delaySeconds: number, event: () => void): void {
    this.#simulation.after(delaySeconds, () => {
      if (attempt.isLive) event();
    });
  }
}
