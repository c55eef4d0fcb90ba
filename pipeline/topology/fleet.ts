/**
 * The fleet: which processes the mesh has. Each announces itself when it serves, in a bucket whose
 * entries expire; its key begins with its service, so that no service can announce another.
 */
import type { KV } from "nats";
import { flag, number, object, text } from "../../core/spec/json-checks.js";
import type { Bus } from "../../kit/nats/connect.js";
import type { ProcessAnnouncement, ProcessFacts } from "../../kit/process/self.js";
import { STAGES } from "../stages.js";
import { announceFacts, WorkerFactsBoard } from "./worker-facts.js";

/** Keeps a process announced, and says when it drains. */
export function announceProcess(bus: Bus, bucket: KV, facts: ProcessFacts): ProcessAnnouncement {
  const { retract, replace } = announceFacts(bus, bucket, keyOf(facts), facts);
  return { draining: () => replace({ ...facts, draining: true }), retract };
}

/** The processes that have announced themselves. */
export type Fleet = WorkerFactsBoard<ProcessFacts>;

/** Follows the fleet; resolves when those of now are known. */
export async function followFleet(bus: Bus, bucket: KV): Promise<Fleet> {
  const fleet: Fleet = new WorkerFactsBoard(processFactsIn);
  await fleet.open(bus, bucket);
  return fleet;
}

const keyOf = ({ service, worker }: ProcessFacts) => `${service}.${worker}`;

const SERVICES: readonly string[] = ["gateway", ...STAGES];
const MAX_TEXT_LENGTH = 255;

/** The facts under a key; undefined where they are no process, or one of another key. */
export function processFactsIn(value: unknown, key: string): ProcessFacts | undefined {
  const stored = object(value, "a process");
  const facts: ProcessFacts = {
    service: text(stored.service, "service"),
    worker: text(stored.worker, "worker"),
    version: text(stored.version, "version"),
    address: text(stored.address, "address"),
    slots: number(stored.slots, "slots"),
    startTimeMs: number(stored.startTimeMs, "startTimeMs"),
    draining: flag(stored.draining, "draining"),
  };
  const texts = [facts.worker, facts.version, facts.address];
  const isSane =
    SERVICES.includes(facts.service) &&
    keyOf(facts) === key &&
    texts.every((word) => word.length <= MAX_TEXT_LENGTH && /^[\x21-\x7e]+$/.test(word)) &&
    /:\d+$/.test(facts.address) &&
    [facts.slots, facts.startTimeMs].every(Number.isSafeInteger);
  return isSane ? facts : undefined;
}
