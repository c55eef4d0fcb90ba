/**
 * A mesh in memory for the model test of the job record: one record, a queue of orders per stage,
 * four workers and a simulated clock. Random faults strike between any two steps.
 */

import type { Order } from "../../pipeline/orders/order.js";
import { acquire, POISON_LIMIT } from "../../pipeline/record/acquire.js";
import { cancel, completeFromCache, expire, fail } from "../../pipeline/record/endings.js";
import {
  decideOrder,
  holds,
  isTerminal,
  type JobRecord,
  newRecord,
  withStage,
} from "../../pipeline/record/record.js";
import {
  beginGeneration,
  commit,
  publishReport,
  release,
  renew,
} from "../../pipeline/record/transitions.js";
import { STAGES, type Stage } from "../../pipeline/stages.js";
import { EARLIER_RESULT, stillOf } from "./made-records.js";
import { wrongChange, wrongTake } from "./record-oracle.js";

const LEASE_MS = 2000;
const WORKERS = 4;

/** A message of a queue; it is delivered again until it is acked. */
interface Message {
  readonly order: Order;
  readonly seq: number;
  visibleAtMs: number;
}

export interface SimulatedJob {
  readonly lastStage: "render" | "encode";
  /** Without it the job has no deadline. */
  readonly deadlineAtMs?: number;
  /** The client may cancel the job at any time. */
  readonly mayCancel: boolean;
  /** Depth may find the result of an equal earlier job. */
  readonly mayHit: boolean;
}

const POISONED = { reason: "POISONED", message: "", metadata: {} };

/** What a worker holds between two steps. A paused worker continues with this old state. */
interface Held {
  readonly message: Message;
  readonly token: string;
  stepsLeft: number;
  pausedUntilMs: number;
}

export class SimulatedMesh {
  record: JobRecord;
  readonly commits = { depth: 0, render: 0, encode: 0 };
  readonly violations: string[] = [];
  faults = 0;
  #nowMs = 0;
  #seq = 0;
  readonly #random: () => number;
  readonly #streams: Record<Stage, Message[]> = { depth: [], render: [], encode: [] };
  readonly #held: (Held | undefined)[] = Array.from({ length: WORKERS }, () => undefined);

  readonly #mayCancel: boolean;
  readonly #mayHit: boolean;

  constructor(random: () => number, { lastStage, deadlineAtMs, ...chances }: SimulatedJob) {
    this.#random = random;
    this.#mayCancel = chances.mayCancel;
    this.#mayHit = chances.mayHit;
    const names = { id: "j", tenant: "t", specBlob: "s", photoBlob: "p", traceId: "0" };
    const deadline = { deadlineAtMs: deadlineAtMs ?? null };
    this.record = newRecord({ ...names, ...deadline, lane: "normal", lastStage, nowMs: 0 });
    if (!this.#chance(0.2)) this.#publish("depth");
  }

  get queued(): number {
    return STAGES.reduce((sum, stage) => sum + this.#streams[stage].length, 0);
  }

  /** The job has ended, and no worker or queue holds anything of it. */
  get quiet(): boolean {
    return isTerminal(this.record) && this.queued === 0 && this.#held.every((held) => !held);
  }

  step({ faults }: { faults: boolean }): void {
    this.#nowMs += Math.floor(this.#random() * 600);
    const worker = Math.floor(this.#random() * WORKERS);
    const held = this.#held[worker];
    if (this.#chance(0.1)) this.#recoverOrders();
    if (faults && this.#mayCancel && this.#chance(0.02)) {
      this.record = cancel(this.record, this.#nowMs) ?? this.record;
    }
    if (!held) this.#take(worker, faults);
    else if (faults && this.#fault(worker, held)) this.faults += 1;
    else if (held.pausedUntilMs <= this.#nowMs) this.#work(worker, held, faults);
  }

  #chance(probability: number): boolean {
    return this.#random() < probability;
  }

  /** Kills or pauses the worker, duplicates its order, or loses it. */
  #fault(worker: number, held: Held): boolean {
    const dice = this.#random();
    if (dice < 0.1) this.#held[worker] = undefined;
    else if (dice < 0.2) held.pausedUntilMs = this.#nowMs + 2 * LEASE_MS;
    else if (dice < 0.3) this.#deliver(held.message.order);
    else if (dice < 0.33) this.#remove(held.message);
    else return false;
    return true;
  }

  #take(worker: number, faults: boolean): void {
    const stage = STAGES[Math.floor(this.#random() * STAGES.length)] ?? "depth";
    const message = this.#streams[stage].find((candidate) => candidate.visibleAtMs <= this.#nowMs);
    if (!message) return;
    message.visibleAtMs = this.#nowMs + LEASE_MS;
    const { seq } = message;
    const taker = { worker: `w${worker}`, leaseMs: LEASE_MS, nowMs: this.#nowMs, seq };
    const result = acquire(this.record, message.order, taker);
    if (result.kind === "busy") message.visibleAtMs = this.#nowMs + result.nakMs;
    if (result.kind === "drop") {
      if (result.publish) this.#publish(result.publish);
      this.#remove(message);
    }
    if (result.kind === "expired") {
      this.record = result.record;
      this.#remove(message);
    }
    if (result.kind !== "taken") return;
    this.violations.push(...wrongTake(this.record, message.order, LEASE_MS, this.#nowMs));
    if (stage === "render") {
      const { lease } = this.record.stages.encode;
      if (lease?.framesComplete && lease.untilMs > this.#nowMs) return;
      this.record = beginGeneration(result.record, `w${worker}`, this.#nowMs);
    } else this.record = result.record;
    if (result.record.stages[stage].crashes >= POISON_LIMIT) {
      this.#giveUp(message, result.token);
      return;
    }
    this.#held[worker] = { message, token: result.token, stepsLeft: 3, pausedUntilMs: 0 };
    // Killed between taking and the first publish.
    if (faults && this.#chance(0.05)) this.#held[worker] = undefined;
    else if (stage === "render") this.#startRender(result.token);
  }

  /** Publishes stills first, then the encode order. */
  #startRender(token: string): void {
    const artifacts = [stillOf(token)];
    const found = publishReport(this.record, "render", token, { artifacts }, this.#nowMs);
    this.record = found ?? this.record;
    this.#publish("encode");
  }

  #work(worker: number, held: Held, faults: boolean): void {
    const { order } = held.message;
    if (order.stage === "render" && this.record.lastStage === "encode") {
      this.#watchEncode(worker, held);
      return;
    }
    // A paused worker may commit before its renewal timer runs.
    const isLate = faults && held.stepsLeft === 1 && this.#chance(0.3);
    if (!isLate && !this.#renew(worker, held, 1 - held.stepsLeft / 3)) return;
    held.stepsLeft -= 1;
    if (held.stepsLeft > 0) return;
    if (faults && this.#chance(0.15)) {
      this.#giveBack(worker, held);
      return;
    }
    this.#leave(worker);
    if (!this.#change(held, this.#end(order.stage, held.token))) return;
    this.commits[order.stage] += 1;
    // Killed between commit and publish, or between publish and ack.
    if (faults && this.#chance(0.1)) return;
    if (order.stage === "depth") this.#publish("render");
    if (faults && this.#chance(0.1)) return;
    this.#remove(held.message);
  }

  /** Commits the stage or completes the job from the cache. Undefined when the lease is lost. */
  #end(stage: Stage, token: string): JobRecord | undefined {
    const result = { output: null };
    if (stage === "depth" && this.#mayHit && this.#chance(0.5)) {
      return completeFromCache(this.record, token, result, EARLIER_RESULT, this.#nowMs);
    }
    return commit(this.record, stage, token, result, this.#nowMs);
  }

  /** Rule 7: render holds its order until the job ends, and ensures that encode has an order. */
  #watchEncode(worker: number, held: Held): void {
    if (isTerminal(this.record)) {
      this.#remove(held.message);
      this.#leave(worker);
      return;
    }
    if (!this.#renew(worker, held, 0.5)) return;
    if (holds(this.record, "render", held.token)) this.#recoverOrder("encode");
  }

  /** Writes the change of a worker. False when the rules refused it. */
  #change(
    { message, token }: Pick<Held, "message" | "token">,
    next: JobRecord | undefined,
  ): boolean {
    if (!next) return false;
    this.violations.push(...wrongChange(this.record, next, message.order, token));
    this.record = next;
    return true;
  }

  /** False when the lease is lost, or when the deadline has passed and ended the job. */
  #renew(worker: number, held: Held, progress: number): boolean {
    const nowMs = this.#nowMs;
    const { stage } = held.message.order;
    const timing = { leaseMs: LEASE_MS, nowMs };
    this.record = expire(this.record, nowMs) ?? this.record;
    if (!this.#change(held, renew(this.record, stage, held.token, timing, progress))) {
      this.#leave(worker);
      return false;
    }
    held.message.visibleAtMs = nowMs + LEASE_MS;
    return true;
  }

  /** A retried failure: release, then nak. Half of them are deferrals, which cost no attempt. */
  #giveBack(worker: number, held: Held): void {
    const { message, token } = held;
    const { stage } = message.order;
    const isFailure = this.#chance(0.5);
    this.#leave(worker);
    if (isFailure && this.record.stages[stage].attempts + 1 >= POISON_LIMIT) {
      this.#giveUp(message, token);
      return;
    }
    const cause = isFailure
      ? ({ kind: "failed", reason: "ENCODER_CRASHED" } as const)
      : ({ kind: "deferred" } as const);
    // When the lease is lost, the message belongs to another worker too.
    if (!this.#change(held, release(this.record, stage, token, cause, this.#nowMs))) return;
    message.visibleAtMs = this.#nowMs + 100;
  }

  #giveUp(message: Message, token: string): void {
    const holder = { stage: message.order.stage, token };
    const failed = fail(this.record, holder, POISONED, this.#nowMs);
    if (this.#change({ message, token }, failed)) this.#remove(message);
  }

  #leave(worker: number): void {
    this.#held[worker] = undefined;
  }

  /** Rule 11: order recovery. */
  #recoverOrders(): void {
    if (isTerminal(this.record)) return;
    const stage = STAGES.find((candidate) => !this.record.stages[candidate].done);
    if (!stage) return;
    this.#recoverOrder(stage);
  }

  /** Publishes a lost order; one that a worker has taken before is decided again first. */
  #recoverOrder(stage: Stage): void {
    const { lease, order, done } = this.record.stages[stage];
    if (!order || done || (lease && lease.untilMs > this.#nowMs)) return;
    if (this.#streams[stage].some((queued) => queued.order.orderId === order.id)) return;
    if (order.seq === null && this.#nowMs - order.decidedAtMs < 5000) return;
    if (order.seq !== null) {
      const { generation, address } = order;
      const again = decideOrder(generation, this.#nowMs, address);
      this.record = withStage(this.record, stage, { order: again });
    }
    this.#publish(stage);
  }

  #publish(stage: Stage): void {
    const ref = this.record.stages[stage].order;
    if (!ref) return;
    this.#deliver({ job: this.record.id, stage, generation: ref.generation, orderId: ref.id });
  }

  #deliver(order: Order): void {
    this.#seq += 1;
    this.#streams[order.stage].push({ order, seq: this.#seq, visibleAtMs: this.#nowMs });
  }

  #remove(message: Message): void {
    const stream = this.#streams[message.order.stage];
    const at = stream.indexOf(message);
    if (at >= 0) stream.splice(at, 1);
  }
}
