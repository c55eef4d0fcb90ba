import assert from "node:assert/strict";
import { test } from "node:test";
import { DepthmeshError } from "../../../core/errors.js";
import { Condition } from "../../../kit/async/condition.js";
import type { ProcessFacts } from "../../../kit/process/self.js";
import { StageWorkers } from "./stage-workers.js";

class StandIn {
  readonly address: string;
  constructor(address: string) {
    this.address = address;
  }
  close(): void {}
}

function fleet(...workers: string[]) {
  const condition = new Condition();
  const live = new Map<string, ProcessFacts>();
  const add = (worker: string, draining = false) => {
    const facts = { worker, service: "render", version: "1", slots: 1, startTimeMs: 0, draining };
    live.set(worker, { ...facts, address: `${worker}:1` });
    condition.notifyAll();
  };
  for (const worker of workers) add(worker);
  live.set("d", { ...live.get(workers[0] ?? ""), worker: "d", service: "depth" } as ProcessFacts);
  const changed = (signal: AbortSignal) => condition.wait(signal);
  return { add, workers: new StageWorkers({ live, changed }, "render", StandIn) };
}

const NEVER = new AbortController().signal;
const lost = () => new DepthmeshError("SERVICE_UNAVAILABLE", "it is gone");

test("a key keeps its worker, and keys are spread over all", async () => {
  const { workers, add } = fleet("a", "b", "c");
  const of = (key: string) => workers.withOne(key, NEVER, async ({ address }) => address);
  const keys = Array.from({ length: 60 }, (_, i) => `job ${i}`);
  const chosen = await Promise.all(keys.map(of));
  assert.deepEqual(await Promise.all(keys.map(of)), chosen);
  assert.deepEqual([...new Set(chosen)].sort(), ["a:1", "b:1", "c:1"]);
  add("b", true);
  const now = await Promise.all(keys.map(of));
  for (const [i, address] of now.entries()) {
    if (chosen[i] === "b:1") assert.notEqual(address, "b:1");
    else assert.equal(address, chosen[i]);
  }
});

test("another worker is taken where one is lost, and the successor of the last one", async () => {
  const { workers, add } = fleet("a", "b");
  const asked: string[] = [];
  const result = workers.withOne("job", NEVER, async ({ address }) => {
    asked.push(address);
    if (address === "c:1") return "drawn";
    if (asked.length === 2) setImmediate(() => add("c"));
    throw lost();
  });
  assert.equal(await result, "drawn");
  assert.equal(asked.length, 3);
});

test("a worker that is lost late in its work is replaced too", async (t) => {
  // Before the signal of a timeout can be made.
  const timeout = t.mock.method(AbortSignal, "timeout");
  const { workers, add } = fleet("a");
  const result = workers.withOne("job", NEVER, async ({ address }) => {
    if (address === "b:1") return "drawn";
    assert.equal(timeout.mock.callCount(), 0, "its work does not use up the time of a successor");
    setImmediate(() => add("b"));
    throw lost();
  });
  assert.equal(await result, "drawn");
  assert.equal(timeout.mock.callCount(), 1);
});

test("what another worker would refuse too is thrown at once, and so is a call's end", async () => {
  const { workers } = fleet("a", "b");
  let calls = 0;
  const refuse = async () => {
    calls += 1;
    throw new DepthmeshError("JOB_NOT_READY", "no map yet");
  };
  await assert.rejects(workers.withOne("job", NEVER, refuse), { reason: "JOB_NOT_READY" });
  assert.equal(calls, 1);
  const call = new AbortController();
  const leave = async () => {
    call.abort(new Error("the caller has gone"));
    throw lost();
  };
  await assert.rejects(workers.withOne("job", call.signal, leave), /the caller has gone/);
});

test("where all are busy, the caller is told so at once", async () => {
  const { workers } = fleet("a", "b");
  const busy = async () => {
    throw new DepthmeshError("RATE_LIMITED", "too many previews at once");
  };
  await assert.rejects(workers.withOne("job", NEVER, busy), { reason: "RATE_LIMITED" });
});
