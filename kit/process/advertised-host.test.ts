/**
 * A process that nobody could call under its name does not start, and says which setting to change.
 */
import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { test } from "node:test";
import { advertisedHost } from "./advertised-host.js";

const LOCAL = {
  advertiseHost: "",
  natsUrl: "nats://depth:secret@127.0.0.1:4222",
  gatewayAddress: "127.0.0.1:7412",
};
/** An address of this machine that is not the loopback: what leads there is another host's view. */
const own = Object.values(networkInterfaces())
  .flatMap((some) => some ?? [])
  .find(({ internal, family }) => !internal && family === "IPv4")?.address;
const without = own === undefined && "this machine has the loopback only";

test("the listening address is the name, and the setting has precedence", async () => {
  assert.equal(await advertisedHost("127.0.0.1", LOCAL, true), "127.0.0.1");
  const named = { ...LOCAL, advertiseHost: "render-1:7000" };
  assert.equal(await advertisedHost("0.0.0.0", named, true), "render-1:7000");
});

test("every address is the name of none, in the setting", async () => {
  for (const advertiseHost of ["0.0.0.0", "::", "[::]:7410", "0.0.0.0:7410"]) {
    await assert.rejects(advertisedHost("127.0.0.1", { ...LOCAL, advertiseHost }, false), {
      message: /^DEPTHMESH_ADVERTISE_HOST is ".*", which nobody can call: set DEPTHMESH_ADVERTISE/,
    });
  }
});

test("beside NATS on the loopback, a port on every address needs a name, if the mesh calls it", async () => {
  for (const host of ["0.0.0.0", "::"]) {
    await assert.rejects(advertisedHost(host, LOCAL, true), {
      message: /listens on .*NATS on 127\.0\.0\.1 does not tell .*set DEPTHMESH_ADVERTISE_HOST/,
    });
    assert.equal(await advertisedHost(host, LOCAL, false), "127.0.0.1");
  }
});

test("a port on every address has the one that leads to NATS", { skip: without }, async () => {
  const natsUrl = `nats://nowhere.invalid:4222,nats://depth:p@${own}:4222`;
  assert.equal(await advertisedHost("0.0.0.0", { ...LOCAL, natsUrl }, true), own);
});

test("the loopback is refused where NATS or the gateway is elsewhere", {
  skip: without,
}, async () => {
  const remote = [
    { ...LOCAL, natsUrl: `tls://depth:secret@${own}:4222` },
    { ...LOCAL, gatewayAddress: `${own}:7412` },
  ];
  for (const config of remote) {
    await assert.rejects(advertisedHost("127.0.0.1", config, true), (error: Error) => {
      assert.match(error.message, /it listens on 127\.0\.0\.1.*DEPTHMESH_ADVERTISE_HOST/);
      assert.match(error.message, new RegExp(`on another host \\(${own}\\)`));
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
    const named = { ...config, advertiseHost: "localhost" };
    await assert.rejects(advertisedHost("0.0.0.0", named, true), /DEPTHMESH_ADVERTISE_HOST is "lo/);
    assert.equal(await advertisedHost(own ?? "", config, true), own);
  }
});
