/**
 * What a real mesh sends over HTTP while it works: the events of a job, and its video as it is
 * made; readers who leave, or never read, cost nothing.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { eventually } from "../testing/eventually.js";
import {
  connectToMesh,
  type Fixture,
  type MeshBus,
  pidOf,
  SAMPLE,
  startFixture,
} from "../testing/mesh/fixture.js";
import { followedFragments } from "../testing/mesh/followed-fragments.js";
import { residentMib } from "../testing/process-facts.js";
import { neverRead } from "../testing/web/raw-request.js";
import { readEvents } from "../testing/web/read-events.js";
import { clipSpec, WebCalls } from "../testing/web/web-calls.js";

const MIB = 2 ** 20;
const SMALL = clipSpec(1, 12);
/** Its video is made for many seconds. */
const LONG = clipSpec(20, 30);

let fixture: Fixture;
let bus: MeshBus;
let photo: Buffer;
let web = "";
let calls: WebCalls;

before(async () => {
  photo = await readFile(SAMPLE);
  fixture = await startFixture({ webPort: 0 });
  bus = await connectToMesh(fixture.mesh);
  web = fixture.mesh.webAddress;
  calls = new WebCalls(web);
});
after(async () => {
  await bus?.bus.close();
  await fixture?.close();
});

const webPid = () => fixture.mesh.children("web")[0]?.pid ?? assert.fail("no web service");

test("events go on over a gateway that is killed, end with the job, and resume by number", async () => {
  const name = await calls.jobByForm({ spec: LONG }, { photo });
  const response = await fetch(`${web}/v1/${name}/events`);
  assert.equal(response.headers.get("content-type"), "text/event-stream; charset=utf-8");
  assert.equal(response.headers.get("x-accel-buffering"), "no");
  const numbers: number[] = [];
  let last = "";
  let isKilled = false;
  for await (const { id, event, data } of readEvents(response)) {
    last = event;
    if (event === "stateChange") numbers.push(id);
    // Progress may be told before the first state: its number is 0 then, which JSON leaves out.
    assert.ok(event === "end" || (data.number ?? 0) === id, JSON.stringify(data));
    const { encode = 0 } = (data.progress ?? {}) as { encode?: number };
    if (encode > 0.05 && !isKilled) {
      isKilled = true;
      process.kill(pidOf(fixture.mesh, "gateway"), "SIGKILL");
    } else if (isKilled && encode > 0 && event === "progress") {
      // The new gateway tells of the job: it need not be made to its end.
      await eventually("the job is cancelled", () =>
        calls.call(`/v1/${name}/cancel`, { method: "POST" }).then(({ status }) => status === 200),
      );
    }
  }
  assert.ok(isKilled);
  assert.equal(last, "end");
  assert.deepEqual(
    numbers,
    Array.from(numbers, (_, index) => index + 1),
  );
  assert.ok(numbers.length >= 4, numbers.join());

  const from = (headers: HeadersInit, query = "") =>
    fetch(`${web}/v1/${name}/events${query}`, { headers });
  const idsOf = async (answer: Response) => {
    const found: string[] = [];
    for await (const { id, event } of readEvents(answer)) {
      if (event !== "progress") found.push(`${id} ${event}`);
    }
    return found;
  };
  const end = numbers.at(-1);
  const rest = [`${end} stateChange`, `${end} end`];
  assert.deepEqual(await idsOf(await from({ "last-event-id": String(numbers.at(-2)) })), rest);
  assert.deepEqual(await idsOf(await from({}, `?afterEvent=${numbers.at(-2)}`)), rest);
  assert.deepEqual(await idsOf(await from({}, `?afterEvent=${end}`)), [`${end} end`]);
  assert.equal((await from({ "last-event-id": String(end) })).status, 204);
  const unknown = await calls.call("/v1/jobs/01m8pe5kk49a390k77710varcx/events");
  assert.deepEqual([unknown.status, unknown.json().reason], [404, "JOB_NOT_FOUND"]);
  const odd = await calls.call(`/v1/${name}/events`, { headers: { "last-event-id": "x" } });
  assert.deepEqual([odd.status, odd.json().reason], [400, "PARAMETER_OUT_OF_RANGE"]);
});

test("the video comes while it is made, and is broken off when another encoder begins", async () => {
  const name = await calls.jobByForm({ spec: SMALL }, { photo });
  const fragments = `/v1/${name}/artifacts/fragments.mp4`;
  const live = await calls.call(`${fragments}?follow`);
  assert.match(live.headers.get("depthmesh-attempt") ?? "", /^\S+$/);
  assert.deepEqual(live.bytes, (await calls.call(fragments)).bytes);
  const { attempt, chunks } = await fixture.client.followFragments(name);
  await chunks[Symbol.asyncIterator]().return?.();
  assert.equal(live.headers.get("depthmesh-attempt"), attempt);
  const tail = await calls.call(`${fragments}?follow&offset=100&attempt=${attempt}`);
  assert.deepEqual(tail.bytes, live.bytes.subarray(100));

  const long = await calls.jobByForm({ spec: LONG }, { photo });
  const followed = await fetch(`${web}/v1/${long}/artifacts/fragments.mp4?follow`);
  const read = (async () => {
    let isKilled = false;
    for await (const _ of followed.body ?? []) {
      if (isKilled) continue;
      isKilled = true;
      process.kill(pidOf(fixture.mesh, "encode"), "SIGKILL");
    }
  })();
  await assert.rejects(read, /terminated|aborted|closed/);
  await fixture.client.cancelJob(long);
});

/** Reads 64 MiB of the video and leaves. */
async function readMuch(path: string): Promise<void> {
  const reading = await fetch(`${web}${path}`);
  let bytes = 0;
  for await (const chunk of reading.body ?? []) {
    bytes += chunk.length;
    if (bytes >= 64 * MIB) break;
  }
  assert.equal(bytes, 64 * MIB);
}

test("four readers that never read cost the web service little, and others get everything", async (t) => {
  const video = await followedFragments(bus, 64 * MIB);
  t.after(() => video.close());
  const path = `/v1/${video.job}/artifacts/fragments.mp4?follow`;
  // What the first reader of all makes the process allocate is no cost of those that stop.
  await readMuch(path);
  const beforeMib = await residentMib(webPid());
  const stalled = await Promise.all(Array.from({ length: 4 }, () => neverRead(web, `GET ${path}`)));
  t.after(() => stalled.map((socket) => socket.destroy()));
  await eventually(
    "every reader is served",
    () => video.taken.slice(1).filter((bytes) => bytes > 0).length === 4,
  );
  let last = -1;
  await eventually("nothing more is taken", async () => {
    const earlier = last;
    last = video.taken.reduce((sum, bytes) => sum + bytes, 0);
    await new Promise((resolve) => setTimeout(resolve, 300));
    return last === earlier;
  });
  const grownMib = (await residentMib(webPid())) - beforeMib;
  assert.ok(grownMib <= 16, `${grownMib.toFixed(1)} MiB for four readers`);
  // What the operating system keeps of a connection is in it too.
  const [, ...byStalled] = video.taken;
  assert.ok(Math.max(...byStalled) <= 12 * MIB, `${byStalled.join(" ")} bytes`);
  await readMuch(path);
});
