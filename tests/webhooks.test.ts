/**
 * Webhooks on a real mesh, with real receivers on loopback: each end of a job is told, signed,
 * whatever dies in between, and to its own tenant only.
 */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import {
  createServer,
  type IncomingHttpHeaders,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { Webhook as Verifier } from "standardwebhooks";
import { createLog } from "../kit/log.js";
import { ARMED, type Failpoint } from "../kit/process/failpoint.js";
import { packagePath } from "../kit/process/package-path.js";
import { collect } from "../kit/rpc/chunks.js";
import { type Job, JobState } from "../proto/gen/depthmesh/v1/job.js";
import { ArtifactKind, CachePolicy, JobSpec } from "../proto/gen/depthmesh/v1/spec.js";
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
import { LOOPBACK_CERTIFICATE } from "../testing/loopback-certificate.js";
import {
  connectToMesh,
  type Fixture,
  type MeshBus,
  pidOf,
  SAMPLE,
  startFixture,
  untilEnded,
} from "../testing/mesh/fixture.js";
import { refusal } from "../testing/refusal.js";

const run = promisify(execFile);
const RETRY_SECONDS = 3;
const MAX_WEBHOOKS = 12;
/** Ends after the depth stage, quickly. */
const SPEC = JobSpec.fromPartial({
  artifacts: [ArtifactKind.ARTIFACT_KIND_DEPTH],
  cachePolicy: CachePolicy.CACHE_POLICY_BYPASS,
});

interface Message {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

type Answer = (message: Message, response: ServerResponse) => void;

const ok: Answer = (_message, response) => void response.writeHead(204).end();
const status =
  (code: number): Answer =>
  (_message, response) =>
    void response.writeHead(code).end();

/** Receivers by path: what came, and how it is answered. */
const messages: Message[] = [];
const answers = new Map<string, Answer>();

const servers: Server[] = [];
const bases: { http: string; https: string } = { http: "", https: "" };
let folder: string;
let fixture: Fixture;
let mesh: MeshBus;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "depthmesh-webhooks-"));
  const authorities = join(folder, "authority.pem");
  await writeFile(authorities, LOOPBACK_CERTIFICATE.cert);
  const listen = async (server: Server, scheme: "http" | "https") => {
    server.on("request", (request, response) => {
      void collect(request).then((bytes) => {
        const { url: path = "", headers } = request;
        const message = { path, headers, body: Buffer.from(bytes).toString() };
        messages.push(message);
        (answers.get(path) ?? ok)(message, response);
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    servers.push(server);
    bases[scheme] = `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  await listen(createServer(), "http");
  await listen(createTlsServer(LOOPBACK_CERTIFICATE), "https");
  fixture = await startFixture({
    ...{ render: 0, encode: 0 },
    environment: {
      DEPTHMESH_WEBHOOK_ALLOW: "127.0.0.0/8",
      DEPTHMESH_WEBHOOK_ALLOW_HTTP: "yes",
      DEPTHMESH_WEBHOOK_RETRY_SECONDS: String(RETRY_SECONDS),
      DEPTHMESH_MAX_WEBHOOKS: String(MAX_WEBHOOKS),
      DEPTHMESH_FAILPOINTS: folder,
      NODE_EXTRA_CA_CERTS: authorities,
    },
  });
  mesh = await connectToMesh(fixture.mesh);
});
after(async () => {
  await mesh?.bus.close();
  await fixture?.close();
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  await rm(folder, { recursive: true, force: true });
});

let jobs = 0;
async function ended(webhooks: readonly string[] = []): Promise<Job> {
  jobs += 1;
  const options = { webhooks, labels: { job: `${jobs}` } };
  const { name } = await fixture.client.createJobFromFiles(SPEC, { photo: SAMPLE }, "", options);
  return untilEnded(fixture.client, name);
}

function create(path: string, request: Partial<CreateWebhookRequest> = {}): Promise<Webhook> {
  const url = `${bases.http}${path}`;
  return fixture.client.createWebhook(CreateWebhookRequest.fromPartial({ url, ...request }));
}

const received = (path: string) => messages.filter((message) => message.path === path);

function untilReceived(path: string, count: number, withinMs = 30_000): Promise<Message[]> {
  const enough = () => received(path).length >= count && received(path);
  return eventually(`${count} messages at ${path}`, enough, withinMs);
}

/** The message's content, if the library accepts its signature. */
function verified({ secret }: Webhook, { body, headers }: Message): Record<string, unknown> {
  const signed = headers as Record<string, string>;
  return new Verifier(secret).verify(body, signed) as Record<string, unknown>;
}

test("a job tells the webhooks that it names and those of every job, once and signed", async () => {
  const named = await create("/named");
  const every = await create("/every", { url: `${bases.https}/every`, everyJob: true });
  const silent = await create("/silent");
  const job = await ended([named.name]);
  const [first] = await untilReceived("/named", 1);
  const [second] = await untilReceived("/every", 1);
  assert.ok(first && second);
  const content = verified(named, first);
  assert.equal(content.type, "job.succeeded");
  assert.equal(content.timestamp, job.updateTime?.toISOString());
  const data = content.data as Record<string, unknown>;
  assert.deepEqual(
    [data.job, data.state, data.labels],
    [job.name, "SUCCEEDED", { job: `${jobs}` }],
  );
  assert.deepEqual(verified(every, second), content);
  assert.throws(() => verified(silent, first), "the secret of another webhook");
  // The next job's message comes after whatever was still to come of this one.
  const next = await ended();
  const told = await untilReceived("/every", 2);
  const jobOf = ({ body }: Message) => JSON.parse(body).data.job;
  assert.deepEqual(told.map(jobOf), [job.name, next.name]);
  assert.deepEqual([received("/named").length, received("/silent").length], [1, 0]);
  for (const { name } of [named, every, silent]) await fixture.client.deleteWebhook(name);
});

test("the secret is shown once, the list has pages, and a tenant has a limit", async () => {
  const made = [];
  for (let i = 0; i < MAX_WEBHOOKS; i++) made.push(await create(`/limit/${i}`));
  assert.ok(made.every(({ secret }) => /^whsec_[A-Za-z0-9+/]{43}=$/.test(secret)));
  assert.equal(new Set(made.map(({ secret }) => secret)).size, MAX_WEBHOOKS);
  assert.equal((await refusal(create("/limit/more"))).reason, "QUOTA_EXCEEDED");
  const listed: Webhook[] = [];
  for (let token = ""; ; ) {
    const page = await fixture.client.listWebhooks(5, token);
    listed.push(...page.webhooks);
    token = page.nextPageToken;
    if (token === "") break;
  }
  const newestFirst = made.map((webhook) => ({ ...webhook, secret: "" })).reverse();
  assert.deepEqual(listed, newestFirst);
  for (const { name } of made) await fixture.client.deleteWebhook(name);
  assert.deepEqual((await fixture.client.listWebhooks(0, "")).webhooks, []);
});

test("what a webhook may not be is refused at once", async () => {
  const urls = ["https://10.0.0.1/", "http://0x7f.1/", "http://2130706433/", "https://[fd00::1]/"];
  for (const url of urls) {
    assert.equal((await refusal(create("", { url }))).reason, "WEBHOOK_ADDRESS_FORBIDDEN", url);
  }
  const running = create("/", { states: [JobState.JOB_STATE_RENDER] });
  assert.equal((await refusal(running)).reason, "PARAMETER_CONFLICT");
  const unknown = ["webhooks/01arz3ndektsv4rrffq69g5fav", "webhooks/x", "", "jobs/x", "../x"];
  for (const name of unknown) {
    assert.equal((await refusal(ended([name]))).reason, "WEBHOOK_NOT_FOUND", name);
    const deleted = fixture.client.deleteWebhook(name);
    assert.equal((await refusal(deleted)).reason, "WEBHOOK_NOT_FOUND", name);
  }
  const many = Array.from({ length: 9 }, () => "webhooks/x");
  assert.equal((await refusal(ended(many))).reason, "PARAMETER_OUT_OF_RANGE");
});

test("a receiver that fails twice gets the message a third time, with the same id", async () => {
  const webhook = await create("/flaky");
  answers.set("/flaky", (message, response) => {
    const code = received("/flaky").length <= 2 ? 500 : 200;
    status(code)(message, response);
  });
  await ended([webhook.name]);
  const three = await untilReceived("/flaky", 3);
  const ids = new Set(three.map(({ headers }) => headers["webhook-id"]));
  assert.equal(ids.size, 1);
  for (const message of three) assert.equal(verified(webhook, message).type, "job.succeeded");
  assert.deepEqual((await fixture.client.listWebhookFailures(0, "")).failures, []);
  await fixture.client.deleteWebhook(webhook.name);
});

test("only the states that a webhook names are told, and a cancelled job is one", async () => {
  const { CANCELLED, FAILED } = {
    CANCELLED: JobState.JOB_STATE_CANCELLED,
    FAILED: JobState.JOB_STATE_FAILED,
  };
  const cancelled = await create("/cancelled", { states: [CANCELLED], everyJob: true });
  const failed = await create("/failed", { states: [FAILED], everyJob: true });
  await ended();
  const depth = pidOf(fixture.mesh, "depth");
  process.kill(depth, "SIGSTOP");
  try {
    const { name } = await fixture.client.createJobFromFiles(SPEC, { photo: SAMPLE });
    await fixture.client.cancelJob(name);
    const [message] = await untilReceived("/cancelled", 1);
    assert.ok(message);
    const { type, data } = JSON.parse(message.body);
    assert.deepEqual([type, data.job], ["job.cancelled", name]);
  } finally {
    process.kill(depth, "SIGCONT");
  }
  assert.deepEqual([received("/cancelled").length, received("/failed").length], [1, 0]);
  for (const { name } of [cancelled, failed]) await fixture.client.deleteWebhook(name);
});

const CRASHES: readonly Failpoint[] = [
  "after-end-before-webhooks",
  "after-webhooks-before-event",
  "before-webhook",
];
for (const point of CRASHES) {
  test(`a gateway that is killed ${point} tells nevertheless, and only once`, async () => {
    const webhook = await create(`/${point}`);
    const file = `${point}${ARMED}`;
    const strike = { service: "gateway", point, after: 0, signal: "SIGKILL" };
    await writeFile(join(folder, file), JSON.stringify(strike));
    const { name } = await fixture.client.createJobFromFiles(
      SPEC,
      { photo: SAMPLE },
      `killed ${point}`,
      { webhooks: [webhook.name] },
    );
    // A claim of a dead gateway stands for twenty seconds.
    const [message] = await untilReceived(`/${point}`, 1, 90_000);
    assert.ok(!(await readdir(folder)).includes(file), `${point} was reached`);
    assert.ok(message);
    assert.equal(JSON.parse(message.body).data.job, name);
    assert.equal(verified(webhook, message).type, "job.succeeded");
    // A second message would be sent before that of a later job.
    await ended([webhook.name]);
    const ids = (await untilReceived(`/${point}`, 2)).map(({ headers }) => headers["webhook-id"]);
    assert.equal(new Set(ids).size, 2);
    await fixture.client.deleteWebhook(webhook.name);
  });
}

test("a message that is given up is listed, and sent again when somebody asks for it", async () => {
  const webhook = await create("/broken");
  answers.set("/broken", status(500));
  const job = await ended([webhook.name]);
  const failure = await eventually("the message is given up", async () => {
    const { failures } = await fixture.client.listWebhookFailures(0, "");
    return failures[0];
  });
  assert.equal(failure.job, job.name);
  assert.equal(failure.lastStatus, 500);
  assert.match(failure.lastError, /answered 500/);
  assert.equal(failure.attempts, received("/broken").length);
  assert.ok(failure.attempts >= 10, String(failure.attempts));
  assert.ok(failure.name.startsWith(`${webhook.name}/failures/`));
  answers.set("/broken", ok);
  const before = received("/broken").length;
  await fixture.client.redeliverWebhook(failure.name);
  const all = await untilReceived("/broken", before + 1);
  assert.equal(new Set(all.map(({ headers }) => headers["webhook-id"])).size, 1);
  assert.deepEqual((await fixture.client.listWebhookFailures(0, "")).failures, []);
  const again = fixture.client.redeliverWebhook(failure.name);
  assert.equal((await refusal(again)).reason, "WEBHOOK_NOT_FOUND");
  await fixture.client.deleteWebhook(webhook.name);
});

test("410 Gone disables a webhook: it stays listed, and nothing more is sent", async () => {
  const webhook = await create("/gone", { everyJob: true });
  answers.set("/gone", status(410));
  await ended();
  await untilReceived("/gone", 1);
  const disabled = await eventually("the webhook is disabled", async () => {
    const { webhooks } = await fixture.client.listWebhooks(0, "");
    return webhooks.find(({ name, disableTime }) => name === webhook.name && disableTime);
  });
  const naming = refusal(ended([disabled.name]));
  assert.match((await naming).message, /410 Gone/);
  const other = await create("/after-gone", { everyJob: true });
  await ended();
  await untilReceived("/after-gone", 1);
  assert.equal(received("/gone").length, 1);
  for (const { name } of [webhook, other]) await fixture.client.deleteWebhook(name);
});

test("a webhook that is deleted drops what waits, and one that hangs keeps no other waiting", async () => {
  const hanging = await create("/hanging");
  const other = await create("/other");
  answers.set("/hanging", () => {
    // Never answers.
  });
  const job = await ended([hanging.name, other.name]);
  await untilReceived("/hanging", 1);
  await untilReceived("/other", 1);
  await fixture.client.deleteWebhook(hanging.name);
  const key = `${hanging.name.split("/")[1]}.${job.name.split("/")[1]}`;
  assert.equal(await mesh.buckets.deliveries.get(key), null);
  await ended([other.name]);
  await untilReceived("/other", 2);
  assert.equal(received("/hanging").length, 1);
  await fixture.client.deleteWebhook(other.name);
});

/** What the command printed on standard output. */
async function command(...args: readonly string[]): Promise<string> {
  const script = packagePath("bin", "depthmesh");
  const address = ["--address", fixture.mesh.address];
  const { stdout } = await run(process.execPath, [script, "webhooks", ...args, ...address]);
  return stdout;
}

test("the example receives what the command has set up, and checks its signature", async () => {
  const secretFile = join(folder, "secret.txt");
  const script = packagePath("dist", "examples", "webhook-receiver.js");
  const receiver = spawn(process.execPath, [script, secretFile, "0"]);
  try {
    const lines = createInterface(receiver.stdout)[Symbol.asyncIterator]();
    const nextLine = async () => String((await lines.next()).value);
    const [url = ""] = /http:\S+/.exec(await nextLine()) ?? [];
    const states = ["--state", "succeeded", "--state", "failed"];
    await writeFile(secretFile, await command("create", url, "--every-job", ...states));
    assert.match(await command("ls"), /active +every job: succeeded,failed +http:/);
    const job = await ended();
    assert.match(await nextLine(), new RegExp(`^job.succeeded ${job.name}`));
    const forged = await fetch(url, {
      method: "POST",
      body: "{}",
      headers: { "webhook-id": "x", "webhook-timestamp": "1", "webhook-signature": "v1,AAAA" },
    });
    assert.equal(forged.status, 401);
    const [webhook] = JSON.parse(await command("ls", "--json"));
    assert.equal("secret" in webhook, false);
    assert.match(await command("rm", webhook.name), /deleted/);
    assert.deepEqual(JSON.parse(await command("ls", "--json")), []);
  } finally {
    receiver.kill();
  }
});

test("the command lists what was given up, and sends it again", async () => {
  const webhook = JSON.parse(await command("create", `${bases.http}/by-command`, "--json"));
  assert.match(webhook.secret, /^whsec_/);
  answers.set("/by-command", status(404));
  const job = await ended([webhook.name]);
  const [failure] = await eventually("the message is given up", async () => {
    const failures = JSON.parse(await command("failures", "--json"));
    return failures.length > 0 && failures;
  });
  assert.deepEqual([failure.job, failure.lastStatus], [job.name, 404]);
  assert.match(await command("failures"), /the receiver answered 404/);
  answers.set("/by-command", ok);
  const count = received("/by-command").length;
  assert.match(await command("redeliver", "--all"), /sent again/);
  await untilReceived("/by-command", count + 1);
  assert.deepEqual(JSON.parse(await command("failures", "--json")), []);
  await assert.rejects(command("redeliver", failure.name), /WEBHOOK_NOT_FOUND/);
  await assert.rejects(command("redeliver"), /name a failure, or use --all/);
  await assert.rejects(command("create", "https://x/", "--state", "queued"), /Allowed choices/);
  await command("rm", webhook.name);
});

test("another tenant sees nothing: its answers are those about nothing", async () => {
  const config = {
    ...({ webhookAllow: "127.0.0.0/8", webhookAllowHttp: "yes" } as const),
    ...{ webhookRetrySeconds: RETRY_SECONDS, maxWebhooks: 2 },
  };
  const log = createLog("silent", { service: "test", worker: "test" });
  const webhooks = new Webhooks({ bus: mesh.bus, buckets: mesh.buckets, log, config });
  const lists = { webhooks, pageTokens: await PageTokens.open(mesh.buckets.tenants) };
  try {
    const ours = await create("/ours", { everyJob: true });
    answers.set("/ours", status(500));
    await ended();
    const failure = await eventually("the message is given up", async () => {
      return (await fixture.client.listWebhookFailures(0, "")).failures[0];
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
      ...{ url: `${bases.http}/theirs`, everyJob: true },
    });
    const webhook = await createWebhook(webhooks, theirs, "other");
    answers.set("/ours", ok);
    const toldBefore = received("/ours").length;
    await ended();
    await untilReceived("/ours", toldBefore + 1);
    assert.equal(received("/theirs").length, 0);
    const { webhooks: listed } = await fixture.client.listWebhooks(0, "");
    assert.ok(!listed.some(({ name }) => name === webhook.name));
    assert.equal(
      (await refusal(fixture.client.deleteWebhook(webhook.name))).reason,
      "WEBHOOK_NOT_FOUND",
    );
  } finally {
    webhooks.close();
  }
});

test("no secret and no URL of a webhook is in the log", async () => {
  const log = await readFile(join(fixture.folder, "data", "mesh.log"), "utf8");
  assert.match(log, /webhook delivered/);
  assert.match(log, /webhook given up/);
  assert.doesNotMatch(log, /whsec_|\/flaky|\/broken/);
});
