/** Workers are told an address that the gateway will have. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { addressOfGateway, portsBeside, quietPort } from "./gateway-address.js";

test("the address is what the gateway will announce", () => {
  const DEPTHMESH_INTERNAL_PORT = "7412";
  const addressWith = (settings: Record<string, string>) =>
    addressOfGateway({ DEPTHMESH_INTERNAL_PORT, ...settings });
  assert.equal(addressWith({}), "127.0.0.1:7412");
  assert.equal(addressWith({ DEPTHMESH_HOST: "0.0.0.0" }), "0.0.0.0:7412");
  const DEPTHMESH_INTERNAL_HOST = "10.0.0.1";
  assert.equal(
    addressWith({ DEPTHMESH_HOST: "0.0.0.0", DEPTHMESH_INTERNAL_HOST }),
    "10.0.0.1:7412",
  );
  // The port of a proxy is that of the public port.
  assert.equal(addressWith({ DEPTHMESH_ADVERTISE_HOST: "proxy:99" }), "proxy:7412");
  assert.equal(addressWith({ DEPTHMESH_INTERNAL_PORT: "0" }), undefined);
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
