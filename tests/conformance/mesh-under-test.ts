/**
 * The mesh that the cases run against: a real one that asks who calls and encrypts every
 * connection, with users of three tenants and an operator.
 */
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AdminClient } from "../../client/admin-client.js";
import { DepthmeshClient } from "../../client/client.js";
import { pause } from "../../kit/async/delay.js";
import { newApiKey } from "../../kit/rpc/api-key.js";
import { AUTHORITY, filesOf } from "../../launcher/certificates/certificate-set.js";
import { makeCertificateSet } from "../../launcher/certificates/make-set.js";
import { Mesh } from "../../launcher/mesh.js";
import { AdminServiceService } from "../../proto/gen/depthmesh/v1/admin_service.js";
import { Role } from "../../proto/gen/depthmesh/v1/tenant.js";
import { MAX_PIXELS, makeFiles } from "./made-files.js";
import type { Connection } from "./runner-process.js";

/** Small limits, so that a case reaches them with little. */
const ENVIRONMENT = {
  DEPTHMESH_IDENTITY: "on",
  DEPTHMESH_LEASE_MS: "2000",
  DEPTHMESH_DRAIN_MS: "1000",
  DEPTHMESH_RETRY_BASE_MS: "10",
  DEPTHMESH_MAX_UPLOAD_BYTES: String(16 * 1024 * 1024),
  DEPTHMESH_MAX_SOUND_BYTES: String(16 * 1024 * 1024),
  DEPTHMESH_MAX_PIXELS: String(MAX_PIXELS),
  DEPTHMESH_QUEUE_LIMIT: "4",
  DEPTHMESH_UPLOAD_IDLE_MS: "2000",
  // The renderer starts its own display.
  DISPLAY: "",
};

/** Users of a tenant each; the tenant has the same name. */
const USERS = ["alice", "bob", "carol"] as const;

/** Nobody listens there: only root may, and no such service exists. */
const NOWHERE = "127.0.0.1:1";

export interface MeshUnderTest {
  readonly mesh: Mesh;
  /** An operator's connections, for the harness itself. */
  readonly admin: AdminClient;
  readonly client: DepthmeshClient;
  readonly folder: string;
  /** Paths of the files that cases send, by name. */
  readonly files: Readonly<Record<string, string>>;
  connectionOf(caller: string, service: string): Connection;
  /** Connections with the gateway may be broken since something has happened to it. */
  disturbed: boolean;
  close(): Promise<void>;
}

export async function startMeshUnderTest(): Promise<MeshUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), "depthmesh-conformance-"));
  const operator = newApiKey();
  let mesh: Mesh | undefined;
  let admin: AdminClient | undefined;
  let client: DepthmeshClient | undefined;
  const close = async () => {
    admin?.close();
    client?.close();
    await mesh?.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const made = join(folder, "files");
    await mkdir(made);
    const files = await makeFiles(made);
    const certificates = join(folder, "certificates");
    await makeCertificateSet({ folder: certificates, days: 1 });
    const { certificate: caFile } = filesOf(certificates, AUTHORITY);
    mesh = await Mesh.start({
      tls: certificates,
      data: join(folder, "data"),
      ...{ depth: 1, render: 1, encode: 1 },
      port: 0,
      logs: "file",
      maxRestartDelayMs: 500,
      environment: {
        ...ENVIRONMENT,
        DEPTHMESH_MODELS: join(folder, "models"),
        DEPTHMESH_OPERATOR_KEY_SHA256: operator.hash,
      },
    });
    const tls = { rootCertificates: await readFile(caFile) };
    admin = new AdminClient(mesh.adminAddress, { key: operator.key, tls });
    client = new DepthmeshClient(mesh.address, { key: operator.key, tls });
    const keys = await makeKeys(admin, operator.key);
    const { address, adminAddress } = mesh;
    const connectionOf = (caller: string, service: string): Connection => {
      if (caller === "nowhere") return { address: NOWHERE, caFile };
      if (caller === "plain") return { address, key: keys.get("alice") };
      if (caller !== "nobody" && !keys.has(caller)) throw new Error(`nobody is called ${caller}`);
      return {
        caFile,
        address: service === "AdminService" ? adminAddress : address,
        key: keys.get(caller),
      };
    };
    return { mesh, admin, client, folder, files, connectionOf, disturbed: false, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The keys by the names that cases give to callers. */
async function makeKeys(admin: AdminClient, operator: string): Promise<Map<string, string>> {
  const make = async (tenant: string, expireTime?: Date) => {
    const roles = [Role.ROLE_USER];
    const request = { tenant, roles, note: "conformance", expireTime };
    return (await admin.call(AdminServiceService.createApiKey, request)).key;
  };
  const keys = new Map([
    ["operator", operator],
    ["wrongKey", newApiKey().key],
  ]);
  for (const user of USERS) keys.set(user, await make(user));
  const expiry = new Date(Date.now() + 1_000);
  keys.set("expiredKey", await make("alice", expiry));
  await pause(expiry.getTime() - Date.now() + 1);
  return keys;
}
