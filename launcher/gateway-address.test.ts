/** Workers are told an address that the gateway will have. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { addressOfGateway, portsBeside, quietPort } from "./gateway-address.js";

test("the address is what the gateway will announce", () => {
  const DEPTHMESH_PORT = "7410";
  assert.equal(addressOfGateway({ DEPTHMESH_PORT }), "127.0.0.1:7410");
  assert.equal(addressOfGateway({ DEPTHMESH_PORT, DEPTHMESH_HOST: "0.0.0.0" }), "0.0.0.0:7410");
  const DEPTHMESH_ADVERTISE_HOST = "proxy:99";
  assert.equal(addressOfGateway({ DEPTHMESH_PORT, DEPTHMESH_ADVERTISE_HOST }), "proxy:99");
});

test("ports lie outside of those that the kernel gives away", () => {
  assert.deepEqual(portsBeside({ first: 32_768, last: 60_999 }), { first: 10_240, last: 32_767 });
  assert.deepEqual(portsBeside({ first: 1_024, last: 40_000 }), { first: 40_001, last: 65_535 });
  assert.deepEqual(portsBeside({ first: 1_024, last: 65_535 }), { first: 10_240, last: 65_535 });
});

test("the port can be listened on, and a host that is not here has none", async () => {
  const server = createServer().listen(await quietPort("127.0.0.1"), "127.0.0.1");
  await once(server, "listening");
  server.close();
  assert.equal(await quietPort("192.0.2.1"), 0);
});
