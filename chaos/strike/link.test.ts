/**
 * A cuttable link carries bytes, stalls, resets, refuses and works again; reset sockets are closed.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { after, afterEach, before, test } from "node:test";
import { CuttableLink, resetSocket } from "./link.js";

let echo: Server;
let link: CuttableLink;
before(async () => {
  echo = createServer((socket) => {
    socket.on("error", () => {});
    socket.pipe(socket);
  }).listen(0, "127.0.0.1");
  await once(echo, "listening");
  link = await CuttableLink.open();
  link.leadTo({ host: "127.0.0.1", port: (echo.address() as AddressInfo).port });
});
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  link.heal();
});
after(async () => {
  await link.close();
  echo.close();
});

async function open(): Promise<Socket> {
  const socket = connect(link.port, "127.0.0.1");
  sockets.push(socket);
  await once(socket, "connect");
  return socket;
}

async function answerTo(socket: Socket, text: string): Promise<string> {
  const answer = once(socket, "data");
  socket.write(text);
  return String((await answer)[0]);
}

test("bytes sent into a stalled link arrive after it is healed, on the same connection", async () => {
  const socket = await open();
  assert.equal(await answerTo(socket, "before"), "before");
  link.stall();
  const received: string[] = [];
  socket.on("data", (bytes) => received.push(String(bytes)));
  socket.write("meanwhile");
  // A direct connection completes a round trip in this time.
  const direct = connect((echo.address() as AddressInfo).port, "127.0.0.1");
  sockets.push(direct);
  await answerTo(direct, "direct");
  assert.deepEqual(received, []);
  const late = await open();
  const answer = answerTo(late, "late");
  link.heal();
  assert.equal(await answer, "late");
  while (received.join("") !== "meanwhile") await once(socket, "data");
});

test("a reset breaks open connections and refuses new ones until the link is healed", async () => {
  const socket = await open();
  assert.equal(await answerTo(socket, "before"), "before");
  const broken = once(socket, "error");
  link.reset();
  const [error] = await broken;
  assert.equal((error as NodeJS.ErrnoException).code, "ECONNRESET");
  const refused = connect(link.port, "127.0.0.1");
  sockets.push(refused);
  await once(refused, "error");
  link.heal();
  assert.equal(await answerTo(await open(), "again"), "again");
});

let server: Server;
before(async () => {
  server = createServer({ allowHalfOpen: true }).listen(0, "127.0.0.1");
  await once(server, "listening");
});
after(() => server.close());

async function pair(): Promise<{ near: Socket; far: Socket }> {
  const accepted = once(server, "connection");
  const near = connect((server.address() as AddressInfo).port, "127.0.0.1");
  await once(near, "connect");
  const [far] = (await accepted) as [Socket];
  return { near, far };
}

test("the other side of an open connection sees a reset", async () => {
  const { near, far } = await pair();
  const reset = once(far, "error");
  resetSocket(near);
  const [error] = await reset;
  assert.equal((error as NodeJS.ErrnoException).code, "ECONNRESET");
});

test("a connection that has just ended is closed without an error", async () => {
  const { near, far } = await pair();
  near.end();
  const closed = once(near, "close");
  resetSocket(near);
  await closed;
  far.destroy();
});
