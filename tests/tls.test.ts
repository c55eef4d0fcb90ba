/**
 * A mesh with TLS on every port, on NATS, and a secret: who gets through each door, and what goes
 * on while a certificate is renewed.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { credentials } from "@grpc/grpc-js";
import { AdminClient } from "../client/admin-client.js";
import type { TlsOptions } from "../client/channel.js";
import { DepthmeshClient } from "../client/client.js";
import { RemoteBlobs } from "../kit/blobs/remote.js";
import { childEnvironment } from "../kit/config.js";
import { createLog } from "../kit/log.js";
import { connectBus } from "../kit/nats/connect.js";
import { packagePath } from "../kit/process/package-path.js";
import { callUnary, meshClient, outgoingMetadata, readStream } from "../kit/rpc/client.js";
import { askHealth } from "../kit/rpc/health.js";
import type { MeshAccess } from "../kit/rpc/mesh-access.js";
import { AUTHORITY, filesOf, type MemberName } from "../launcher/certificates/certificate-set.js";
import { makeCertificateSet } from "../launcher/certificates/make-set.js";
import { DepthServiceClient } from "../proto/gen/depthmesh/stage/v1/depth_service.js";
import { EncodeServiceClient } from "../proto/gen/depthmesh/stage/v1/encode_service.js";
import { RenderServiceClient } from "../proto/gen/depthmesh/stage/v1/render_service.js";
import {
  type WorkerDescription,
  WorkerServiceClient,
} from "../proto/gen/depthmesh/stage/v1/worker_service.js";
import { JobState } from "../proto/gen/depthmesh/v1/job.js";
import { Role } from "../proto/gen/depthmesh/v1/tenant.js";
import { eventually } from "../testing/eventually.js";
import {
  type Fixture,
  longSpec,
  SAMPLE,
  smallSpec,
  startFixture,
  untilEnded,
  untilProgress,
} from "../testing/mesh/fixture.js";
import { fingerprintAt, natsFingerprint } from "../testing/tls/seen-certificates.js";
import { accessWith, authorityOf, tlsWith } from "../testing/tls/shown-access.js";

const run = promisify(execFile);
const root = mkdtempSync(join(tmpdir(), "depthmesh-tls-"));
const ours = join(root, "ours");
const theirs = join(root, "theirs");
let fixture: Fixture;
/** Callers who show their certificates. */
let client: DepthmeshClient;
let admin: AdminClient;

before(async () => {
  await makeCertificateSet({ folder: ours, days: 2 });
  await makeCertificateSet({ folder: theirs, days: 2 });
  fixture = await startFixture({
    ...{ tls: ours, webPort: 0 },
    environment: { DEPTHMESH_IDENTITY: "on" },
  });
  client = new DepthmeshClient(fixture.mesh.address, { tls: tlsAs("user") });
  admin = new AdminClient(fixture.mesh.adminAddress, { tls: tlsAs("operator") });
});
after(async () => {
  client?.close();
  admin?.close();
  await fixture?.close();
  rmSync(root, { recursive: true, force: true });
});

/** A caller who trusts our authority, and shows the certificate of a member of a set. */
const tlsAs = (name: MemberName, folder = ours) => tlsWith(ours, [folder, name]);

/** Calls the public API once. */
async function list(tls: TlsOptions | undefined): Promise<number> {
  const caller = new DepthmeshClient(fixture.mesh.address, { ...(tls && { tls }), retries: false });
  try {
    return (await caller.listJobs(10, "", { signal: AbortSignal.timeout(10_000) })).jobs.length;
  } finally {
    caller.close();
  }
}

async function describe(address: string, access: MeshAccess): Promise<string> {
  const worker = meshClient(WorkerServiceClient, address, { access });
  try {
    const { service } = await callUnary<WorkerDescription>((metadata, done) =>
      worker.describe({}, metadata, done),
    );
    return service;
  } finally {
    worker.close();
  }
}

test("a job runs from end to end, and nothing listens without encryption", async () => {
  const { name } = await client.createJobFromFiles(smallSpec(), { photo: SAMPLE });
  const job = await untilEnded(client, name);
  assert.equal(job.state, JobState.JOB_STATE_SUCCEEDED, job.error?.message);
  const { mesh } = fixture;
  const all = [mesh.address, mesh.adminAddress, mesh.internalAddress];
  for (const address of [...all, ...mesh.workers.map((worker) => worker.address)]) {
    assert.equal(await askHealth(address, 5_000, accessWith(ours)), "SERVING");
    const plain = { channel: credentials.createInsecure(), serverName: undefined };
    await assert.rejects(askHealth(address, 2_000, plain), Error, address);
  }
});

test("a caller without TLS, or who trusts another authority, is told so", async () => {
  await list(tlsAs("user"));
  await assert.rejects(list(undefined), { reason: "SERVICE_UNAVAILABLE" });
  await assert.rejects(list({ ...tlsAs("user"), rootCertificates: authorityOf(theirs) }), {
    reason: "SERVICE_UNAVAILABLE",
    message: /certificate/,
  });
  const command = (...args: string[]) =>
    run(process.execPath, [packagePath("bin", "depthmesh"), "jobs", "ls", ...args], {
      env: childEnvironment({ XDG_RUNTIME_DIR: root }),
    });
  const to = ["--address", fixture.mesh.address];
  const { certificate, key } = filesOf(ours, "user");
  const own = ["--client-cert", certificate, "--client-key", key];
  const ca = ["--ca", filesOf(ours, AUTHORITY).certificate];
  const { stdout, stderr } = await command(...to, ...ca, ...own);
  assert.match(stdout, /SUCCEEDED/);
  assert.equal(stderr, "");
  await assert.rejects(command(...to), {
    stderr: /SERVICE_UNAVAILABLE: the gateway at \S+ encrypts its connections: pass --ca/,
  });
});

test("a certificate is an identity: its roles open one port and not the other", async () => {
  const { mesh } = fixture;
  await assert.rejects(list({ rootCertificates: authorityOf(ours) }), {
    reason: "CREDENTIALS_MISSING",
  });
  await assert.rejects(list(tlsAs("user", theirs)), { reason: "CREDENTIALS_MISSING" });
  await assert.rejects(list(tlsAs("worker")), { reason: "ROLE_REQUIRED" });
  await list(tlsAs("operator"));
  const user = new AdminClient(mesh.adminAddress, { tls: tlsAs("user") });
  await assert.rejects(user.getMeshStatus(), { reason: "ROLE_REQUIRED" });
  user.close();
  assert.equal((await admin.getMeshStatus()).natsConnected, true);
});

test("the admin and the internal services are not on the public port", async () => {
  const { address, access } = fixture.mesh;
  const operator = new AdminClient(address, { tls: tlsAs("operator") });
  await assert.rejects(operator.getMeshStatus(), { reason: "METHOD_UNKNOWN" });
  operator.close();
  const blobs = new RemoteBlobs(address, { access: access.mesh });
  await assert.rejects(blobs.hold(["0".repeat(64)]), { reason: "METHOD_UNKNOWN" });
  blobs.close();
  await assert.rejects(describe(address, access.mesh), { reason: "METHOD_UNKNOWN" });
});

test("stage services and the blobs answer processes of the mesh only", async () => {
  const { mesh } = fixture;
  const internal = [
    { service: "gateway", address: mesh.internalAddress },
    ...mesh.workers,
  ] as const;
  for (const { service, address } of internal) {
    assert.equal(await describe(address, mesh.access.mesh), service);
    assert.equal(await describe(address, accessWith(ours, { shown: [ours, "worker"] })), service);
    await assert.rejects(describe(address, accessWith(ours)), { reason: "CREDENTIALS_MISSING" });
    const strange = accessWith(ours, { shown: [theirs, "worker"] });
    await assert.rejects(describe(address, strange), { reason: "CREDENTIALS_MISSING" });
    const wrong = accessWith(ours, { token: `x${mesh.access.token}` });
    await assert.rejects(describe(address, wrong), { reason: "CREDENTIALS_INVALID" });
    const operator = accessWith(ours, { shown: [ours, "operator"] });
    await assert.rejects(describe(address, operator), { reason: "ROLE_REQUIRED" });
  }
  const access = accessWith(ours);
  const blobs = new RemoteBlobs(mesh.internalAddress, { access });
  await assert.rejects(blobs.hold(["0".repeat(64)]), { reason: "CREDENTIALS_MISSING" });
  blobs.close();
  await assert.rejects(stageCalls(access, "depth"), { reason: "CREDENTIALS_MISSING" });
  await assert.rejects(stageCalls(access, "render"), { reason: "CREDENTIALS_MISSING" });
  await assert.rejects(stageCalls(access, "encode"), { reason: "CREDENTIALS_MISSING" });
});

/** The first answer of the stage's stream: of EstimateDepth, ReadFrames or FollowJob. */
async function stageCalls(access: MeshAccess, stage: "depth" | "render" | "encode") {
  const address = fixture.mesh.children(stage)[0]?.address ?? "";
  if (stage === "depth") {
    const client = meshClient(DepthServiceClient, address, { access });
    return readStream(client.estimateDepth(outgoingMetadata()))
      .next()
      .finally(() => client.close());
  }
  if (stage === "render") {
    const client = meshClient(RenderServiceClient, address, { access });
    return readStream(client.readFrames(outgoingMetadata()))
      .next()
      .finally(() => client.close());
  }
  const client = meshClient(EncodeServiceClient, address, { access });
  return readStream(client.followJob({ name: "jobs/none" }, outgoingMetadata()))
    .next()
    .finally(() => client.close());
}

test("the web service is HTTPS, and shows the gateway its caller's key and nothing of its own", async () => {
  const { webAddress } = fixture.mesh;
  const user = { tenant: "acme", roles: [Role.ROLE_USER], note: "", expireTime: undefined };
  const { key } = await admin.createApiKey(user);
  assert.equal((await getJson(webAddress, { "x-api-key": key })).tenant, "acme");
  assert.equal((await getJson(webAddress, {})).reason, "CREDENTIALS_MISSING");
  await assert.rejects(getJson(webAddress, {}, authorityOf(theirs)), /certificate/);
  await assert.rejects(fetch(webAddress.replace("https:", "http:")));
});

/** `GET /v1/limits`, from a caller who trusts an authority. */
async function getJson(
  origin: string,
  headers: Readonly<Record<string, string>>,
  ca = authorityOf(ours),
): Promise<Record<string, unknown>> {
  const asked = request(new URL("/v1/limits", origin), { ca, headers, agent: false });
  asked.end();
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  return JSON.parse((await response.toArray()).join(""));
}

// tests/nats-start.test.ts has those who are refused.
test("NATS is encrypted, and asks for a certificate besides the password", async () => {
  const log = createLog("silent", { service: "test", worker: "test" });
  const url = fixture.mesh.natsUrlFor("operator");
  assert.match(url, /^tls:/);
  const { certificate: cert, key } = filesOf(ours, "worker");
  const ca = filesOf(ours, AUTHORITY).certificate;
  const bus = await connectBus(url, "test", log, { ca, cert, key });
  await bus.close();
});

test("new certificates are shown without a restart, while a watched job goes on", async () => {
  const { mesh } = fixture;
  const ported = [...mesh.children("gateway"), ...mesh.children("web")];
  const pids = () => [mesh.nats.pid, ...ported.map(({ pid }) => pid)];
  const started = pids();
  const addresses = [mesh.address, mesh.adminAddress, mesh.internalAddress].concat(
    mesh.workers.map(({ address }) => address),
    new URL(mesh.webAddress).host,
  );
  const before = await Promise.all(addresses.map((address) => fingerprintAt(address, ours)));
  const natsBefore = await natsFingerprint(mesh.natsUrl, ours);
  const { name } = await client.createJobFromFiles(longSpec(), { photo: SAMPLE });
  const states: JobState[] = [];
  const watched = (async () => {
    for await (const { kind } of client.watchJob(name, 0, AbortSignal.timeout(120_000))) {
      if (kind?.$case === "stateChange") states.push(kind.value.state);
    }
  })();
  await untilProgress(client, name, "render", 0.02);

  await makeCertificateSet({ folder: ours, days: 3, renew: true });
  for (const [index, address] of addresses.entries()) {
    await eventually(`${address} shows its new certificate`, async () => {
      return (await fingerprintAt(address, ours)) !== before[index];
    });
  }
  await eventually("nats-server shows its new certificate", async () => {
    return (await natsFingerprint(mesh.natsUrl, ours)) !== natsBefore;
  });
  assert.notEqual((await client.getJob(name)).state, JobState.JOB_STATE_FAILED);
  // New connections of the mesh itself, with the new certificates.
  const { name: next } = await client.createJobFromFiles(smallSpec("still"), { photo: SAMPLE });
  await client.cancelJob(name);
  await watched;
  assert.equal(states.at(-1), JobState.JOB_STATE_CANCELLED);
  const job = await untilEnded(client, next);
  assert.equal(job.state, JobState.JOB_STATE_SUCCEEDED, job.error?.message);
  assert.deepEqual(pids(), started);
});

test("neither the secret nor a key is in the mesh's log", () => {
  const log = readFileSync(join(fixture.mesh.data, "mesh.log"), "utf8");
  assert.doesNotMatch(log, new RegExp(fixture.mesh.access.token));
  assert.doesNotMatch(log, /PRIVATE KEY/);
  for (const file of readdirSync(ours).filter((name) => name.endsWith(".key"))) {
    assert.equal(statSync(join(ours, file)).mode & 0o777, 0o600, file);
  }
});
