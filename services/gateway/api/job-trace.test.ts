/** Traces from several folders and processes, of which one does not answer; whose they are. */
import assert from "node:assert/strict";
import { appendFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type ProcessFacts, Self } from "../../../kit/process/self.js";
import type { CallContext } from "../../../kit/rpc/call.js";
import type { Role } from "../../../kit/rpc/identity.js";
import { startRpcServer } from "../../../kit/rpc/server.js";
import { newId } from "../../../pipeline/record/id.js";
import { queuedRecord } from "../../../testing/record/made-records.js";
import { MemoryJobStore } from "../../../testing/record/memory-store.js";
import { JobTraces, spansIn } from "./job-trace.js";

const TRACE = "c0ffee".padEnd(32, "0");
const ID = newId();
const START_MS = Date.UTC(2026, 10, 30);
let folder: string;
const closing: (() => unknown)[] = [];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "depthmesh-traces-"));
  await record("gateway", 1, { name: "upload", durationMs: 5 });
});
after(async () => {
  for (const close of closing) await close();
  await rm(folder, { recursive: true });
});

/** Appends a span to the trace in the folder of a service. */
async function record(service: string, number: number, span: object = {}): Promise<void> {
  const line = {
    ...{ traceId: TRACE, spanId: String(number).padStart(16, "0"), parentId: null },
    ...{ service: `depthmesh-${service}`, worker: `${service}-host-1`, name: "work" },
    ...{ startMs: START_MS + number, durationMs: 1, attributes: {}, ...span },
  };
  await mkdir(join(folder, service), { recursive: true });
  await appendFile(join(folder, service, `${TRACE}.jsonl`), `${JSON.stringify(line)}\n`);
}

/** A process of the mesh with a folder of its own. */
async function processOf(service: string): Promise<ProcessFacts> {
  const self = new Self({
    ...{ name: service, worker: `${service}-host-1`, stop: () => {} },
    ...{ parts: { slots: 1, running: () => 0, facts: {} }, traceFolder: join(folder, service) },
  });
  const server = await startRpcServer("127.0.0.1", 0, [self.service]);
  closing.push(() => server.close(0));
  self.address = server.address;
  return self.facts;
}

/** A process that accepts connections and says nothing. */
async function silent(service: string): Promise<ProcessFacts> {
  const server = createServer((socket) => closing.push(() => socket.destroy()));
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  closing.push(() => server.close());
  const address = server.address();
  assert.ok(address && typeof address === "object");
  const self = new Self({
    ...{ name: service, worker: `${service}-host-1`, stop: () => {} },
    ...{ parts: { slots: 1, running: () => 0, facts: {} }, traceFolder: "" },
  });
  self.address = `127.0.0.1:${address.port}`;
  return self.facts;
}

async function tracesOf(...fleet: ProcessFacts[]): Promise<JobTraces> {
  const store = new MemoryJobStore();
  await store.create(queuedRecord({ id: ID, tenant: "one", traceId: TRACE }));
  const live = new Map(fleet.map((facts) => [facts.worker, facts]));
  return new JobTraces({
    ...{ store, worker: "gateway-host-1", fleet: { live } },
    config: { traceFolder: join(folder, "gateway") },
  });
}

const call = (tenant = "one", ...more: Role[]): CallContext => ({
  ...{ signal: AbortSignal.timeout(10_000), peer: "loopback" },
  identity: { tenant, roles: new Set<Role>(["user", ...more]), caller: "key" },
});
const REQUEST = { name: `jobs/${ID}` };

test("spans of other folders are merged by their ids, and names of processes are for operators", async () => {
  const depth = await processOf("depth");
  await record("depth", 2);
  // Copied from the gateway's folder, as by two processes that share a part of their files.
  const copied = { service: "depthmesh-gateway", worker: "gateway-host-1" };
  await record("depth", 1, { ...copied, name: "upload", durationMs: 5 });
  const traces = await tracesOf(depth);
  const { spans, truncated, missingWorkers, traceId } = await traces.get(
    REQUEST,
    call("one", "operator"),
  );
  assert.deepEqual([truncated, missingWorkers, traceId], [false, [], TRACE]);
  assert.deepEqual(
    spans.map(({ name, service, worker, offsetMs }) => [name, service, worker, offsetMs]),
    [
      ["upload", "gateway", "gateway-host-1", 0],
      ["work", "depth", "depth-host-1", 1],
    ],
  );
  const seen = await traces.get(REQUEST, call());
  assert.deepEqual(
    seen.spans.map(({ name, worker }) => [name, worker]),
    [
      ["upload", ""],
      ["work", ""],
    ],
  );
});

test("a process that does not answer is named, and the rest is there within the deadline", async () => {
  const traces = await tracesOf(await silent("render"));
  const startMs = performance.now();
  const [operator, user] = await Promise.all([
    traces.get(REQUEST, call("one", "operator")),
    traces.get(REQUEST, call()),
  ]);
  assert.ok(performance.now() - startMs < 8_000, "both waited for one reading");
  assert.deepEqual(operator.missingWorkers, ["workers/render-host-1"]);
  assert.deepEqual(user.missingWorkers, ["render"], "without the name of its host");
  assert.deepEqual(
    user.spans.map(({ name }) => name),
    ["upload"],
  );
});

test("another tenant's job answers exactly as one that does not exist", async () => {
  const traces = await tracesOf();
  const refusal = async (name: string, tenant: string) => {
    const error = await traces.get({ name }, call(tenant)).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof Error && "reason" in error);
    return `${error.reason} ${error.message.replaceAll(/[0-9a-z]{26}/g, "ID")}`;
  };
  const foreign = await refusal(REQUEST.name, "two");
  assert.match(foreign, /^JOB_NOT_FOUND/);
  assert.equal(foreign, await refusal(`jobs/${newId()}`, "one"));
});

test("an answer is bounded in spans and in bytes, and says so", () => {
  const lines = new Set(
    Array.from({ length: 50 }, (_, i) =>
      JSON.stringify({
        ...{ traceId: TRACE, spanId: i.toString(16).padStart(16, "0"), parentId: null },
        ...{ service: "depthmesh-depth", name: "x".repeat(200) },
        ...{ startMs: START_MS - i, durationMs: 1, attributes: {} },
      }),
    ),
  );
  const few = spansIn({ lines, truncated: false }, TRACE, true, { spans: 10, bytes: 1e6 });
  assert.deepEqual([few.spans.length, few.truncated], [10, true]);
  assert.equal(few.spans[0]?.spanId, "31".padStart(16, "0"), "the first ones are kept");
  const small = spansIn({ lines, truncated: false }, TRACE, true, { spans: 99, bytes: 5_000 });
  assert.ok(small.spans.length > 10 && small.spans.length < 20);
  assert.equal(small.truncated, true);
  const all = spansIn({ lines, truncated: false }, TRACE, true);
  assert.deepEqual([all.spans.length, all.truncated], [50, false]);
  assert.equal(spansIn({ lines, truncated: true }, TRACE, true).truncated, true);
});
