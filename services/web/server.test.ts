/** The port: health, metrics, what a stopping server does, and certificates that are renewed. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { TLSSocket } from "node:tls";
import { emptyResource } from "@opentelemetry/resources";
import { readSettings } from "../../kit/config.js";
import { TELEMETRY_SETTINGS } from "../../kit/telemetry/settings.js";
import { startMetrics } from "../../kit/telemetry/start-metrics.js";
import { CertificateFiles } from "../../kit/tls/certificate-files.js";
import { makeCertificate } from "../../launcher/certificates/certificate.js";
import { eventually } from "../../testing/eventually.js";
import { LOOPBACK_CERTIFICATE } from "../../testing/loopback-certificate.js";
import { type ScriptedWeb, startScriptedWeb, webParts } from "../../testing/web/web-parts.js";
import { OpenRequests } from "./open-requests.js";
import type { WebParts } from "./parts.js";
import { webServer } from "./server.js";

let web: ScriptedWeb;
let answerModels = (_: object) => {};
before(async () => {
  web = await startScriptedWeb({
    "CatalogService.ListPresets": () => ({}),
    "CatalogService.ListModels": () => new Promise((resolve) => (answerModels = resolve)),
  });
});
after(() => web.close());

/** A server of its own port before the scripted gateway. */
async function serve(others: Partial<WebParts> = {}, certificates?: CertificateFiles) {
  const gateway = web.gateway.connect();
  const parts = { ...web.parts, gateway, requests: new OpenRequests(), ...others };
  const config = { host: "127.0.0.1", port: 0 };
  const server = await webServer(config, parts, certificates);
  const ready = await server.open();
  const origin = /^http=(https?:\/\/127\.0\.0\.1:\d+)$/.exec(ready)?.[1] ?? assert.fail(ready);
  return { server, parts, origin };
}

/** Resolves when a method has been called so often. */
async function called(method: string, times: number): Promise<void> {
  await eventually(`${method} is called`, () => web.gateway.callsOf(method).length >= times);
}

test("metrics count requests by route, method and status, and name nobody", async (t) => {
  const config = readSettings(TELEMETRY_SETTINGS, {});
  const metrics = await startMetrics("web", emptyResource(), config);
  t.after(() => metrics.close());
  const { server, origin } = await serve({ metrics });
  t.after(() => server.close());
  await fetch(`${origin}/v1/presets`);
  await fetch(`${origin}/v1/jobs/secret-name`);
  await fetch(`${origin}/v1/unknown-path`);
  const text = await (await fetch(`${origin}/metrics`)).text();
  const counted = (labels: string) =>
    text.includes(`http_server_request_duration_seconds_count{${labels}} 1`);
  const labels = (route: string, status: number) =>
    `http_request_method="GET",http_route="${route}",http_response_status_code="${status}"`;
  assert.ok(counted(labels("/v1/presets", 200)), text);
  assert.ok(counted(labels("/v1/jobs/:job", 500)), text);
  assert.match(text, /http_route="none",http_response_status_code="404"/);
  assert.match(text, /http_server_active_requests\{[^}]*"\/metrics"[^}]*\} 1/);
  assert.match(text, /depthmesh_web_received_bytes_total [1-9]/);
  assert.match(text, /depthmesh_web_sent_bytes_total [1-9]/);
  assert.doesNotMatch(text, /secret-name|unknown-path/);
});

test("a stopping server refuses new requests, finishes running ones, and then is gone", async () => {
  const { server, parts, origin } = await serve();
  const running = fetch(`${origin}/v1/models`);
  await called("CatalogService.ListModels", 1);
  server.endStreams();
  assert.equal(parts.requests.endless.reason.reason, "DRAINING");
  const drained = server.drain(60_000);
  const refused = await fetch(`${origin}/v1/presets`);
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get("retry-after"), "1");
  assert.equal((await refused.json()).reason, "DRAINING");
  assert.equal((await fetch(`${origin}/health/live`)).status, 200);
  assert.equal((await fetch(`${origin}/health/ready`)).status, 503);
  answerModels({});
  assert.equal((await running).status, 200);
  await drained;
  await server.close();
  await assert.rejects(fetch(`${origin}/health/live`));
});

test("a drain does not wait longer than it may", async () => {
  const { server, origin } = await serve();
  const running = fetch(`${origin}/v1/models`);
  running.catch(() => {});
  await called("CatalogService.ListModels", 2);
  await server.drain(50);
  await server.close();
  await assert.rejects(running);
});

test("a gateway that is away is said to be, with a reason and a time", async (t) => {
  const parts = webParts();
  const server = await webServer({ host: "127.0.0.1", port: 0 }, parts, undefined);
  t.after(() => server.close());
  const origin = (await server.open()).replace("http=", "");
  const answer = await fetch(`${origin}/v1/presets`);
  assert.equal(answer.status, 503);
  assert.equal((await answer.json()).reason, "SERVICE_UNAVAILABLE");
  assert.ok(Number(answer.headers.get("retry-after")) >= 1);
  assert.equal((await fetch(`${origin}/health/ready`)).status, 503);
  assert.equal((await fetch(`${origin}/health/live`)).status, 200);
});

test("what is no HTTP gets a problem and loses its connection", async (t) => {
  const { server, origin } = await serve();
  t.after(() => server.close());
  const socket = connect(Number(new URL(origin).port), "127.0.0.1");
  socket.end("no http\r\n\r\n");
  let text = "";
  for await (const bytes of socket) text += bytes;
  assert.match(text, /^HTTP\/1\.1 400 [\s\S]*application\/problem\+json[\s\S]*PARAMETER_UNKNOWN/);
});

test("a port that is taken, and an address of another machine, are named", async (t) => {
  const { server, origin } = await serve();
  t.after(() => server.close());
  const port = Number(new URL(origin).port);
  const taken = await webServer({ host: "127.0.0.1", port }, web.parts, undefined);
  await assert.rejects(taken.open(), /is in use by another process.*DEPTHMESH_PORT/);
  const elsewhere = await webServer({ host: "192.0.2.1", port: 0 }, web.parts, undefined);
  await assert.rejects(elsewhere.open(), /no address of this machine/);
});

test("the port is encrypted with a certificate, which is renewed without a restart", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "depthmesh-web-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const paths = { cert: join(folder, "cert.pem"), key: join(folder, "key.pem"), ca: undefined };
  writeFileSync(paths.cert, LOOPBACK_CERTIFICATE.cert);
  writeFileSync(paths.key, LOOPBACK_CERTIFICATE.key);
  let tell = () => {};
  const renewed = new Promise<void>((resolve) => (tell = resolve));
  const { server, origin } = await serve(
    {},
    new CertificateFiles(paths, { onRenewed: () => tell() }),
  );
  t.after(() => server.close());
  assert.match(origin, /^https:/);
  const first = await subjectOf(origin);
  const second = await makeCertificate({
    subject: { commonName: "renewed" },
    ...{ use: "server" as const, hosts: ["127.0.0.1"], days: 1 },
  });
  writeFileSync(paths.key, second.key);
  writeFileSync(paths.cert, second.certificate);
  await renewed;
  assert.notEqual(await subjectOf(origin), first);
  assert.equal(await subjectOf(origin), "renewed");
});

/** The name in the certificate that a server shows now. */
function subjectOf(origin: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { agent: false, rejectUnauthorized: false };
    const asked = request(new URL("/health/live", origin), options, (response) => {
      const socket = response.socket as TLSSocket;
      response.resume();
      resolve(String(socket.getPeerCertificate().subject.CN));
    });
    asked.on("error", reject);
    asked.end();
  });
}
