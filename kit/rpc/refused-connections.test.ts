/** Connections over raw HTTP/2, whose calls are refused until one shows the word. */
import assert from "node:assert/strict";
import { once } from "node:events";
import {
  type ClientHttp2Session,
  connect,
  createServer,
  type Http2Server,
  type ServerHttp2Stream,
} from "node:http2";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, test } from "node:test";
import { RefusedConnections } from "./refused-connections.js";

const FREE = 3;
const WAIT_MS = 300;
const WAITING = 4;

let server: Http2Server;
let sessions: ClientHttp2Session[] = [];
let handled = 0;
beforeEach(async () => {
  handled = 0;
  const limits = { free: FREE, waitMs: WAIT_MS, trustMs: 60_000, waiting: WAITING };
  const refused = new RefusedConnections(limits);
  server = createServer();
  server.on("stream", (stream: ServerHttp2Stream, headers) =>
    refused.pass(stream, () => {
      handled += 1;
      const code = headers.word === "right" ? 0 : 16;
      stream.respond({ ":status": 200, "grpc-status": code }, { endStream: true });
    }),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterEach(() => {
  for (const session of sessions) session.destroy();
  sessions = [];
  server.close();
});

function session(): ClientHttp2Session {
  const made = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  made.on("error", () => {});
  sessions.push(made);
  return made;
}

/** How long one call takes, in milliseconds; undefined if it ends without an answer. */
async function msOf(from: ClientHttp2Session, word = "wrong"): Promise<number | undefined> {
  const beganAtMs = performance.now();
  const stream = from.request({ ":path": "/", word });
  stream.on("error", () => {});
  let answered: number | undefined;
  stream.once("response", () => {
    answered = performance.now() - beganAtMs;
  });
  stream.resume();
  await once(stream, "close");
  return answered;
}

async function guess(from: ClientHttp2Session, times: number): Promise<void> {
  for (let i = 0; i < times; i++) await msOf(from);
}

const waited = (ms: number | undefined) => ms !== undefined && ms >= WAIT_MS / 2 - 1;

test("a connection that only guesses waits, and no other one does", async () => {
  const guesser = session();
  await guess(guesser, FREE);
  assert.ok(waited(await msOf(guesser)));
  const other = await msOf(session(), "right");
  assert.ok(other !== undefined && !waited(other), String(other));
});

test("where one caller is known, others on the same connection wait no more", async () => {
  const proxy = session();
  await guess(proxy, FREE);
  assert.ok(waited(await msOf(proxy, "right")));
  await guess(proxy, 2 * FREE);
  const last = await msOf(proxy, "right");
  assert.ok(last !== undefined && !waited(last), String(last));
});

test("a call that has ended while it waited is not handled", async () => {
  const guesser = session();
  await guess(guesser, FREE);
  const stream = guesser.request({ ":path": "/", word: "wrong" });
  stream.on("error", () => {});
  // The call after it shows that the server has seen it.
  const next = msOf(guesser);
  await new Promise((resolve) => setTimeout(resolve, WAIT_MS / 4));
  stream.close(8);
  assert.ok(waited(await next));
  assert.equal(handled, FREE + 1);
});

test("more than may wait cost a connection, and those of others go on", async () => {
  const guesser = session();
  await guess(guesser, FREE);
  const all = await Promise.all(Array.from({ length: WAITING + 1 }, () => msOf(guesser)));
  assert.deepEqual(all, Array(WAITING + 1).fill(undefined));
  const again = session();
  await guess(again, FREE);
  assert.ok(waited(await msOf(again)), "the places of the closed connection are free");
});
