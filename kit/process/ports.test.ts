/** What a process says about its ports is what a supervisor reads; a taken port is named. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { askHealth } from "../rpc/health.js";
import { OpenPorts, parseReadyLine, readyLine, type ServicePort } from "./ports.js";

const portOf = (name: ServicePort["name"], port: number): ServicePort => ({
  ...{ name, port, host: "127.0.0.1", services: [] },
  variable: `DEPTHMESH_${name === "public" ? "" : `${name.toUpperCase()}_`}PORT`,
});
const PORTS = [portOf("public", 0), portOf("admin", 0), portOf("internal", 0)];

test("the ready line tells every port, and where it listens behind a proxy", async () => {
  const ports = await OpenPorts.open(PORTS, () => "proxy.example:99");
  try {
    const read = parseReadyLine(readyLine(ports.open));
    assert.deepEqual([...(read?.keys() ?? [])], ["grpc", "admin", "internal"]);
    assert.equal(read?.get("grpc")?.advertised, "proxy.example:99");
    assert.match(read?.get("grpc")?.listening ?? "", /^127\.0\.0\.1:\d+$/);
    // The port of the proxy is in front of the first port only.
    const internal = read?.get("internal");
    assert.match(internal?.advertised ?? "", /^proxy\.example:\d+$/);
    assert.equal(internal?.advertised.split(":")[1], internal?.listening.split(":")[1]);
    assert.equal(ports.addressOf("internal"), internal?.advertised);
  } finally {
    await ports.close(0);
  }
  assert.equal(parseReadyLine("listening on 7410"), undefined);
});

test("a port that is taken is named with its setting, and the others are closed again", async () => {
  const first = await OpenPorts.open([portOf("public", 0)], ({ host }) => host);
  const taken = Number(first.addressOf().split(":")[1]);
  const free = await OpenPorts.open([portOf("public", 0)], ({ host }) => host);
  const address = free.addressOf();
  await free.close(0);
  const wanted = [portOf("public", Number(address.split(":")[1])), portOf("admin", taken)];
  await assert.rejects(
    OpenPorts.open(wanted, ({ host }) => host),
    (error: Error) => {
      assert.match(error.message, new RegExp(`^port ${taken} of 127.0.0.1 is in use`));
      assert.match(error.message, /--admin-port .*DEPTHMESH_ADMIN_PORT/);
      return true;
    },
  );
  await assert.rejects(askHealth(address, 1_000));
  await first.close(0);
});
