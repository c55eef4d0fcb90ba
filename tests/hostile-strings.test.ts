/**
 * Every text that a caller can send, on a mesh that asks its callers who they are: no text of
 * paths, controls, wildcards or JSON breaks anything, leaves a file, or reaches what another tenant
 * has.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { Client, credentials, Metadata, status } from "@grpc/grpc-js";
import sharp from "sharp";
import { DepthmeshClient } from "../client/client.js";
import { isReason } from "../core/error-reasons.js";
import { packagePath } from "../kit/process/package-path.js";
import { newApiKey } from "../kit/rpc/api-key.js";
import { addMeshToken } from "../kit/rpc/mesh-token.js";
import { newId } from "../pipeline/record/id.js";
import { enterState, newRecord } from "../pipeline/record/record.js";
import { publishDeadLetter } from "../pipeline/worker/dead-letters.js";
import { AdminServiceService } from "../proto/gen/depthmesh/v1/admin_service.js";
import { BatchCreateJobsResponse } from "../proto/gen/depthmesh/v1/job_service.js";
import { Role } from "../proto/gen/depthmesh/v1/tenant.js";
import { UploadServiceService } from "../proto/gen/depthmesh/v1/upload_service.js";
import { WebhookServiceService } from "../proto/gen/depthmesh/v1/webhook_service.js";
import { baseRequests } from "../testing/hostile/base-requests.js";
import { type Probe, probesOf } from "../testing/hostile/probes.js";
import { answerOfStatus, type RawAnswer, rawCall } from "../testing/hostile/raw-call.js";
import { methodsIn } from "../testing/hostile/string-fields.js";
import { hostileTexts } from "../testing/hostile/texts.js";
import {
  connectToMesh,
  type Fixture,
  type MeshBus,
  pidOf,
  startFixture,
  untilEnded,
} from "../testing/mesh/fixture.js";
import { createWithId, sendUpload } from "../testing/tenants/caller.js";

/** A word that stands nowhere by itself. */
const MARK = "dmhostilemark";
const DEADLINE_MS = 5_000;
/** Of methods that draw, on a machine with other work. */
const DRAWING_DEADLINE_MS = 30_000;
const AT_ONCE = 8;
/** They draw what they accept, which takes long: Interact takes the same specs with every text. */
const DRAWING = ["RenderStill", "RenderContactSheet", "GetScene"];
const FEW_TEXTS = ["a path above", "a NUL", "all subjects", "a long one"];
/** The longest message of an error, in characters. */
const MESSAGE_CHARACTERS = 1_100;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;
const BROKEN: ReadonlySet<status> = new Set([
  status.UNKNOWN,
  status.INTERNAL,
  status.DEADLINE_EXCEEDED,
]);

interface Owned {
  readonly client: DepthmeshClient;
  readonly key: string;
  readonly job: string;
  readonly upload: string;
  readonly webhook: string;
}

const operator = newApiKey();
let fixture: Fixture;
let mesh: MeshBus;
let alice: Owned;
let mallory: Owned;
/** A job of alice's that has a dead letter. */
let lost = "";
before(async () => {
  fixture = await startFixture({
    environment: { DEPTHMESH_IDENTITY: "on", DEPTHMESH_OPERATOR_KEY_SHA256: operator.hash },
  });
  mesh = await connectToMesh(fixture.mesh);
  [alice, mallory] = await Promise.all([ownerOf("alice"), ownerOf("mallory")]);
  lost = await deadLetterOf("alice");
});
after(async () => {
  alice?.client.close();
  mallory?.client.close();
  await mesh?.bus.close();
  await fixture?.close();
});

/** A job that failed, with its dead letter. Returns the job's id. */
async function deadLetterOf(tenant: string): Promise<string> {
  const nowMs = Date.now();
  const names = { tenant, specBlob: "", photoBlob: "", traceId: "0".repeat(32) };
  const id = newId();
  const made = newRecord({ ...names, id, lane: "normal", lastStage: "encode", nowMs });
  assert.ok(await mesh.store.create(enterState(made, "FAILED", nowMs)));
  await publishDeadLetter(mesh.bus, {
    ...{ job: id, stage: "depth", orderId: "o", reason: "POISONED", message: "m", metadata: {} },
    ...{ attempts: 5, crashes: 0, worker: "w", atMs: nowMs },
  });
  return id;
}

/** A tenant with one of everything. */
async function ownerOf(tenant: string): Promise<Owned> {
  const request = { tenant, roles: [Role.ROLE_USER], note: "", expireTime: undefined };
  const admin = new DepthmeshClient(fixture.mesh.adminAddress, { key: operator.key });
  const { key } = await admin
    .call(AdminServiceService.createApiKey, request)
    .finally(() => admin.close());
  const client = new DepthmeshClient(fixture.mesh.address, { key });
  const photo = await sharp({ create: { width: 96, height: 64, channels: 3, background: "#357" } })
    .png()
    .toBuffer();
  const caller = { client, key, photo };
  const { name: job } = await createWithId(caller, "first", { album: tenant });
  await untilEnded(client, job);
  const { name: upload } = await sendUpload(caller);
  const url = "https://example.com/";
  const { name: webhook } = await client.call(WebhookServiceService.createWebhook, {
    ...{ url, states: [], everyJob: false },
  });
  return { client, key, job, upload, webhook };
}

/** Who calls a service, and where. */
function doorOf(service: string): { readonly address: string; readonly metadata: Metadata } {
  const metadata = new Metadata();
  const { address, adminAddress, internalAddress, workers, access } = fixture.mesh;
  if (service.startsWith("depthmesh.stage.")) {
    addMeshToken(metadata, access.token);
    const stage = /([A-Z][a-z]+)Service$/.exec(service)?.[1]?.toLowerCase();
    const worker = workers.find((one) => one.service === (stage === "worker" ? "depth" : stage));
    return { address: worker?.address ?? internalAddress, metadata };
  }
  const isAdmin = service.endsWith(".AdminService");
  metadata.set("authorization", `Bearer ${isAdmin ? operator.key : mallory.key}`);
  return { address: isAdmin ? adminAddress : address, metadata };
}

function probes(): Probe[] {
  const files = ["descriptors.binpb", "health.binpb", "reflection.binpb"];
  const methods = files.flatMap((name) =>
    methodsIn(readFileSync(packagePath("proto", "gen", name))),
  );
  const { job, upload, webhook } = mallory;
  const bases = baseRequests({ job, upload, webhook, tenant: "mallory" });
  const texts = hostileTexts(MARK);
  const few = new Map([...texts].filter(([kind]) => FEW_TEXTS.includes(kind)));
  return methods.flatMap((method) => {
    const isDrawing = method.parent.name === "PreviewService" && DRAWING.includes(method.name);
    return probesOf(method, bases, isDrawing ? few : texts);
  });
}

/** What is wrong with an answer. */
function faultOf({ bytes, ...answer }: RawAnswer, { path }: Probe): string | undefined {
  if (!path.endsWith("/BatchCreateJobs") || !bytes) return faultOfStatus(answer, path);
  const { results } = BatchCreateJobsResponse.decode(bytes);
  const faults = results.map(({ kind }) => {
    if (kind?.$case !== "error") return undefined;
    return faultOfStatus(answerOfStatus(kind.value.code, kind.value), path);
  });
  return faults.find((fault) => fault !== undefined);
}

function faultOfStatus(
  { code, message, info, texts }: Omit<RawAnswer, "bytes">,
  path: string,
): string | undefined {
  if (code === status.OK) return undefined;
  if (BROKEN.has(code)) return `${status[code]} ${message}`;
  // It is what a key or a subject ends with that NATS refuses.
  if (info?.reason === "BUS_UNAVAILABLE") return message;
  const isOurs = path.startsWith("/depthmesh.");
  if (isOurs && !isReason(info?.reason ?? "")) return `no reason: ${code} ${message}`;
  const text = texts.find((each) => CONTROLS.test(each));
  if (text !== undefined) return `controls in ${JSON.stringify(text.slice(0, 200))}`;
  if (message.length > MESSAGE_CHARACTERS) return `${message.length} characters`;
  return undefined;
}

/** Sends all of them, some at once. Returns what is wrong, one line each. */
async function faultsOf(sent: readonly Probe[]): Promise<string[]> {
  const faults: string[] = [];
  const clients = new Map<string, Client>();
  const clientAt = (address: string) => {
    const client = clients.get(address) ?? new Client(address, credentials.createInsecure());
    clients.set(address, client);
    return client;
  };
  const waiting = [...sent];
  const lane = async () => {
    for (let probe = waiting.shift(); probe; probe = waiting.shift()) {
      const { path, messages } = probe;
      const { address, metadata } = doorOf(probe.service);
      const isDrawing = DRAWING.some((name) => path.endsWith(`/${name}`));
      const withinMs = isDrawing ? DRAWING_DEADLINE_MS : DEADLINE_MS;
      const answer = await rawCall(clientAt(address), path, messages, metadata, withinMs);
      const fault = faultOf(answer, probe);
      if (fault !== undefined) faults.push(`${probe.what}: ${fault}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  for (const client of clients.values()) client.close();
  return faults;
}

/** What alice sees of what she has. */
async function belongings({ client, job, upload }: Owned): Promise<unknown> {
  return [
    await client.getJob(job),
    await client.listJobs(10, ""),
    await client.call(UploadServiceService.getUpload, { name: upload }),
    await client.call(WebhookServiceService.listWebhooks, { pageSize: 0, pageToken: "" }),
    (await client.listPresets()).presets.length,
  ];
}

/** The subjects of all streams, with how many messages each has. */
async function subjects(): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  const { streams } = mesh.bus.manager;
  for await (const { config } of streams.list()) {
    const { state } = await streams.info(config.name, { subjects_filter: ">" });
    for (const [subject, count] of Object.entries(state.subjects ?? {})) found.set(subject, count);
  }
  return found;
}

async function filesBelow(folder: string): Promise<string[]> {
  return readdir(folder, { recursive: true });
}

/** All of ours but CatalogService, health, and reflection in two versions. */
const SERVICES_WITH_TEXTS = 15;

test("no text in any field of any method breaks an answer, a log or what others have", async () => {
  const all = probes();
  const probed = new Set(all.map(({ service }) => service));
  assert.equal(probed.size, SERVICES_WITH_TEXTS, [...probed].join(" "));
  const pids = (["gateway", "depth", "render", "encode"] as const).map((service) =>
    pidOf(fixture.mesh, service),
  );
  const before = await belongings(alice);
  const names = [alice.job, alice.upload, alice.webhook, `jobs/${lost}`];
  const alices = names.map((name) => name.split("/")[1] ?? "");
  const isAlices = (subject: string) => alices.some((id) => subject.includes(id));
  const subjectsBefore = [...(await subjects())].filter(([subject]) => isAlices(subject));
  assert.ok(subjectsBefore.some(([subject]) => subject.endsWith(`.POISONED.${lost}`)));

  const faults = await faultsOf(all);
  assert.deepEqual(faults.slice(0, 40), [], `${faults.length} of ${all.length}`);

  const running = (["gateway", "depth", "render", "encode"] as const).map((service) =>
    pidOf(fixture.mesh, service),
  );
  assert.deepEqual(running, pids, "no process was replaced");
  assert.deepEqual(await belongings(alice), before);
  const subjectsAfter = await subjects();
  assert.deepEqual(
    [...subjectsAfter].filter(([subject]) => isAlices(subject)),
    subjectsBefore,
  );
  for (const subject of subjectsAfter.keys()) assert.match(subject, /^[$\w.-]+$/);
});

test("each line of the log is one JSON object", async () => {
  const log = await readFile(join(fixture.folder, "data", "mesh.log"), "utf8");
  for (const line of log.trimEnd().split("\n")) {
    const { level } = JSON.parse(line) as { level: number };
    assert.ok(level < 60, line);
  }
});

test("no file has a name of a caller's", async () => {
  const names = await filesBelow(fixture.folder);
  const around = [dirname(fixture.folder), tmpdir(), process.cwd(), "/"];
  for (const folder of new Set(around)) names.push(...(await readdir(folder)));
  assert.deepEqual(
    names.filter((name) => name.includes(MARK)),
    [],
  );
});
