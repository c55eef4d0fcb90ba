/** Attempts against receivers on loopback: what is sent, and what a hostile receiver can cost. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { after, test } from "node:test";
import { Webhook } from "standardwebhooks";
import { AddressRanges } from "../../../kit/egress/address-ranges.js";
import type { Resolve } from "../../../kit/egress/resolve.js";
import { resolveName } from "../../../kit/egress/resolve.js";
import { collect } from "../../../kit/rpc/chunks.js";
import { POST_LIMITS } from "./post.js";
import { type SenderParts, send } from "./send.js";
import { WEBHOOK_REFUSAL } from "./webhooks.js";

const SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const DELIVERY = { webhook: "w", job: "j", body: '{"type":"job.succeeded"}' };
const NEVER = new AbortController().signal;
const cleanUps: (() => void)[] = [];
after(() => {
  for (const cleanUp of cleanUps) cleanUp();
});

function partsWith(allowed: string, changes: Partial<SenderParts> = {}): SenderParts {
  const rules = { refusal: WEBHOOK_REFUSAL, allowHttp: true, ranges: new AddressRanges(allowed) };
  return { rules, resolve: resolveName, now: () => Date.now(), ...changes };
}
const LOOPBACK = partsWith("127.0.0.0/8");

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

/** A receiver on a free port of loopback; returns the port and what it was asked. */
async function receiver(handle: Handle) {
  const seen: { request: IncomingMessage; body: string }[] = [];
  const server = createServer((request, response) => {
    void collect(request).then((bytes) => {
      seen.push({ request, body: Buffer.from(bytes).toString() });
      handle(request, response);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanUps.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, seen };
}

const answer =
  (status: number, headers: Record<string, string> = {}): Handle =>
  (_request, response) => {
    response.writeHead(status, headers).end("thanks");
  };

test("a message is signed, and its receiver verifies it with the library", async () => {
  const { port, seen } = await receiver(answer(204));
  const url = `http://127.0.0.1:${port}/hook?key=1`;
  const outcome = await send(LOOPBACK, { url, secret: SECRET }, DELIVERY, NEVER);
  assert.deepEqual(outcome, { status: 204, error: "" });
  const [got] = seen;
  assert.ok(got);
  const { method, url: path, headers } = got.request;
  assert.equal(method, "POST");
  assert.equal(path, "/hook?key=1");
  assert.equal(headers["content-type"], "application/json");
  assert.match(headers["user-agent"] ?? "", /^depthmesh\/\d/);
  assert.equal(headers["webhook-id"], "msg_w_j");
  const signed = headers as Record<string, string>;
  assert.deepEqual(new Webhook(SECRET).verify(got.body, signed), { type: "job.succeeded" });
  assert.throws(() => new Webhook(SECRET).verify(`${got.body} `, signed));
});

test("a redirect is not followed", async () => {
  const { port: other, seen } = await receiver(answer(200));
  const { port } = await receiver(answer(307, { location: `http://127.0.0.1:${other}/` }));
  const url = `http://127.0.0.1:${port}/`;
  const outcome = await send(LOOPBACK, { url, secret: SECRET }, DELIVERY, NEVER);
  assert.equal(outcome.status, 307);
  assert.match(outcome.error, /redirects are not followed/);
  assert.equal(seen.length, 0);
});

test("Retry-After counts with 429 and 503 only", async () => {
  for (const [status, waitMs] of [
    [429, 7_000],
    [503, 7_000],
    [500, undefined],
  ] as const) {
    const { port } = await receiver(answer(status, { "retry-after": "7" }));
    const url = `http://127.0.0.1:${port}/`;
    const outcome = await send(LOOPBACK, { url, secret: SECRET }, DELIVERY, NEVER);
    assert.equal(outcome.retryAfterMs, waitMs, String(status));
  }
});

test("of a long or endless answer the status counts, and little is read", async () => {
  let written = 0;
  const { port } = await receiver((_request, response) => {
    response.writeHead(200);
    const more = () => {
      while (!response.destroyed && written < 64 * 2 ** 20) {
        written += 65_536;
        if (!response.write(Buffer.alloc(65_536))) break;
      }
    };
    response.on("drain", more);
    more();
  });
  const url = `http://127.0.0.1:${port}/`;
  const outcome = await send(LOOPBACK, { url, secret: SECRET }, DELIVERY, NEVER);
  assert.equal(outcome.status, 200);
  // What the buffers of both sockets hold besides.
  assert.ok(written < 32 * 2 ** 20, `${written} bytes`);
});

test("an answer that does not come, or does not end, costs its time only", async () => {
  const limits = { ...POST_LIMITS, totalMs: 200 };
  const silent = await receiver(() => {});
  const started = performance.now();
  const none = await send(
    { ...LOOPBACK, limits },
    { url: `http://127.0.0.1:${silent.port}/`, secret: SECRET },
    DELIVERY,
    NEVER,
  );
  assert.equal(none.status, 0);
  assert.notEqual(none.error, "");
  assert.ok(performance.now() - started < 5_000);
  const slow = await receiver((_request, response) => {
    response.writeHead(200).write("beginning");
  });
  const begun = await send(
    { ...LOOPBACK, limits },
    { url: `http://127.0.0.1:${slow.port}/`, secret: SECRET },
    DELIVERY,
    NEVER,
  );
  assert.deepEqual(begun, { status: 200, error: "" });
});

test("a TLS handshake that does not end is given up after the time of a connection", async () => {
  const sockets: Socket[] = [];
  const server = createTcpServer((socket) => sockets.push(socket)).listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanUps.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const limits = { ...POST_LIMITS, connectMs: 100 };
  const outcome = await send(
    { ...LOOPBACK, limits },
    { url: `https://127.0.0.1:${port}/`, secret: SECRET },
    DELIVERY,
    NEVER,
  );
  assert.deepEqual(outcome, { status: 0, error: "the connection took longer than 100 ms" });
});

test("nothing is sent to an address that is not allowed, named or resolved", async () => {
  const { port, seen } = await receiver(answer(200));
  const url = `http://127.0.0.1:${port}/`;
  const literal = await send(partsWith(""), { url, secret: SECRET }, DELIVERY, NEVER);
  assert.match(literal.error, /not public/);
  const named = { url: `http://name.example:${port}/`, secret: SECRET };
  for (const addresses of [["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["127.0.0.1", "8.8.8.8"]]) {
    const parts = partsWith("", { resolve: async () => addresses });
    const outcome = await send(parts, named, DELIVERY, NEVER);
    assert.equal(outcome.status, 0);
    assert.match(outcome.error, /not public/);
    assert.doesNotMatch(outcome.error, /127/, "the address is not told");
  }
  assert.equal(seen.length, 0);
});

test("the connection goes to the address that was checked, whatever the name says later", async () => {
  const first = await receiver(answer(200));
  let asked = 0;
  // Allowed when it is checked; another one for whoever asks again.
  const resolve: Resolve = async () => {
    asked += 1;
    return asked === 1 ? ["127.0.0.1"] : ["127.0.0.2"];
  };
  const parts = partsWith("127.0.0.1/32", { resolve });
  const named = { url: `http://rebinding.example:${first.port}/`, secret: SECRET };
  const outcome = await send(parts, named, DELIVERY, NEVER);
  assert.equal(outcome.status, 200);
  assert.equal(asked, 1, "the name was resolved once");
  assert.equal(first.seen[0]?.request.socket.localAddress ?? "127.0.0.1", "127.0.0.1");
  assert.equal(first.seen[0]?.request.headers.host, `rebinding.example:${first.port}`);
  // The next attempt asks again, and is refused.
  const again = await send(parts, named, DELIVERY, NEVER);
  assert.equal(again.status, 0);
  assert.match(again.error, /not public/);
  assert.equal(first.seen.length, 1);
});

test("localhost is loopback without a question, and a name without addresses an error", async () => {
  const { port } = await receiver(answer(200));
  const local = { url: `http://localhost:${port}/`, secret: SECRET };
  assert.equal((await send(LOOPBACK, local, DELIVERY, NEVER)).status, 200);
  const parts = partsWith("", { resolve: async () => [] });
  const named = { url: "http://nowhere.example/", secret: SECRET };
  assert.match((await send(parts, named, DELIVERY, NEVER)).error, /no address/);
});

test("an attempt ends with its signal", async () => {
  const { port } = await receiver(() => {});
  const stop = new AbortController();
  const url = `http://127.0.0.1:${port}/`;
  const sending = send(LOOPBACK, { url, secret: SECRET }, DELIVERY, stop.signal);
  stop.abort();
  assert.match((await sending).error, /was ended/);
});

test("a connection that is refused or cut is told without addresses", async () => {
  const server = createTcpServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/`;
  const cut = await send(LOOPBACK, { url, secret: SECRET }, DELIVERY, NEVER);
  assert.match(cut.error, /ECONNRESET|EPIPE|closed without/);
  server.close();
  await once(server, "close");
  const refused = await send(LOOPBACK, { url, secret: SECRET }, DELIVERY, NEVER);
  assert.deepEqual(refused, { status: 0, error: "the connection failed: ECONNREFUSED" });
});
