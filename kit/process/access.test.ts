/** Which ports ask for credentials, and which settings of them are refused. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Metadata } from "@grpc/grpc-js";
import { AUTHORITY, filesOf } from "../../launcher/certificates/certificate-set.js";
import { makeCertificateSet } from "../../launcher/certificates/make-set.js";
import { createLog } from "../log.js";
import type { Peer } from "../rpc/call-guard.js";
import { TRUSTED } from "../rpc/identity.js";
import { addMeshToken } from "../rpc/mesh-token.js";
import { type AccessConfig, openAccess } from "./access.js";

const LOG = createLog("silent", { service: "test", worker: "test" });
const NOTHING: AccessConfig = {
  ...{ tlsCert: "", tlsKey: "", tlsCa: "", tlsServerName: "" },
  ...{ meshToken: "", meshTokenFile: "", stageAccess: "mesh" },
};
const TOKEN = "0123456789abcdef0123456789abcdef";
const PEER: Peer = { address: "loopback", certificate: undefined };
const root = mkdtempSync(join(tmpdir(), "access-"));
after(() => rmSync(root, { recursive: true, force: true }));

const open = (config: Partial<AccessConfig>) => openAccess({ ...NOTHING, ...config }, LOG);

/** Who a caller is that shows this secret, or nothing. */
function callerOf(config: Partial<AccessConfig>, host: string, shown?: string) {
  const metadata = new Metadata();
  if (shown !== undefined) addMeshToken(metadata, shown);
  return open(config).internalGuard(host).authenticate(metadata, PEER);
}

test("without credentials a port is open on the loopback, and not opened elsewhere", () => {
  for (const host of ["127.0.0.1", "::1", "localhost"]) {
    assert.equal(callerOf({}, host), TRUSTED);
  }
  for (const host of ["0.0.0.0", "::", "10.0.0.5", "mesh.example", "127.example"]) {
    assert.throws(() => callerOf({}, host), /DEPTHMESH_MESH_TOKEN.*DEPTHMESH_STAGE_ACCESS=open/);
    assert.equal(callerOf({ stageAccess: "open" }, host), TRUSTED);
  }
});

test("with a secret every port asks for it, also on the loopback", async () => {
  const config = { meshToken: TOKEN };
  for (const host of ["127.0.0.1", "0.0.0.0"]) {
    const { caller, roles } = await callerOf(config, host, TOKEN);
    assert.deepEqual([caller, [...roles]], ["mesh", ["worker"]]);
    for (const wrong of [TOKEN.slice(1), `${TOKEN}0`, TOKEN.toUpperCase(), "0".repeat(9_000)]) {
      assert.throws(() => callerOf(config, host, wrong), { reason: "CREDENTIALS_INVALID" });
    }
    assert.throws(() => callerOf(config, host), { reason: "CREDENTIALS_MISSING" });
  }
});

test("the secret may be in a file; a short one, or one with spaces, is refused and not quoted", async () => {
  const file = join(root, "token");
  writeFileSync(file, `${TOKEN}\n`);
  assert.equal((await callerOf({ meshTokenFile: file }, "0.0.0.0", TOKEN)).caller, "mesh");
  assert.equal(open({ meshTokenFile: file }).mesh.token, TOKEN);
  for (const bad of [TOKEN.slice(1), `${TOKEN} ${TOKEN}`, `${TOKEN}ä`]) {
    assert.throws(
      () => open({ meshToken: bad }),
      ({ message }: Error) => /DEPTHMESH_MESH_TOKEN/.test(message) && !message.includes("abcdef"),
    );
  }
  assert.throws(() => open({ meshTokenFile: join(root, "none") }), /_FILE is .*none.*ENOENT/);
});

test("a certificate needs its key, and files that can be used", async () => {
  const folder = join(root, "set");
  await makeCertificateSet({ folder, days: 1 });
  const { certificate: tlsCert, key: tlsKey } = filesOf(folder, "worker");
  const tlsCa = filesOf(folder, AUTHORITY).certificate;
  assert.throws(() => open({ tlsCert }), /DEPTHMESH_TLS_KEY is not set/);
  assert.throws(() => open({ tlsCa }), /DEPTHMESH_TLS_CERT is not set/);
  assert.throws(() => open({ tlsCert, tlsKey: join(root, "none") }), /none cannot be read: ENOENT/);
  const others = filesOf(folder, "nats").key;
  assert.throws(() => open({ tlsCert, tlsKey: others }), /certificate cannot be used.*nats\.key/);
  // With an authority, certificates take the place of a secret; without one, nobody shows any.
  const { certificates, internalGuard } = open({ tlsCert, tlsKey, tlsCa });
  assert.throws(() => internalGuard("0.0.0.0").authenticate(new Metadata(), PEER), {
    reason: "CREDENTIALS_MISSING",
  });
  certificates?.close();
  const alone = open({ tlsCert, tlsKey });
  assert.throws(() => alone.internalGuard("0.0.0.0"), /DEPTHMESH_MESH_TOKEN/);
  alone.certificates?.close();
});
