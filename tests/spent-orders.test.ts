/** After nats-server was killed a stream holds no order that its consumer gives to nobody. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { JsMsg } from "nats";
import { pause } from "../kit/backoff.js";
import { type Bus, connectBus } from "../kit/bus/connect.js";
import { workConsumer, workStream, workSubject } from "../kit/bus/subjects.js";
import { newId } from "../kit/jobs/id.js";
import { createLog } from "../kit/log.js";
import { eventually } from "./eventually.js";
import { type Fixture, startFixture } from "./mesh-fixture.js";

const STREAM = workStream("depth");
const CONSUMER = workConsumer("depth", "normal");
const ORDERS = 6;
/** The server writes a consumer's acknowledgements down so often, and a stream's removals far less. */
const ACKS_WRITTEN_MS = 500;

let fixture: Fixture;
let gateway: Bus;
let depth: Bus;
before(async () => {
  const environment = { DEPTHMESH_UPKEEP_MS: "200" };
  fixture = await startFixture({ depth: 0, render: 0, encode: 0, environment });
  const connect = (user: "gateway" | "depth") =>
    connectBus(
      fixture.mesh.natsUrlFor(user),
      "test",
      createLog("silent", { service: "test", worker: "test" }),
    );
  [gateway, depth] = await Promise.all([connect("gateway"), connect("depth")]);
});
after(async () => {
  await Promise.all([gateway?.close(), depth?.close()]);
  await fixture?.close();
});

async function take(): Promise<JsMsg> {
  return depth.jetstream.pull(STREAM, CONSUMER, 1_000);
}

/** Orders in the stream, and those of them that the consumer still has to give or to have acknowledged. */
async function counts(): Promise<{ held: number; owed: number }> {
  const { state } = await gateway.manager.streams.info(STREAM);
  const facts = await gateway.manager.consumers.info(STREAM, CONSUMER);
  return { held: state.messages, owed: facts.num_pending + facts.num_ack_pending };
}

test("acknowledged orders that came back with the server are deleted, others stay", async () => {
  for (let i = 0; i < ORDERS; i++) {
    const order = { job: newId(), stage: "depth", generation: 0, orderId: newId() };
    await gateway.jetstream.publish(workSubject("depth", "normal"), JSON.stringify(order));
  }
  // All are taken; the last one is never acknowledged, so it comes again after its ack wait.
  for (let i = 1; i < ORDERS; i++) assert.ok(await (await take()).ackAck());
  const last = await take();
  assert.deepEqual(await counts(), { held: 1, owed: 1 });
  await pause(ACKS_WRITTEN_MS);
  const { nats } = fixture.mesh;
  const { pid } = nats;
  assert.ok(pid);
  process.kill(pid, "SIGKILL");
  await nats.untilServing(pid);
  await eventually("what the stream holds is what the consumer owes", async () => {
    const { held, owed } = await counts().catch(() => ({ held: -1, owed: 0 }));
    return held === owed;
  });
  const again = await eventually("the order that nobody acknowledged", () =>
    take().catch(() => undefined),
  );
  assert.equal(again.seq, last.seq);
});
