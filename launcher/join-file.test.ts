/** What another host needs to join: kept across starts, and read by its user only. */
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { makeCertificateSet } from "./certificates/make-set.js";
import { joinFileOf, readJoinFile, writeJoinFile } from "./join-file.js";
import { lastingSecrets } from "./mesh-secrets.js";

const folder = mkdtempSync(join(tmpdir(), "join-file-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const secrets = lastingSecrets(folder);
const path = join(folder, "join.json");
const parts = {
  nats: { address: "[2001:db8::7]:4222", passwords: secrets.nats },
  gateway: "[2001:db8::7]:7412",
  token: secrets.token,
};

test("secrets last until they are removed, and others cannot read them", () => {
  assert.deepEqual(lastingSecrets(folder), secrets);
  const file = join(folder, "secrets.json");
  assert.equal(statSync(file).mode & 0o777, 0o600);
  chmodSync(file, 0o644);
  assert.throws(() => lastingSecrets(folder), /other users .*chmod 600/);
  chmodSync(file, 0o600);
  writeFileSync(file, `{"token":"${secrets.token}"`);
  assert.throws(
    () => lastingSecrets(folder),
    ({ message }: Error) => /remove it/.test(message) && !message.includes(secrets.token),
  );
  rmSync(file);
  assert.notEqual(lastingSecrets(folder).token, secrets.token);
});

test("the file has what a worker shows, and nothing of the gateway's or an operator's", async () => {
  const set = join(folder, "set");
  await makeCertificateSet({ folder: set, days: 1 });
  writeJoinFile(path, joinFileOf(parts, set));
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const text = readFileSync(path, "utf8");
  for (const user of ["gateway", "operator"] as const) {
    assert.ok(!text.includes(secrets.nats[user]), user);
  }
  const read = readJoinFile(path);
  assert.equal(read.passwords.encode, secrets.nats.encode);
  assert.equal(read.tls?.key, readFileSync(join(set, "worker.key"), "utf8"));
  assert.equal(joinFileOf(parts, undefined).tls, undefined);
});

test("a file that others can read is refused, and so is one of something else, unquoted", () => {
  chmodSync(path, 0o640);
  assert.throws(() => readJoinFile(path), { reason: "PARAMETER_CONFLICT", message: /chmod 600/ });
  chmodSync(path, 0o600);
  writeFileSync(path, JSON.stringify({ version: 2, token: secrets.token }));
  assert.throws(
    () => readJoinFile(path),
    ({ message }: Error) => /no join file/.test(message) && !message.includes(secrets.token),
  );
  assert.throws(() => readJoinFile(join(folder, "none")), { reason: "FILE_NOT_FOUND" });
});
