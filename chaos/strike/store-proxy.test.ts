/** The proxy of the S3 store passes requests on, is away, answers late, and answers errors. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { StoreProxy } from "./store-proxy.js";

let performed = 0;
let server: Server;
let proxy: StoreProxy;
before(async () => {
  server = createServer((request, response) => {
    performed += 1;
    request.pipe(response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  proxy = await StoreProxy.open({
    host: "127.0.0.1",
    port: (server.address() as AddressInfo).port,
  });
});
after(async () => {
  await proxy.close();
  server.closeAllConnections();
  server.close();
});

function put(): Promise<Response> {
  const { host, port } = proxy.target;
  return fetch(`http://${host}:${port}/bucket/key`, { method: "PUT", body: "bytes" });
}

test("it passes requests on, and refuses connections while it is away", async () => {
  assert.equal(await (await put()).text(), "bytes");
  proxy.strike("away");
  await assert.rejects(put());
  proxy.heal();
  assert.equal(await (await put()).text(), "bytes");
});

test("three of four requests get an error, and one of these was performed", async () => {
  proxy.strike("errors");
  const before = performed;
  const statuses: number[] = [];
  for (let count = 0; count < 4; count++) statuses.push((await put()).status);
  proxy.heal();
  assert.deepEqual([...statuses].sort(), [200, 500, 500, 500]);
  assert.equal(performed - before, 2);
});
