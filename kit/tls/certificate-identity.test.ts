/** What a certificate says about its owner, and what it cannot say. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { PeerCertificate } from "node:tls";
import { identityOfCertificate } from "./certificate-identity.js";

function identityOf(subject: Readonly<Record<string, string | readonly string[]>>) {
  // Only the subject is read.
  const identity = identityOfCertificate({ subject } as unknown as PeerCertificate);
  return { ...identity, roles: [...identity.roles] };
}

test("O is the tenant, each OU a role, CN the caller", () => {
  assert.deepEqual(identityOf({ O: "acme", OU: "user", CN: "shop" }), {
    ...{ tenant: "acme", roles: ["user"], caller: "certificate:shop" },
  });
  assert.deepEqual(identityOf({ O: "acme", OU: ["user", "operator"], CN: "x" }).roles, [
    "user",
    "operator",
  ]);
});

test("without a tenant or a known role there are no roles", () => {
  for (const O of ["", "Acme", "../acme", "a".repeat(64), ["acme", "other"]]) {
    assert.deepEqual(identityOf({ O, OU: "operator", CN: "x" }).roles, []);
  }
  assert.deepEqual(identityOf({ OU: "operator", CN: "x" }).roles, []);
  assert.deepEqual(identityOf({ O: "acme", OU: ["root", "User"], CN: "x" }).roles, []);
  assert.deepEqual(identityOf({}).roles, []);
});

test("a name can forge no line of the log", () => {
  const { caller } = identityOf({ O: "acme", OU: "user", CN: `a\nb\u001b[31m${"c".repeat(500)}` });
  assert.match(caller, /^certificate:a\?b\?\[31mc+$/);
  assert.ok(caller.length <= 140);
});
