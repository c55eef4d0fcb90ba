/** The mesh that the cases run against: a real one, with two tenants and an operator. */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Mesh } from "../../launcher/mesh.js";
import { MAX_PIXELS, makeFiles } from "./made-files.js";
import type { Connection } from "./runner-process.js";

/** Small limits, so that a case reaches them with little. */
const ENVIRONMENT = {
  DEPTHMESH_LEASE_MS: "2000",
  DEPTHMESH_DRAIN_MS: "1000",
  DEPTHMESH_RETRY_BASE_MS: "10",
  DEPTHMESH_MAX_UPLOAD_BYTES: String(16 * 1024 * 1024),
  DEPTHMESH_MAX_PIXELS: String(MAX_PIXELS),
  DEPTHMESH_QUEUE_LIMIT: "4",
  DEPTHMESH_UPLOAD_IDLE_MS: "2000",
  // The renderer starts its own display.
  DISPLAY: "",
};

export interface MeshUnderTest {
  readonly mesh: Mesh;
  readonly folder: string;
  /** Paths of the files that cases send, by name. */
  readonly files: Readonly<Record<string, string>>;
  connectionOf(caller: string, service: string): Connection;
  close(): Promise<void>;
}

export async function startMeshUnderTest(): Promise<MeshUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), "depthmesh-conformance-"));
  try {
    const made = join(folder, "files");
    await mkdir(made);
    const files = await makeFiles(made);
    const mesh = await Mesh.start({
      data: join(folder, "data"),
      ...{ depth: 1, render: 1, encode: 1 },
      port: 0,
      logs: "file",
      maxRestartDelayMs: 500,
      environment: { ...ENVIRONMENT, DEPTHMESH_MODELS: join(folder, "models") },
    });
    const close = async () => {
      await mesh.stop();
      await rm(folder, { recursive: true, force: true });
    };
    const connectionOf = (_caller: string, service: string) => ({
      address: service === "AdminService" ? mesh.adminAddress : mesh.address,
    });
    return { mesh, folder, files, connectionOf, close };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}
