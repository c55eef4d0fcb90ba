import assert from "node:assert/strict";
import { test } from "node:test";
import {
  formatHostPort,
  hostFromHere,
  hostOf,
  hostPortIn,
  hostPortsIn,
  isWildcard,
  parseHostPort,
} from "./host-port.js";

test("an address is read as it is written, with brackets around IPv6", () => {
  for (const [host, port] of [
    ["127.0.0.1", 7410],
    ["mesh.example", 1],
    ["::1", 7410],
    ["2001:db8::7", 65_535],
  ] as const) {
    assert.deepEqual(parseHostPort(formatHostPort(host, port)), { host, port });
  }
  assert.equal(formatHostPort("::1", 7410), "[::1]:7410");
  assert.equal(hostOf("[::1]:7410"), "::1");
});

test("without a port it is a host alone, and an IPv6 address without brackets has none", () => {
  for (const [text, host] of [
    ["mesh.example", "mesh.example"],
    ["[::1]", "::1"],
    ["::1", "::1"],
    // All of it is an address.
    ["::1:7410", "::1:7410"],
  ] as const) {
    assert.deepEqual(parseHostPort(text), { host, port: undefined });
    assert.equal(hostPortIn(text), undefined);
  }
});

test("a list is read as a whole", () => {
  assert.equal(hostPortsIn("a:1, [::1]:2,"), "a:1,[::1]:2");
  for (const text of ["", ",", "a:1,b", "::1:7410"]) assert.equal(hostPortsIn(text), undefined);
});

test("what is no address is none", () => {
  const wrong = [
    "",
    ":7410",
    "a:b",
    "host:70000",
    "host:1:2",
    "[::1",
    "[host]:1",
    "a b:1",
    "u@h:1",
  ];
  for (const text of [...wrong, "http://host:1", "[::1]7410", "host:"]) {
    assert.equal(parseHostPort(text), undefined, text);
  }
});

test("every address of a machine is known in all its forms", () => {
  for (const host of ["0.0.0.0", "::", "0:0:0:0:0:0:0:0", "0::0"])
    assert.ok(isWildcard(host), host);
  for (const host of ["127.0.0.1", "::1", "10.0.0.0", "fe80::", "zero"]) {
    assert.ok(!isWildcard(host), host);
  }
});

test("a server at every address is reached on the loopback", () => {
  const hosts = ["0.0.0.0", "::", "0:0::0", "*", "192.0.2.10", "render-1"];
  const reached = ["127.0.0.1", "::1", "::1", "127.0.0.1", "192.0.2.10", "render-1"];
  assert.deepEqual(hosts.map(hostFromHere), reached);
});
