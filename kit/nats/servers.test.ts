/** What DEPTHMESH_NATS_URL may say. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { COMMON_SETTINGS, readSettings } from "../config.js";
import { parseServers } from "./servers.js";

test("one server, with and without a scheme, a port, a user", () => {
  const none = { isEncrypted: false, user: "", password: "" };
  assert.deepEqual(parseServers("nats://host:4333"), {
    ...{ addresses: ["host:4333"], hosts: ["host"] },
    ...none,
  });
  assert.deepEqual(parseServers("host").addresses, ["host:4222"]);
  const full = parseServers("tls://depth:p%40ss%2Cword@10.0.0.1/");
  assert.deepEqual(full, {
    ...{ addresses: ["10.0.0.1:4222"], hosts: ["10.0.0.1"] },
    ...{ isEncrypted: true, user: "depth", password: "p@ss,word" },
  });
});

test("a list has one user, one password and one scheme", () => {
  const { addresses, user, password, isEncrypted } = parseServers(
    "tls://depth:secret@a:1, b:2,tls://depth:secret@c",
  );
  assert.deepEqual(addresses, ["a:1", "b:2", "c:4222"]);
  assert.deepEqual(
    { user, password, isEncrypted },
    {
      ...{ user: "depth", password: "secret", isEncrypted: true },
    },
  );
  assert.throws(() => parseServers("nats://a:x@h,nats://a:y@i"), /one user and one password/);
  assert.throws(() => parseServers("tls://h,nats://i"), /all servers .* tls/);
  assert.throws(() => parseServers("nats://h,,i"), /between two commas/);
});

test("an IPv6 address stands in brackets, or alone", () => {
  assert.deepEqual(parseServers("nats://u:p@[fd00::5]:4333").addresses, ["[fd00::5]:4333"]);
  assert.deepEqual(parseServers("nats://[::1]").addresses, ["[::1]:4222"]);
  const { addresses, hosts } = parseServers("nats://fd00::5,fd00::6");
  assert.deepEqual(addresses, ["[fd00::5]:4222", "[fd00::6]:4222"]);
  assert.deepEqual(hosts, ["fd00::5", "fd00::6"]);
  assert.throws(() => parseServers("nats://fd00::5:4222"), /write \[ADDRESS\]:PORT/);
});

test("a wrong value is refused with the variable's name and without the password", () => {
  const wrong = [
    "nats://depth:secret@",
    "nats://depth:secret@host:70000",
    "nats://depth:secret@ho st",
    "http://depth:secret@host",
    "nats://depth:secret%@host",
    "nats://depth:secret@a,nats://depth:secret2@b",
    "nats://depth:secret@1.2.3.4:x",
  ];
  for (const value of wrong) {
    assert.throws(
      () => readSettings({ url: COMMON_SETTINGS.natsUrl }, { DEPTHMESH_NATS_URL: value }),
      ({ message }: Error) => /DEPTHMESH_NATS_URL/.test(message) && !message.includes("secret"),
      value,
    );
  }
});
