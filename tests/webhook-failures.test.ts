/**
 * Webhooks on a real mesh whose gateways die, and whose receivers fail, hang or are gone: each end
 * of a job is told once nevertheless, or given up and kept for its owner.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Failpoint } from "../kit/process/failpoint.js";
import { eventually } from "../testing/eventually.js";
import { Failpoints } from "../testing/mesh/failpoints.js";
import { SAMPLE } from "../testing/mesh/fixture.js";
import { refusal } from "../testing/refusal.js";
import { type Receivers, status, verified } from "../testing/webhooks/receivers.js";
import { DEPTH_SPEC, WebhookMesh } from "../testing/webhooks/webhook-mesh.js";

let failpoints: Failpoints;
let mesh: WebhookMesh;
let receivers: Receivers;
before(async () => {
  failpoints = await Failpoints.open();
  mesh = await WebhookMesh.start(failpoints.environment);
  receivers = mesh.receivers;
});
after(async () => {
  await mesh?.close();
  await failpoints?.close();
});

test("a receiver that fails twice gets the message a third time, with the same id", async () => {
  const webhook = await mesh.create("/flaky");
  receivers.answer("/flaky", (response) => {
    const code = receivers.received("/flaky").length <= 2 ? 500 : 200;
    status(code)(response);
  });
  await mesh.ended([webhook.name]);
  const three = await receivers.untilReceived("/flaky", 3);
  const ids = new Set(three.map(({ headers }) => headers["webhook-id"]));
  assert.equal(ids.size, 1);
  for (const message of three) assert.equal(verified(webhook, message).type, "job.succeeded");
  assert.deepEqual((await mesh.client.listWebhookFailures(0, "")).failures, []);
  await mesh.client.deleteWebhook(webhook.name);
});

const CRASHES: readonly Failpoint[] = [
  "after-end-before-webhooks",
  "after-webhooks-before-event",
  "before-webhook",
];
for (const point of CRASHES) {
  test(`a gateway that is killed ${point} tells nevertheless, and only once`, async () => {
    const webhook = await mesh.create(`/${point}`);
    await failpoints.killAt(point);
    const { name } = await mesh.client.createJobFromFiles(
      DEPTH_SPEC,
      { photo: SAMPLE },
      `killed ${point}`,
      { webhooks: [webhook.name] },
    );
    // A claim of a dead gateway stands for twenty seconds.
    const [message] = await receivers.untilReceived(`/${point}`, 1, 90_000);
    assert.deepEqual(await failpoints.unreached(), []);
    assert.ok(message);
    assert.equal(JSON.parse(message.body).data.job, name);
    assert.equal(verified(webhook, message).type, "job.succeeded");
    // A second message would be sent before that of a later job.
    await mesh.ended([webhook.name]);
    const ids = (await receivers.untilReceived(`/${point}`, 2)).map(
      ({ headers }) => headers["webhook-id"],
    );
    assert.equal(new Set(ids).size, 2);
    await mesh.client.deleteWebhook(webhook.name);
  });
}

test("a message that is given up is listed, and sent again when somebody asks for it", async () => {
  const webhook = await mesh.create("/broken");
  receivers.answer("/broken", status(500));
  const job = await mesh.ended([webhook.name]);
  const failure = await eventually("the message is given up", async () => {
    const { failures } = await mesh.client.listWebhookFailures(0, "");
    return failures[0];
  });
  assert.equal(failure.job, job.name);
  assert.equal(failure.lastStatus, 500);
  assert.match(failure.lastError, /answered 500/);
  assert.equal(failure.attempts, receivers.received("/broken").length);
  assert.ok(failure.attempts >= 10, String(failure.attempts));
  assert.ok(failure.name.startsWith(`${webhook.name}/failures/`));
  receivers.answer("/broken", status(204));
  const before = receivers.received("/broken").length;
  await mesh.client.redeliverWebhook(failure.name);
  const all = await receivers.untilReceived("/broken", before + 1);
  assert.equal(new Set(all.map(({ headers }) => headers["webhook-id"])).size, 1);
  assert.deepEqual((await mesh.client.listWebhookFailures(0, "")).failures, []);
  const again = mesh.client.redeliverWebhook(failure.name);
  assert.equal((await refusal(again)).reason, "WEBHOOK_NOT_FOUND");
  await mesh.client.deleteWebhook(webhook.name);
});

test("410 Gone disables a webhook: it stays listed, and nothing more is sent", async () => {
  const webhook = await mesh.create("/gone", { everyJob: true });
  receivers.answer("/gone", status(410));
  await mesh.ended();
  await receivers.untilReceived("/gone", 1);
  const disabled = await eventually("the webhook is disabled", async () => {
    const { webhooks } = await mesh.client.listWebhooks(0, "");
    return webhooks.find(({ name, disableTime }) => name === webhook.name && disableTime);
  });
  const naming = refusal(mesh.ended([disabled.name]));
  assert.match((await naming).message, /410 Gone/);
  const other = await mesh.create("/after-gone", { everyJob: true });
  await mesh.ended();
  await receivers.untilReceived("/after-gone", 1);
  assert.equal(receivers.received("/gone").length, 1);
  for (const { name } of [webhook, other]) await mesh.client.deleteWebhook(name);
});

test("a webhook that is deleted drops what waits, and one that hangs keeps no other waiting", async () => {
  const hanging = await mesh.create("/hanging");
  const other = await mesh.create("/other");
  receivers.answer("/hanging", () => {
    // Never answers.
  });
  const job = await mesh.ended([hanging.name, other.name]);
  await receivers.untilReceived("/hanging", 1);
  await receivers.untilReceived("/other", 1);
  await mesh.client.deleteWebhook(hanging.name);
  const key = `${hanging.name.split("/")[1]}.${job.name.split("/")[1]}`;
  assert.equal(await mesh.bus.buckets.deliveries.get(key), null);
  await mesh.ended([other.name]);
  await receivers.untilReceived("/other", 2);
  assert.equal(receivers.received("/hanging").length, 1);
  await mesh.client.deleteWebhook(other.name);
});

test("the command lists what was given up, and sends it again", async () => {
  const webhook = JSON.parse(await mesh.command("create", receivers.url("/by-command"), "--json"));
  assert.match(webhook.secret, /^whsec_/);
  receivers.answer("/by-command", status(404));
  const job = await mesh.ended([webhook.name]);
  const [failure] = await eventually("the message is given up", async () => {
    const failures = JSON.parse(await mesh.command("failures", "--json"));
    return failures.length > 0 && failures;
  });
  assert.deepEqual([failure.job, failure.lastStatus], [job.name, 404]);
  assert.match(await mesh.command("failures"), /the receiver answered 404/);
  receivers.answer("/by-command", status(204));
  const count = receivers.received("/by-command").length;
  assert.match(await mesh.command("redeliver", "--all"), /sent again/);
  await receivers.untilReceived("/by-command", count + 1);
  assert.deepEqual(JSON.parse(await mesh.command("failures", "--json")), []);
  await assert.rejects(mesh.command("redeliver", failure.name), /WEBHOOK_NOT_FOUND/);
  await assert.rejects(mesh.command("redeliver"), /name a failure, or use --all/);
  await assert.rejects(
    mesh.command("create", "https://x/", "--state", "queued"),
    /Allowed choices/,
  );
  await mesh.command("rm", webhook.name);
});

test("no secret and no URL of a webhook is in the log", async () => {
  const log = await mesh.log();
  assert.match(log, /webhook delivered/);
  assert.match(log, /webhook given up/);
  assert.doesNotMatch(log, /whsec_|\/flaky|\/broken/);
});
