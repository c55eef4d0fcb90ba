/** Answers before the body has come: the rest is not read, and the caller still gets the answer. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { type FastifyInstance, fastify } from "fastify";
import { eventually } from "../../../testing/eventually.js";
import { bodyChunks } from "./body-chunks.js";
import { cutEarlyAnswers } from "./early-answer.js";
import { expectContinue, invite } from "./expect-continue.js";

const MIB = 2 ** 20;

let app: FastifyInstance;
let port = 0;

before(async () => {
  app = fastify();
  expectContinue(app);
  cutEarlyAnswers(app);
  app.addContentTypeParser("*", (_request, _body, done) => done(null));
  app.post("/refused", { config: { invites: true } }, async (_request, reply) => {
    return reply.status(400).send({ reason: "NO" });
  });
  app.post("/read", { config: { invites: true } }, async (request, reply) => {
    invite(request, reply);
    let bytes = 0;
    for await (const chunk of bodyChunks(request.raw)) bytes += chunk.length;
    return { bytes };
  });
  app.post("/parsed", async () => ({ parsed: true }));
  await app.listen({ host: "127.0.0.1", port: 0 });
  port = (app.server.address() as AddressInfo).port;
});
after(() => app?.close());

/** Sends a request's head, and collects what comes back. */
async function begin(path: string, headers: string) {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  const answer = { text: "" };
  socket.on("data", (bytes) => {
    answer.text += bytes;
  });
  // A connection that is cut while it is written to.
  socket.on("error", () => {});
  socket.write(`POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-type: a/b\r\n${headers}\r\n\r\n`);
  return { socket, answer };
}

/** Writes until the other side takes no more; returns how many bytes it took. */
async function pour(socket: Socket, maximumBytes: number): Promise<number> {
  const chunk = Buffer.alloc(64 * 1024);
  let sent = 0;
  while (sent < maximumBytes && !socket.destroyed) {
    if (socket.write(chunk)) {
      sent += chunk.length;
      continue;
    }
    const drained = once(socket, "drain").then(() => true);
    const over = once(socket, "close").then(() => false);
    if (!(await Promise.race([drained, over]).catch(() => false))) break;
    sent += chunk.length;
  }
  return sent;
}

test("a refused body is not read to its end, and the answer is complete", async () => {
  const { socket, answer } = await begin("/refused", `content-length: ${200 * MIB}`);
  const sent = await pour(socket, 200 * MIB);
  assert.ok(sent < 32 * MIB, `${sent} bytes were taken`);
  await eventually("the connection is closed", () => socket.destroyed);
  assert.match(answer.text, /^HTTP\/1\.1 400 /);
  assert.match(answer.text, /connection: close/i);
  assert.match(answer.text, /\{"reason":"NO"\}$/);
});

test("a short body that nobody wants is thrown away, and the connection stays", async () => {
  const { socket, answer } = await begin("/refused", "content-length: 4");
  await eventually("the answer has come", () => answer.text.includes('"NO"'));
  socket.write("abcdPOST /parsed HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n");
  await eventually("the next answer has come", () => answer.text.includes('"parsed":true'));
  socket.destroy();
});

test("a caller that waits for 100 Continue is told of the refusal instead", async () => {
  const head = `expect: 100-continue\r\ncontent-length: ${200 * MIB}`;
  const { socket, answer } = await begin("/refused", head);
  await eventually("the answer has come", () => answer.text.includes('"NO"'));
  assert.doesNotMatch(answer.text, /100 Continue/);
  await eventually("the connection is closed", () => socket.destroyed);
});

test("a caller that waits is asked for a body that is read, by the handler or before it", async () => {
  for (const [path, expected] of [
    ["/read", '{"bytes":4}'],
    ["/parsed", '{"parsed":true}'],
  ] as const) {
    const { socket, answer } = await begin(path, "expect: 100-continue\r\ncontent-length: 4");
    await eventually("the body is asked for", () => answer.text.includes("100 Continue"));
    socket.write("abcd");
    await eventually("the answer has come", () => answer.text.includes(expected));
    assert.equal(answer.text.split("100 Continue").length, 2, "it is asked for once");
    socket.destroy();
  }
});
