/** A link carries, stalls without a word, resets, refuses, and carries again. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { after, afterEach, before, test } from "node:test";
import { breakOff, CuttableLink } from "./link.js";

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

test("what was sent into a stalled link comes when it is healed, on the same connection", async () => {
  const socket = await open();
  assert.equal(await answerTo(socket, "before"), "before");
  link.stall();
  const heard: string[] = [];
  socket.on("data", (bytes) => heard.push(String(bytes)));
  socket.write("meanwhile");
  // Another connection, around the link, is there and back in this time.
  const direct = connect((echo.address() as AddressInfo).port, "127.0.0.1");
  sockets.push(direct);
  await answerTo(direct, "direct");
  assert.deepEqual(heard, []);
  const late = await open();
  const answer = answerTo(late, "late");
  link.heal();
  assert.equal(await answer, "late");
  while (heard.join("") !== "meanwhile") await once(socket, "data");
});

test("a reset breaks what is open and refuses what comes, until it is healed", async () => {
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

test("the other side of one that is open is told of a reset", async () => {
  const { near, far } = await pair();
  const told = once(far, "error");
  breakOff(near);
  const [error] = await told;
  assert.equal((error as NodeJS.ErrnoException).code, "ECONNRESET");
});

test("one that has just ended closes without an error", async () => {
  const { near, far } = await pair();
  near.end();
  const closed = once(near, "close");
  breakOff(near);
  await closed;
  far.destroy();
});
