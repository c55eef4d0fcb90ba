/** The file mesh.json in the user's runtime folder, by which other commands find a running mesh. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { environmentVariable } from "../kit/config.js";
import { isAlive } from "../kit/process/process-stat.js";

export interface MeshFile {
  readonly pid: number;
  /** host:port of the gateway. */
  readonly grpc: string;
  readonly nats: string;
  /** Folder of the trace files. */
  readonly traces: string;
}

function meshFilePath(): string {
  const runtime = environmentVariable("XDG_RUNTIME_DIR");
  return runtime
    ? join(runtime, "depthmesh", "mesh.json")
    : join(tmpdir(), `depthmesh-${userInfo().uid}`, "mesh.json");
}

export function writeMeshFile(mesh: MeshFile): void {
  const path = meshFilePath();
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, JSON.stringify(mesh, null, 2), { mode: 0o600 });
}

/** The running mesh; undefined when there is none or its process is gone. */
export function readMeshFile(): MeshFile | undefined {
  try {
    const mesh = JSON.parse(readFileSync(meshFilePath(), "utf8")) as MeshFile;
    return isAlive(mesh.pid) ? mesh : undefined;
  } catch {
    return undefined;
  }
}

/** Removes the file if it belongs to this process, not another mesh's. */
export function removeMeshFile(): void {
  if (readMeshFile()?.pid === process.pid) rmSync(meshFilePath(), { force: true });
}
