/**
 * The first connection to real nats-servers: away, unresolvable, silent, untrusted, unencrypted,
 * with a wrong password. Whoever waits says why within two seconds, and shows a password to nobody
 * that it does not trust.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { childEnvironment } from "../kit/config.js";
import { createLog, type Log } from "../kit/log.js";
import { connectBus } from "../kit/nats/connect.js";
import type { BusCertificates } from "../kit/nats/encryption.js";
import { packagePath } from "../kit/process/package-path.js";
import { AUTHORITY, filesOf } from "../launcher/certificates/certificate-set.js";
import { makeCertificateSet } from "../launcher/certificates/make-set.js";
import { NatsServer } from "../launcher/nats-server.js";
import { eventually } from "../testing/eventually.js";

const root = mkdtempSync(join(tmpdir(), "depthmesh-nats-start-"));
const [ours, theirs] = [join(root, "ours"), join(root, "theirs")];
/** Asks for a certificate too. */
let encrypted: NatsServer;
let plain: NatsServer;
const listeners: Server[] = [];
/** nats.js leaves a connection open whose server never said anything. */
const accepted: Socket[] = [];

before(async () => {
  await makeCertificateSet({ folder: ours, days: 2 });
  await makeCertificateSet({ folder: theirs, days: 2 });
  const filesFor = (name: "nats" | "gateway") => {
    const { certificate: cert, key } = filesOf(ours, name);
    return { cert, key };
  };
  const ca = filesOf(ours, AUTHORITY).certificate;
  const certificates = { ca, server: filesFor("nats"), probe: filesFor("gateway") };
  encrypted = await NatsServer.start({ folder: join(root, "encrypted"), certificates });
  plain = await NatsServer.start({ folder: join(root, "plain") });
});
after(async () => {
  for (const listener of listeners) listener.close();
  for (const socket of accepted) socket.destroy();
  await encrypted?.stop();
  await plain?.stop();
  rmSync(root, { recursive: true, force: true });
});

const shown = (folder = ours, authority = ours): BusCertificates => ({
  ca: filesOf(authority, AUTHORITY).certificate,
  cert: filesOf(folder, "worker").certificate,
  key: filesOf(folder, "worker").key,
});
const addressOf = (url: string) => new URL(url).host;

/** A log that keeps its messages. */
function keptLog(): { log: Log; lines: string[] } {
  const lines: string[] = [];
  const to = { write: (line: string) => void lines.push(JSON.parse(line).msg) };
  return { log: createLog("info", { service: "test", worker: "test" }, { to }), lines };
}

/** The first line of somebody who waits, which must come within two seconds. */
async function lineOf(url: string, files: BusCertificates = {}): Promise<string> {
  const { log, lines } = keptLog();
  const stop = new AbortController();
  const begunAtMs = performance.now();
  const connecting = connectBus(url, "test", log, files, stop.signal);
  connecting.catch(() => {});
  const line = await eventually("a line is logged", () => lines[0], 10_000);
  assert.ok(performance.now() - begunAtMs < 2_000, line);
  stop.abort();
  await assert.rejects(connecting);
  return line;
}

/** Listens on a loopback address; `answer` gets each connection. Returns host:port. */
async function listen(answer: (socket: Socket) => void, host = "127.0.0.1"): Promise<string> {
  const server = createServer((socket) => {
    accepted.push(socket.on("error", () => {}));
    answer(socket);
  });
  listeners.push(server);
  server.listen(0, host);
  await once(server, "listening");
  return `${host}:${(server.address() as AddressInfo).port}`;
}

test("a server that is away is named, and used when it comes", async () => {
  const nobody = await listen(() => {});
  listeners.pop()?.close();
  assert.equal(await lineOf(`nats://${nobody}`), `waiting for NATS: nobody listens at ${nobody}`);
  assert.match(
    await lineOf("nats://depth:secret@no-such-host.invalid"),
    /the name of no-such-host\.invalid:4222 cannot be resolved/,
  );
  const silent = await listen(() => {});
  const line = await lineOf(`nats://${silent},${nobody}`);
  assert.equal(line, `waiting for NATS: no answer yet from ${silent}, ${nobody}`);
  const { log, lines } = keptLog();
  const connecting = connectBus(`nats://${nobody}`, "test", log);
  await eventually("it waits", () => lines.length > 0);
  const late = createServer((socket) => {
    const real = connect(Number(addressOf(plain.urlFor("depth")).split(":")[1]), "127.0.0.1");
    // Without a user it is refused: the server is there, which ends the wait.
    socket.pipe(real).pipe(socket);
  });
  listeners.push(late.listen(Number(nobody.split(":")[1]), "127.0.0.1"));
  await assert.rejects(connecting, /refuses a client without a user/);
  assert.equal(lines.at(-1), "NATS is there");
});

test("a service that waits says so on its standard error", async () => {
  const env = childEnvironment({
    DEPTHMESH_NATS_URL: "nats://depth:secret@127.0.0.1:1",
    DEPTHMESH_MESH_TOKEN: "x".repeat(32),
    DEPTHMESH_TRACES: join(root, "traces"),
  });
  const child = spawn(process.execPath, [packagePath("dist", "services/depth/main.js")], { env });
  let said = "";
  child.stderr.on("data", (chunk) => {
    said += chunk;
  });
  try {
    await eventually("it says so", () => said.includes("waiting for NATS"));
    assert.match(said, /waiting for NATS: nobody listens at 127\.0\.0\.1:1"/);
    assert.doesNotMatch(said, /secret/);
  } finally {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
});

test("a wrong password is refused at once, also by one of a list", async () => {
  const wrong = plain.urlFor("depth").replace(/:p[0-9a-f]+@/, ":wrong@");
  const { log, lines } = keptLog();
  for (const url of [wrong, `${wrong},127.0.0.1:1`]) {
    await assert.rejects(connectBus(url, "test", log), {
      code: "AUTHORIZATION_VIOLATION",
      message: /refuses the user "depth" or its password: see DEPTHMESH_NATS_URL/,
    });
  }
  assert.deepEqual(lines, []);
});

test("a list is used where one of its servers is there", async () => {
  const { log } = keptLog();
  const silent = await listen(() => {});
  const bus = await connectBus(`${plain.urlFor("depth")},127.0.0.1:1,${silent}`, "test", log);
  assert.equal(bus.connection.getServer(), addressOf(plain.urlFor("depth")));
  await bus.close();
});

test("tls:// is encrypted or refused; a server that is not trusted gets no password", async () => {
  const url = encrypted.urlFor("depth");
  const { log } = keptLog();
  const bus = await connectBus(url, "test", log, shown());
  await bus.close();
  // One certificate may be meant by several of a list, by name and by address.
  const named = await connectBus(`tls://localhost:1,${url}`, "test", log, shown());
  await named.close();
  assert.match(
    await lineOf(url, shown(ours, theirs)),
    /the certificate of \S+ cannot be trusted: .*DEPTHMESH_NATS_CA must name its authority/,
  );
  // Node's own authorities have not signed it.
  assert.match(await lineOf(url), /cannot be trusted|asks for a certificate/);
  assert.match(
    await lineOf(plain.urlFor("depth").replace("nats:", "tls:")),
    /does not encrypt, but tls:\/\/ .* asks for it; nothing was sent to it/,
  );
  assert.match(await lineOf(plain.urlFor("depth"), shown()), /does not encrypt/);
});

test("nothing is sent in clear to a server that does not encrypt", async () => {
  const received: Buffer[] = [];
  const impostor = await listen((socket) => {
    socket.on("data", (chunk) => received.push(chunk));
    const info = { server_id: "x", version: "2.10.0", proto: 1, headers: true, max_payload: 1024 };
    socket.write(`INFO ${JSON.stringify(info)}\r\n`);
  });
  await lineOf(`tls://depth:secret@${impostor}`);
  await lineOf(`nats://depth:secret@${impostor}`, { ca: filesOf(ours, AUTHORITY).certificate });
  assert.equal(Buffer.concat(received).toString(), "");
});

test("a certificate of another name is not trusted", async () => {
  const port = Number(addressOf(encrypted.urlFor("depth")).split(":")[1]);
  const elsewhere = await listen((socket) => {
    socket.pipe(connect(port, "127.0.0.1").on("error", () => {})).pipe(socket);
  }, "127.0.0.2");
  const url = encrypted.urlFor("depth").replace(/@.*/, `@${elsewhere}`);
  assert.match(await lineOf(url, shown()), /cannot be trusted: .*127\.0\.0\.2/);
});

test("whoever shows no certificate, or another authority's, is told which setting is wrong", async () => {
  const url = encrypted.urlFor("depth");
  const { ca = "" } = shown();
  assert.match(await lineOf(url, { ca }), /asks for a certificate: DEPTHMESH_NATS_CERT/);
  const strange = { ...shown(theirs), ca };
  assert.match(await lineOf(url, strange), /DEPTHMESH_NATS_CERT/);
});

test("files that cannot be used are refused by the name of their variable", async () => {
  const { log } = keptLog();
  const url = encrypted.urlFor("depth");
  const { ca = "", cert = "", key = "" } = shown();
  const noPem = join(root, "no.pem");
  writeFileSync(noPem, "no certificate");
  const wrong: [BusCertificates, RegExp][] = [
    [{ ca: join(root, "missing.crt") }, /^DEPTHMESH_NATS_CA is \S+missing\.crt, .*ENOENT/],
    [{ ca, cert: noPem, key }, /^DEPTHMESH_NATS_CERT is \S+no\.pem, which cannot be used/],
    [{ ca, cert, key: noPem }, /^DEPTHMESH_NATS_KEY is \S+no\.pem, which cannot be used/],
    [{ ca, cert, key: filesOf(theirs, "worker").key }, /^DEPTHMESH_NATS_KEY is /],
    [{ ca, cert }, /^DEPTHMESH_NATS_CERT needs DEPTHMESH_NATS_KEY/],
    [{ ca, key }, /^DEPTHMESH_NATS_KEY needs DEPTHMESH_NATS_CERT/],
  ];
  for (const [files, message] of wrong) {
    await assert.rejects(connectBus(url, "test", log, files), { message });
  }
});
