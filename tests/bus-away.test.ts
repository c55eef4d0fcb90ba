/**
 * nats-server is killed or stopped while jobs run: calls are refused at once, no job is lost, and
 * everything continues by itself when the server is back.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createLog } from "../kit/log.js";
import { connectBus } from "../kit/nats/connect.js";
import { askHealth } from "../kit/rpc/health.js";
import { LIVE, READY } from "../kit/rpc/server.js";
import type { ServiceName } from "../launcher/child.js";
import { bucketStream, WORKERS_BUCKET } from "../pipeline/topology/names.js";
import { type JobEvent, JobState } from "../proto/gen/depthmesh/v1/job.js";
import {
  type Fixture,
  longSpec,
  SAMPLE,
  smallSpec,
  startFixture,
  untilEnded,
  untilProgress,
  upload,
} from "../testing/mesh/fixture.js";

const SERVICES: readonly ServiceName[] = ["gateway", "depth", "render", "encode"];

let fixture: Fixture;
before(async () => {
  fixture = await startFixture();
});
after(() => fixture?.close());

/**
 * Kills nats-server and occupies its port, so that its supervisor cannot restart it. The returned
 * function frees the port.
 */
async function killNats(): Promise<() => Promise<void>> {
  const port = Number(new URL(fixture.mesh.natsUrl).port);
  for (;;) {
    const { pid } = fixture.mesh.nats;
    assert.ok(pid, "nats-server runs");
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It is dead already, and its supervisor is about to restart it.
    }
    const squatter = await listenOn(port);
    if (squatter) return () => new Promise((resolve) => squatter.close(() => resolve()));
  }
}

/** Undefined if another process has the port. */
async function listenOn(port: number): Promise<Server | undefined> {
  const server = createServer((socket) => socket.destroy());
  server.listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
    return server;
  } catch {
    return undefined;
  }
}

function pids(): (number | undefined)[] {
  return SERVICES.map((service) => fixture.mesh.children(service)[0]?.pid);
}

/** An upload that sends nothing: only a refusal of the header can end its call. */
async function* neverSent(signal: AbortSignal): AsyncGenerator<Uint8Array> {
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
}

const AWAY = { reason: "BUS_UNAVAILABLE" };

test("without NATS, calls that need it are refused and others work; afterwards all work again", async (t) => {
  const { client, mesh } = fixture;
  // Waits for a worker that still tries its encoders.
  assert.ok((await client.listEncoders()).encoders.length > 0, "encoders are known");
  const { name } = await client.createJobFromFiles(longSpec(), { photo: SAMPLE });
  await untilProgress(client, name, "encode", 0.05);
  const watch = client.watchJob(name, 0, AbortSignal.timeout(120_000));
  const { value: first } = await watch.next();
  assert.ok(first, "the watch is open");
  const events: JobEvent[] = [first];
  const watching = (async () => {
    for await (const event of watch) events.push(event);
  })();
  const before = pids();

  const freePort = await killNats();
  // A failure below must not keep the server away from the tests that follow.
  t.after(freePort);
  const stop = new AbortController();
  await untilAway(name);
  await assert.rejects(client.createJob(smallSpec(), { photo: neverSent(stop.signal) }), AWAY);
  stop.abort();
  const photo = await readFile(SAMPLE);
  await assert.rejects(converted(photo), AWAY);
  await assert.rejects(client.cancelJob(name), AWAY);
  await assert.rejects(client.watchJob(name).next(), AWAY);
  assert.ok(
    (await client.listEncoders()).encoders.length > 0,
    "the encoders of the workers are still known",
  );
  for (const service of SERVICES) {
    const address = mesh.children(service)[0]?.address ?? "";
    for (const name of [LIVE, READY]) {
      const status = await askHealth(address, 5_000, mesh.access.mesh, name);
      assert.equal(status, "SERVING", `an orchestrator leaves ${service} alone (${name})`);
    }
  }
  assert.deepEqual(pids(), before, "no service has ended");

  await freePort();
  await watching;
  const job = await client.getJob(name);
  assert.equal(job.state, JobState.JOB_STATE_SUCCEEDED, JSON.stringify(job.error));
  assertForward(events);
  const { name: second } = await client.createJob(smallSpec(), { photo: upload(photo) });
  assert.equal((await untilEnded(client, second)).state, JobState.JOB_STATE_SUCCEEDED);
  assert.deepEqual(pids(), before, "no service was restarted");
  assert.ok(mesh.nats.pid, "nats-server was restarted");
});

/** Resolves when the gateway has noticed that NATS is away. */
async function untilAway(name: string): Promise<void> {
  for (;;) {
    try {
      await fixture.client.getJob(name);
    } catch (error) {
      assert.equal((error as { reason?: string }).reason, AWAY.reason);
      return;
    }
  }
}

async function converted(photo: Uint8Array): Promise<void> {
  for await (const _ of fixture.client.convert(smallSpec(), { photo: upload(photo) })) {
    // The call is refused before it sends a response.
  }
}

/**
 * Asserts that each state change came once and in order, that progress never went back, and that
 * the job's end was the last event.
 */
function assertForward(events: readonly JobEvent[]): void {
  const changes = events.filter(({ kind }) => kind?.$case === "stateChange");
  const numbers = changes.map(({ number }) => number);
  assert.deepEqual(
    numbers,
    [...new Set(numbers)].sort((a, b) => a - b),
  );
  const last = events.at(-1)?.kind;
  assert.equal(
    last?.$case === "stateChange" && last.value.state,
    JobState.JOB_STATE_SUCCEEDED,
    "the watch has seen the end",
  );
  let reached = 0;
  for (const { kind } of events) {
    if (kind?.$case !== "progress") continue;
    assert.ok(kind.value.encode >= reached);
    reached = kind.value.encode;
  }
}

test("a call is refused while nats-server hangs", async () => {
  const { client, mesh } = fixture;
  const { pid } = mesh.nats;
  assert.ok(pid);
  process.kill(pid, "SIGSTOP");
  try {
    const photo = await readFile(SAMPLE);
    await assert.rejects(client.createJob(smallSpec(), { photo: upload(photo) }), AWAY);
  } finally {
    process.kill(pid, "SIGCONT");
  }
});

test("jobs in every stage survive a nats-server that is killed and restarted at once", async () => {
  const { client, mesh } = fixture;
  const photo = await readFile(SAMPLE);
  const names: string[] = [];
  for (let i = 0; i < 4; i++) {
    names.push((await client.createJob(smallSpec(), { photo: upload(photo) })).name);
  }
  const { pid } = mesh.nats;
  assert.ok(pid);
  process.kill(pid, "SIGKILL");
  for (const name of names) {
    const job = await endedAcross(name);
    assert.equal(job.state, JobState.JOB_STATE_SUCCEEDED, JSON.stringify(job.error));
    const videos = job.artifacts.filter((artifact) => artifact.name.endsWith("/video.mp4"));
    assert.equal(videos.length, 1, "one result");
  }
});

/** Waits for the job's end; opens the watch again, because that fails while NATS is away. */
async function endedAcross(name: string) {
  for (;;) {
    try {
      return await untilEnded(fixture.client, name);
    } catch (error) {
      assert.equal((error as { reason?: string }).reason, AWAY.reason);
    }
  }
}

test("workers have announced their encoders again, and no service was refused a subject", async () => {
  const log = createLog("silent", { service: "test", worker: "test" });
  const bus = await connectBus(fixture.mesh.natsUrl, "test", log);
  const { state } = await bus.manager.streams.info(bucketStream(WORKERS_BUCKET));
  assert.equal(state.messages, 1, "the facts of the encode worker are in the new bucket");
  await bus.close();
  const natsLog = await readFile(join(fixture.mesh.data, "nats", "nats.log"), "utf8");
  assert.doesNotMatch(natsLog, /violation/i);
});
