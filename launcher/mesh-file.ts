/**
 * The files by which other commands find the meshes that run on this machine: one for each mesh,
 * named after its process, in the user's runtime folder.
 */
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { DepthmeshError } from "../core/errors.js";
import { environmentVariable } from "../kit/config.js";
import { isAlive, processStat } from "../kit/process/process-stat.js";
import { folderFault } from "../kit/process/user-folders.js";

const MESH_FILE = z.object({
  pid: z.number().int().positive(),
  /** When the process started, as processStat gives it: another process may get its id later. */
  startTicks: z.number().optional(),
  /** host:port of the gateway's public port. */
  grpc: z.string(),
  /** host:port of its admin port. */
  admin: z.string(),
  /** Where the web service answers, such as `http://127.0.0.1:7480`; absent without one. */
  web: z.string().optional(),
  nats: z.string(),
  /** The secret that its processes show each other. */
  token: z.string(),
  /** How its ports are recognized; absent where connections are not encrypted. */
  tls: z.object({ ca: z.string().optional(), serverName: z.string().optional() }).optional(),
  /** Folder of the trace files. */
  traces: z.string(),
  /** Folder of everything durable. */
  data: z.string(),
  /** host:port of each worker. */
  workers: z.array(z.object({ service: z.string(), address: z.string() })),
});

export type MeshFile = Readonly<z.infer<typeof MESH_FILE>>;

const FILE_NAME = /^mesh-\d+\.json$/;

/** Below $XDG_RUNTIME_DIR, else below the folder of temporary files. */
export function runtimeFolder(): string {
  const runtime = environmentVariable("XDG_RUNTIME_DIR");
  return runtime ? join(runtime, "depthmesh") : join(tmpdir(), `depthmesh-${userInfo().uid}`);
}

/**
 * Writes the file of this process's mesh. Throws PARAMETER_CONFLICT where somebody else could read
 * the secrets in it, or put another address in its place.
 */
export function writeMeshFile(mesh: Omit<MeshFile, "pid" | "startTicks">): void {
  const folder = runtimeFolder();
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const fault = runtimeFolderFault();
  if (fault) throw new DepthmeshError("PARAMETER_CONFLICT", fault, { metadata: { folder } });
  const startTicks = processStat(process.pid)?.startTicks;
  const file: MeshFile = { pid: process.pid, ...(startTicks && { startTicks }), ...mesh };
  const path = pathOf(folder, process.pid);
  // Made anew, because an older file of this name keeps its mode.
  const written = `${path}.new`;
  rmSync(written, { force: true });
  writeFileSync(written, JSON.stringify(file, null, 2), { mode: 0o600, flag: "wx" });
  renameSync(written, path);
}

/** The meshes that run on this machine, the latest first. Removes the files of those that ended. */
export function runningMeshes(): readonly MeshFile[] {
  const folder = runtimeFolder();
  if (!lstatSync(folder, { throwIfNoEntry: false }) || runtimeFolderFault()) return [];
  const files = readdirSync(folder).filter((name) => FILE_NAME.test(name));
  return files
    .flatMap((name) => readOne(join(folder, name)) ?? [])
    .sort((a, b) => (b.startTicks ?? 0) - (a.startTicks ?? 0));
}

/** The mesh that started last; undefined where none runs. */
export function readMeshFile(): MeshFile | undefined {
  return runningMeshes()[0];
}

/** Removes the file of this process's mesh. */
export function removeMeshFile(): void {
  rmSync(pathOf(runtimeFolder(), process.pid), { force: true });
}

function pathOf(folder: string, pid: number): string {
  return join(folder, `mesh-${pid}.json`);
}

/** Undefined for a file that cannot be read, and for one whose process has ended. */
function readOne(path: string): MeshFile | undefined {
  try {
    const mesh = MESH_FILE.parse(JSON.parse(readFileSync(path, "utf8")));
    if (isAlive(mesh.pid) && processStat(mesh.pid)?.startTicks === mesh.startTicks) return mesh;
    rmSync(path, { force: true });
  } catch {
    // Another version's file, or one that is being written.
  }
  return undefined;
}

/**
 * Why the runtime folder cannot be trusted; undefined if it can, or does not exist yet. The
 * temporary folder belongs to everybody, so another user may have made it first.
 */
export function runtimeFolderFault(): string | undefined {
  const folder = runtimeFolder();
  const wrong = folderFault(folder);
  if (!wrong) return undefined;
  return `the runtime folder ${folder} ${wrong}; remove it, or set XDG_RUNTIME_DIR to a folder of your own`;
}
