/** The certificates of a set, as TLS and Node read them. */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { AUTHORITY, filesOf, MEMBER_NAMES, MEMBERS } from "./certificate-set.js";
import { makeCertificateSet } from "./make-set.js";

const root = mkdtempSync(join(tmpdir(), "certificates-"));
after(() => rmSync(root, { recursive: true, force: true }));

const read = (folder: string, name: Parameters<typeof filesOf>[1]) =>
  new X509Certificate(readFileSync(filesOf(folder, name).certificate));

test("each certificate is signed by the authority, and has its roles and hosts", async () => {
  const folder = join(root, "set");
  await makeCertificateSet({
    folder,
    hosts: ["mesh.example", "10.1.2.3", "2001:db8::7"],
    days: 30,
  });
  const authority = read(folder, AUTHORITY);
  assert.ok(authority.ca);
  assert.ok(authority.verify(authority.publicKey));
  for (const name of MEMBER_NAMES) {
    const certificate = read(folder, name);
    assert.ok(certificate.checkIssued(authority) && certificate.verify(authority.publicKey), name);
    assert.ok(!certificate.ca);
    const { subject } = certificate.toLegacyObject();
    assert.equal(subject.O, "default");
    assert.equal(subject.CN, name);
    assert.deepEqual([subject.OU ?? []].flat(), MEMBERS[name].roles);
    const days = (Date.parse(certificate.validTo) - Date.now()) / 86_400_000;
    assert.ok(days > 29.9 && days < 30.1, String(days));
    assert.equal(statSync(filesOf(folder, name).key).mode & 0o777, 0o600);
  }
  const gateway = read(folder, "gateway");
  for (const host of ["localhost", "mesh.example", "depthmesh.internal"]) {
    assert.ok(gateway.checkHost(host), host);
  }
  for (const ip of ["127.0.0.1", "::1", "10.1.2.3", "2001:db8::7"]) {
    assert.ok(gateway.checkIP(ip), ip);
  }
  assert.equal(gateway.checkHost("other.example"), undefined);
  assert.equal(read(folder, "user").subjectAltName, undefined);
});

test("a set is not overwritten unasked; renewed, it has the same authority and hosts", async () => {
  const folder = join(root, "renewed");
  await makeCertificateSet({ folder, hosts: ["mesh.example"], days: 1 });
  const before = { authority: read(folder, AUTHORITY), gateway: read(folder, "gateway") };
  await assert.rejects(makeCertificateSet({ folder, days: 1 }), { reason: "PARAMETER_CONFLICT" });

  await makeCertificateSet({ folder, days: 60, renew: true });
  const renewed = read(folder, "gateway");
  assert.equal(read(folder, AUTHORITY).fingerprint256, before.authority.fingerprint256);
  assert.notEqual(renewed.fingerprint256, before.gateway.fingerprint256);
  assert.ok(renewed.verify(before.authority.publicKey) && renewed.checkHost("mesh.example"));

  await makeCertificateSet({ folder, days: 60, force: true });
  assert.notEqual(read(folder, AUTHORITY).fingerprint256, before.authority.fingerprint256);
  const empty = join(root, "empty");
  await assert.rejects(makeCertificateSet({ folder: empty, days: 1, renew: true }), {
    reason: "PARAMETER_CONFLICT",
  });
});
