/** A mesh for one bench: one worker a stage, its data in a temporary folder. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DepthmeshClient } from "../client/client.js";
import { Mesh } from "../launcher/mesh.js";

export interface BenchMesh {
  readonly mesh: Mesh;
  readonly client: DepthmeshClient;
  /** For files of the bench; it goes with the mesh. */
  readonly folder: string;
}

export async function startBenchMesh(): Promise<BenchMesh & { stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "depthmesh-bench-"));
  const data = join(folder, "data");
  const mesh = await Mesh.start({ data, depth: 1, render: 1, encode: 1, port: 0, logs: "file" });
  const client = new DepthmeshClient(mesh.address);
  const stop = async () => {
    client.close();
    await mesh.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return { mesh, client, folder, stop };
}
