/** The windows of calls share a budget, and connections are told when their share changes. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { CallWindows, MAX_CALL_WINDOW_BYTES, windowFor } from "./call-windows.js";

const KIB = 1024;

test("few calls have the largest window, many share the budget, and none has less than a message", () => {
  const shares = [0, 1, 2, 3, 8, 32, 384].map((calls) => windowFor(calls) / KIB);
  assert.deepEqual(shares, [4096, 4096, 4096, 2048, 1024, 256, 256]);
});

test("open and new connections are told a smaller window at once, and a larger one later", async () => {
  const server = createServer();
  let calls = 0;
  const windows = new CallWindows(server, { maxConcurrentStreams: 17 });
  server.on("session", (session) => windows.add(session));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const first = connect(address);
  try {
    const [begun] = await once(first, "remoteSettings");
    assert.deepEqual(
      [begun.initialWindowSize, begun.maxConcurrentStreams],
      [MAX_CALL_WINDOW_BYTES, 17],
    );
    calls = 8;
    windows.fit(() => calls);
    const [shrunk] = await once(first, "remoteSettings");
    assert.equal(shrunk.initialWindowSize, 1024 * KIB);
    const second = connect(address);
    const [later] = await once(second, "remoteSettings");
    assert.equal(later.initialWindowSize, 1024 * KIB);
    second.close();
    calls = 0;
    windows.fit(() => calls);
    const [grown] = await once(first, "remoteSettings");
    assert.equal(grown.initialWindowSize, MAX_CALL_WINDOW_BYTES);
  } finally {
    first.close();
    server.close();
  }
});
