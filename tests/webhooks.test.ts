/**
 * Webhooks on a real mesh, with real receivers on loopback: each end of a job is told, signed, to
 * its own tenant only, and a webhook is kept to its limits.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { createLog } from "../kit/log.js";
import { packagePath } from "../kit/process/package-path.js";
import { JobState } from "../proto/gen/depthmesh/v1/job.js";
import { CreateWebhookRequest, type Webhook } from "../proto/gen/depthmesh/v1/webhook_service.js";
import { PageTokens } from "../services/gateway/api/page-tokens.js";
import {
  createWebhook,
  deleteWebhook,
  listWebhookFailures,
  listWebhooks,
  redeliverWebhook,
  webhooksOfJob,
} from "../services/gateway/webhooks/webhook-service.js";
import { Webhooks } from "../services/gateway/webhooks/webhooks.js";
import { eventually } from "../testing/eventually.js";
import { pidOf, SAMPLE } from "../testing/mesh/fixture.js";
import { refusal } from "../testing/refusal.js";
import { type Message, type Receivers, status, verified } from "../testing/webhooks/receivers.js";
import { DEPTH_SPEC, RETRY_SECONDS, WebhookMesh } from "../testing/webhooks/webhook-mesh.js";

const MAX_WEBHOOKS = 12;

let mesh: WebhookMesh;
let receivers: Receivers;
before(async () => {
  mesh = await WebhookMesh.start({ DEPTHMESH_MAX_WEBHOOKS: String(MAX_WEBHOOKS) });
  receivers = mesh.receivers;
});
after(() => mesh?.close());

test("a job tells the webhooks that it names and those of every job, once and signed", async () => {
  const named = await mesh.create("/named");
  const every = await mesh.create("/every", {
    url: receivers.url("/every", "https"),
    everyJob: true,
  });
  const silent = await mesh.create("/silent");
  const job = await mesh.ended([named.name]);
  const [first] = await receivers.untilReceived("/named", 1);
  const [second] = await receivers.untilReceived("/every", 1);
  assert.ok(first && second);
  const content = verified(named, first);
  assert.equal(content.type, "job.succeeded");
  assert.equal(content.timestamp, job.updateTime?.toISOString());
  const data = content.data as Record<string, unknown>;
  assert.deepEqual(
    [data.job, data.state, data.labels],
    [job.name, "SUCCEEDED", { job: `${mesh.jobs}` }],
  );
  assert.deepEqual(verified(every, second), content);
  assert.throws(() => verified(silent, first), "the secret of another webhook");
  // The next job's message comes after whatever was still to come of this one.
  const next = await mesh.ended();
  const told = await receivers.untilReceived("/every", 2);
  const jobOf = ({ body }: Message) => JSON.parse(body).data.job;
  assert.deepEqual(told.map(jobOf), [job.name, next.name]);
  assert.deepEqual(
    [receivers.received("/named").length, receivers.received("/silent").length],
    [1, 0],
  );
  for (const { name } of [named, every, silent]) await mesh.client.deleteWebhook(name);
});

test("the secret is shown once, the list has pages, and a tenant has a limit", async () => {
  const made = [];
  for (let i = 0; i < MAX_WEBHOOKS; i++) made.push(await mesh.create(`/limit/${i}`));
  assert.ok(made.every(({ secret }) => /^whsec_[A-Za-z0-9+/]{43}=$/.test(secret)));
  assert.equal(new Set(made.map(({ secret }) => secret)).size, MAX_WEBHOOKS);
  assert.equal((await refusal(mesh.create("/limit/more"))).reason, "QUOTA_EXCEEDED");
  const listed: Webhook[] = [];
  for (let token = ""; ; ) {
    const page = await mesh.client.listWebhooks(5, token);
    listed.push(...page.webhooks);
    token = page.nextPageToken;
    if (token === "") break;
  }
  const newestFirst = made.map((webhook) => ({ ...webhook, secret: "" })).reverse();
  assert.deepEqual(listed, newestFirst);
  for (const { name } of made) await mesh.client.deleteWebhook(name);
  assert.deepEqual((await mesh.client.listWebhooks(0, "")).webhooks, []);
});

test("what a webhook may not be is refused at once", async () => {
  const urls = ["https://10.0.0.1/", "http://0x7f.1/", "http://2130706433/", "https://[fd00::1]/"];
  for (const url of urls) {
    assert.equal(
      (await refusal(mesh.create("", { url }))).reason,
      "WEBHOOK_ADDRESS_FORBIDDEN",
      url,
    );
  }
  const running = mesh.create("/", { states: [JobState.JOB_STATE_RENDER] });
  assert.equal((await refusal(running)).reason, "PARAMETER_CONFLICT");
  const unknown = ["webhooks/01arz3ndektsv4rrffq69g5fav", "webhooks/x", "", "jobs/x", "../x"];
  for (const name of unknown) {
    assert.equal((await refusal(mesh.ended([name]))).reason, "WEBHOOK_NOT_FOUND", name);
    const deleted = mesh.client.deleteWebhook(name);
    assert.equal((await refusal(deleted)).reason, "WEBHOOK_NOT_FOUND", name);
  }
  const many = Array.from({ length: 9 }, () => "webhooks/x");
  assert.equal((await refusal(mesh.ended(many))).reason, "PARAMETER_OUT_OF_RANGE");
});

test("only the states that a webhook names are told, and a cancelled job is one", async () => {
  const { CANCELLED, FAILED } = {
    CANCELLED: JobState.JOB_STATE_CANCELLED,
    FAILED: JobState.JOB_STATE_FAILED,
  };
  const cancelled = await mesh.create("/cancelled", { states: [CANCELLED], everyJob: true });
  const failed = await mesh.create("/failed", { states: [FAILED], everyJob: true });
  await mesh.ended();
  const depth = pidOf(mesh.fixture.mesh, "depth");
  process.kill(depth, "SIGSTOP");
  try {
    const { name } = await mesh.client.createJobFromFiles(DEPTH_SPEC, { photo: SAMPLE });
    await mesh.client.cancelJob(name);
    const [message] = await receivers.untilReceived("/cancelled", 1);
    assert.ok(message);
    const { type, data } = JSON.parse(message.body);
    assert.deepEqual([type, data.job], ["job.cancelled", name]);
  } finally {
    process.kill(depth, "SIGCONT");
  }
  assert.deepEqual(
    [receivers.received("/cancelled").length, receivers.received("/failed").length],
    [1, 0],
  );
  for (const { name } of [cancelled, failed]) await mesh.client.deleteWebhook(name);
});

test("the example receives what the command has set up, and checks its signature", async () => {
  const secretFile = join(mesh.fixture.folder, "secret.txt");
  const script = packagePath("dist", "examples", "webhook-receiver.js");
  const receiver = spawn(process.execPath, [script, secretFile, "0"]);
  try {
    const lines = createInterface(receiver.stdout)[Symbol.asyncIterator]();
    const nextLine = async () => String((await lines.next()).value);
    const [url = ""] = /http:\S+/.exec(await nextLine()) ?? [];
    const states = ["--state", "succeeded", "--state", "failed"];
    await writeFile(secretFile, await mesh.command("create", url, "--every-job", ...states));
    assert.match(await mesh.command("ls"), /active +every job: succeeded,failed +http:/);
    const job = await mesh.ended();
    assert.match(await nextLine(), new RegExp(`^job.succeeded ${job.name}`));
    const forged = await fetch(url, {
      method: "POST",
      body: "{}",
      headers: { "webhook-id": "x", "webhook-timestamp": "1", "webhook-signature": "v1,AAAA" },
    });
    assert.equal(forged.status, 401);
    const [webhook] = JSON.parse(await mesh.command("ls", "--json"));
    assert.equal("secret" in webhook, false);
    assert.match(await mesh.command("rm", webhook.name), /deleted/);
    assert.deepEqual(JSON.parse(await mesh.command("ls", "--json")), []);
  } finally {
    receiver.kill();
  }
});

test("another tenant sees nothing: its answers are those about nothing", async () => {
  const config = {
    ...({ webhookAllow: "127.0.0.0/8", webhookAllowHttp: "yes" } as const),
    ...{ webhookRetrySeconds: RETRY_SECONDS, maxWebhooks: 2 },
  };
  const { bus, buckets } = mesh.bus;
  const log = createLog("silent", { service: "test", worker: "test" });
  const webhooks = new Webhooks({ bus, buckets, log, config });
  const lists = { webhooks, pageTokens: await PageTokens.open(buckets.tenants) };
  try {
    const ours = await mesh.create("/ours", { everyJob: true });
    receivers.answer("/ours", status(500));
    await mesh.ended();
    const failure = await eventually("the message is given up", async () => {
      return (await mesh.client.listWebhookFailures(0, "")).failures[0];
    });
    const page = { pageSize: 0, pageToken: "" };
    assert.deepEqual((await listWebhooks(lists, page, "other")).webhooks, []);
    assert.deepEqual((await listWebhookFailures(lists, page, "other")).failures, []);
    const nobody = "webhooks/01arz3ndektsv4rrffq69g5fav";
    const told = async (work: Promise<unknown>, name: string) => {
      const { reason, message, metadata } = await refusal(work);
      assert.equal(metadata.name, name);
      return `${reason} ${message}`;
    };
    const asked: ((name: string) => Promise<unknown>)[] = [
      (name) => deleteWebhook(webhooks, { name }, "other"),
      (name) => webhooksOfJob(webhooks, [name], "other"),
    ];
    for (const ask of asked) {
      assert.equal(await told(ask(ours.name), ours.name), await told(ask(nobody), nobody));
    }
    const redelivery = await refusal(redeliverWebhook(webhooks, failure, "other"));
    assert.equal(redelivery.reason, "WEBHOOK_NOT_FOUND");
    // A webhook of theirs is told of none of our jobs, nor is its limit used up by ours.
    const theirs = CreateWebhookRequest.fromPartial({
      ...{ url: receivers.url("/theirs"), everyJob: true },
    });
    const webhook = await createWebhook(webhooks, theirs, "other");
    receivers.answer("/ours", status(204));
    const toldBefore = receivers.received("/ours").length;
    await mesh.ended();
    await receivers.untilReceived("/ours", toldBefore + 1);
    assert.equal(receivers.received("/theirs").length, 0);
    const { webhooks: listed } = await mesh.client.listWebhooks(0, "");
    assert.ok(!listed.some(({ name }) => name === webhook.name));
    assert.equal(
      (await refusal(mesh.client.deleteWebhook(webhook.name))).reason,
      "WEBHOOK_NOT_FOUND",
    );
  } finally {
    webhooks.close();
  }
});

test("no secret and no URL of a webhook is in the log", async () => {
  const log = await mesh.log();
  assert.match(log, /webhook delivered/);
  assert.match(log, /webhook given up/);
  assert.doesNotMatch(log, /whsec_|\/named|\/ours/);
});
