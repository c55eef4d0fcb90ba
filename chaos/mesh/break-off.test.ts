/** A connection that is broken off is closed, whatever it was about to do. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { breakOff } from "./break-off.js";

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
