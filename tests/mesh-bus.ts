/** The bus of a mesh as its gateway has it: to put records where a process that died would have left them, and to lose the server. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Mesh } from "../cli/mesh/mesh.js";
import { type EmbeddedNats, startNatsServer } from "../cli/mesh/nats-server.js";
import { type Bus, connectBus } from "../kit/bus/connect.js";
import { createLog } from "../kit/log.js";

export function connectToMesh(mesh: Mesh): Promise<Bus> {
  return connectBus(mesh.natsUrl, "test", createLog("silent", { service: "test", worker: "test" }));
}

/** SIGKILL, and again on the same store and port. */
export async function restartNats(mesh: Mesh): Promise<EmbeddedNats> {
  const folder = join(mesh.data, "nats");
  const { stdout } = await promisify(execFile)("ps", ["-e", "-o", "pid=,args="]);
  const line = stdout
    .split("\n")
    .find((row) => row.includes(`nats-server -a`) && row.includes(folder));
  const pid = Number(line?.trim().split(" ")[0]);
  process.kill(pid, "SIGKILL");
  return startNatsServer(folder, Number(new URL(mesh.natsUrl).port));
}
