/**
 * An encrypted gRPC server: who gets through, what its connections may do, and how its certificate
 * is renewed while calls run.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect as connectHttp2 } from "node:http2";
import { connect as connectTcp } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type ConnectionOptions, connect as connectTls, type PeerCertificate } from "node:tls";
import { promisify } from "node:util";
import { AUTHORITY, filesOf, MESH_NAME } from "../../launcher/certificates/certificate-set.js";
import { makeCertificateSet } from "../../launcher/certificates/make-set.js";
import {
  BlobServiceClient,
  BlobServiceService,
  type HoldBlobsResponse,
  ReadBlobResponse,
} from "../../proto/gen/depthmesh/stage/v1/blob_service.js";
import { eventually } from "../../testing/eventually.js";
import { accessWith } from "../../testing/tls/shown-access.js";
import { Condition } from "../async/condition.js";
import { childEnvironment } from "../config.js";
import { packagePath } from "../process/package-path.js";
import { clientStream, serverStream, unary } from "../rpc/call.js";
import { callUnary, meshClient, outgoingMetadata, readStream } from "../rpc/client.js";
import type { Identity } from "../rpc/identity.js";
import { type MeshAccess, PLAIN_ACCESS } from "../rpc/mesh-access.js";
import { meshGuard } from "../rpc/mesh-guard.js";
import { type RpcServer, rpcService, startRpcServer } from "../rpc/server.js";
import { CertificateFiles } from "./certificate-files.js";

const TOKEN = "a-secret-of-the-mesh-that-is-long-enough";
const root = mkdtempSync(join(tmpdir(), "encrypted-"));
const ours = join(root, "ours");
const theirs = join(root, "theirs");
const used = {
  cert: join(root, "used.crt"),
  key: join(root, "used.key"),
  ca: join(root, "ca.crt"),
};
const broken: string[] = [];
const renewed: string[] = [];
const next = new Condition();
let callers: Identity[] = [];
let files: CertificateFiles;
let server: RpcServer;

/** Puts the gateway's certificate of a set where the server reads it. */
function use(folder: string): void {
  const gateway = filesOf(folder, "gateway");
  copyFileSync(gateway.key, used.key);
  copyFileSync(gateway.certificate, used.cert);
}

before(async () => {
  await makeCertificateSet({ folder: ours, days: 1 });
  await makeCertificateSet({ folder: theirs, days: 1 });
  copyFileSync(filesOf(ours, AUTHORITY).certificate, used.ca);
  use(ours);
  files = new CertificateFiles(used, {
    onRenewed: ({ subject }) => renewed.push(subject),
    onBroken: ({ message }) => broken.push(message),
  });
  const blobs = rpcService(BlobServiceService, {
    holdBlobs: unary((_request, { identity }) => {
      callers.push(identity);
      return { missingNames: [] };
    }),
    readBlob: serverStream(async function* () {
      for (let count = 0; ; count++) {
        yield ReadBlobResponse.fromPartial({
          kind: { $case: "chunk", value: Buffer.from([count]) },
        });
        await next.wait();
      }
    }),
    writeBlob: clientStream(async () => assert.fail("not called")),
  });
  server = await startRpcServer("127.0.0.1", 0, [blobs], {
    ...{ guard: meshGuard(TOKEN), certificates: files, prefaceMs: 500 },
  });
});
after(async () => {
  await server?.close(0);
  files?.close();
  rmSync(root, { recursive: true, force: true });
});

async function hold(access: MeshAccess): Promise<void> {
  const client = meshClient(BlobServiceClient, server.address, { access });
  const request = { names: [], job: "" };
  try {
    await callUnary<HoldBlobsResponse>(
      (metadata, done) =>
        client.holdBlobs(request, metadata, { deadline: Date.now() + 10_000 }, done),
      AbortSignal.timeout(10_000),
    );
  } finally {
    client.close();
  }
}

test("the secret or a worker's certificate opens the port, nothing else does", async () => {
  callers = [];
  await hold(accessWith(ours, { token: TOKEN }));
  await hold(accessWith(ours, { shown: [ours, "worker"] }));
  assert.deepEqual(
    callers.map(({ caller, roles, tenant }) => [caller, [...roles], tenant]),
    [
      ["mesh", ["worker"], "default"],
      ["certificate:worker", ["worker"], "default"],
    ],
  );
  await assert.rejects(hold(accessWith(ours)), { reason: "CREDENTIALS_MISSING" });
  await assert.rejects(hold(accessWith(ours, { shown: [theirs, "worker"] })), {
    reason: "CREDENTIALS_MISSING",
  });
  await assert.rejects(hold(accessWith(ours, { shown: [ours, "operator"] })), {
    reason: "ROLE_REQUIRED",
  });
  const wrong = accessWith(ours, { shown: [ours, "worker"], token: `${TOKEN}x` });
  await assert.rejects(hold(wrong), { reason: "CREDENTIALS_INVALID" });
  assert.equal(callers.length, 2);
});

test("a server of another authority is not trusted, and text without encryption not understood", async () => {
  const strange = hold(accessWith(theirs, { token: TOKEN }));
  await assert.rejects(strange, { reason: "SERVICE_UNAVAILABLE" });
  const plain = hold({ ...PLAIN_ACCESS, token: TOKEN });
  await assert.rejects(plain, { reason: "SERVICE_UNAVAILABLE" });
});

/** The server's certificate as a new connection sees it. */
async function seen(options: ConnectionOptions = {}): Promise<PeerCertificate> {
  const socket = connectTls({
    ...{ host: "127.0.0.1", port: server.port, servername: MESH_NAME, ALPNProtocols: ["h2"] },
    ...{ rejectUnauthorized: false, ...options },
  });
  await once(socket, "secureConnect");
  const certificate = socket.getPeerCertificate();
  socket.destroy();
  return certificate;
}

test("the health check of a container asks over TLS where the port has it", async () => {
  const probe = (settings: Record<string, string>) =>
    promisify(execFile)(process.execPath, [packagePath("dist", "kit", "rpc", "health-probe.js")], {
      env: childEnvironment({ DEPTHMESH_PORT: String(server.port), ...settings }),
    });
  server.setServing(true);
  await probe({ DEPTHMESH_TLS_CERT: used.cert });
  await probe({ DEPTHMESH_PUBLIC_TLS_CERT: used.cert });
  await assert.rejects(probe({}), { code: 1 });
  server.setServing(false);
  await assert.rejects(probe({ DEPTHMESH_TLS_CERT: used.cert }), { code: 1 });
});

test("versions of TLS before 1.2 are refused, 1.2 and 1.3 are not", async () => {
  await seen({ maxVersion: "TLSv1.2" });
  await seen({ minVersion: "TLSv1.3" });
  const old = {
    minVersion: "TLSv1",
    maxVersion: "TLSv1.1",
    ciphers: "DEFAULT@SECLEVEL=0",
  } as const;
  await assert.rejects(seen(old), /ssl|alert|protocol/i);
});

test("the limits of connections hold behind encryption too", async () => {
  const session = connectHttp2(`https://${server.address}`, {
    ca: readFileSync(used.ca),
    servername: MESH_NAME,
  });
  await once(session, "remoteSettings");
  const { initialWindowSize, maxConcurrentStreams, maxHeaderListSize } = session.remoteSettings;
  assert.equal(initialWindowSize, 4 * 1024 * 1024);
  assert.equal(maxConcurrentStreams, 1_024);
  assert.equal(maxHeaderListSize, 128 * 1024);
  const unknown = session.request({
    ":method": "POST",
    ":path": "/none.Such/Method",
    "content-type": "application/grpc",
    te: "trailers",
  });
  const [headers] = await once(unknown, "response");
  assert.equal(headers["grpc-status"], "12");
  session.destroy();

  // Neither a handshake that never ends nor a session without a preface holds its connection.
  const silent = connectTcp(server.port, "127.0.0.1");
  await once(silent, "close");
  const idle = connectTls({
    ...{ host: "127.0.0.1", port: server.port, servername: MESH_NAME },
    ...{ ca: readFileSync(used.ca), ALPNProtocols: ["h2"] },
  });
  idle.resume();
  await once(idle, "close");
});

test("a renewed certificate is shown to new connections, and running calls go on", async () => {
  const access = accessWith(ours, { token: TOKEN });
  const client = meshClient(BlobServiceClient, server.address, { access });
  const running = readStream(client.readBlob({ name: "b", offset: 0 }, outgoingMetadata()));
  await running.next();
  const before = (await seen()).fingerprint256;

  // Only one of the two files is new: they do not match.
  await makeCertificateSet({ folder: ours, days: 2, renew: true });
  copyFileSync(filesOf(ours, "gateway").key, used.key);
  await eventually("the mismatch is told", () => broken.length > 0);
  assert.match(broken[0] ?? "", /cannot be used.*used\.crt/);
  assert.equal((await seen()).fingerprint256, before);

  writeFileSync(used.cert, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  await eventually("the damage is told", () => broken.length > 1);
  await hold(access);

  use(ours);
  await eventually("the renewal is told", () => renewed.length > 0);
  assert.match(renewed[0] ?? "", /CN=gateway/);
  const { fingerprint256 } = await seen();
  assert.notEqual(fingerprint256, before);
  await hold(access);

  next.notifyAll();
  const { value } = await running.next();
  assert.deepEqual(value?.kind, { $case: "chunk", value: Buffer.from([1]) });
  await running.return(undefined);
  client.close();
});
