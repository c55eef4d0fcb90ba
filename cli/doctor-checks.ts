/** What `depthmesh doctor` checks, in this order, and how to fix what is wrong. */
import { execFile } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { readSettings, unknownVariables } from "../kit/config.js";
import { packagePath } from "../kit/process/package-path.js";
import { userDataFolder } from "../kit/process/user-folders.js";
import { askHealth } from "../kit/rpc/health.js";
import { runningMeshes, runtimeFolderFault } from "../launcher/mesh-file.js";
import { accessTo } from "../launcher/mesh-file-access.js";
import { MODEL_SETTINGS, openRegistry } from "../models/registry.js";
import { betterThanText } from "./better-model.js";

const run = promisify(execFile);
const GIB = 1024 ** 3;
const MIN_FREE_GIB = 1;
const MIN_NODE = [20, 20] as const;
const PROBE_MS = 60_000;
const HEALTH_MS = 3_000;

export interface Check {
  readonly name: string;
  /** Returns what was found; throws with what is wrong. */
  readonly run: () => Promise<string>;
  readonly fix: string;
}

export const CHECKS: readonly Check[] = [
  { name: "node", run: checkNode, fix: `install Node ${MIN_NODE.join(".")} or newer` },
  {
    name: "nats-server",
    run: async () => (await run("nats-server", ["--version"])).stdout.trim(),
    fix: "apt-get install nats-server",
  },
  { name: "ffmpeg", run: checkFfmpeg, fix: "apt-get install ffmpeg" },
  {
    name: "guard",
    run: async () => {
      await run("setpriv", ["--version"]);
      await run("prlimit", ["--version"]);
      await run("flock", ["--version"]);
      return "setpriv, prlimit and flock";
    },
    fix: "apt-get install util-linux",
  },
  {
    name: "gl module",
    run: checkGlModule,
    fix: "npm run setup, which compiles `gl` for this Node",
  },
  {
    name: "GL",
    run: checkGl,
    fix: "apt-get install xvfb libgl1-mesa-dri libglx-mesa0 mesa-utils, then npm run setup",
  },
  {
    name: "photos",
    run: checkPhotos,
    fix: "npm run setup; docs/photos.md lists what is taken, and what to do with other formats",
  },
  {
    name: "models",
    run: checkModels,
    fix: "`depthmesh models verify` names the corrupt file; `depthmesh models pull NAME` replaces it",
  },
  { name: "disk", run: checkDisk, fix: "free some space, or choose another folder with --data" },
  {
    name: "settings",
    run: checkSettings,
    fix: "correct or unset it; docs/settings.md lists all",
  },
  {
    name: "mesh",
    run: checkMeshes,
    fix: "as it says; or stop that process and start `depthmesh up` again, whose log has the cause",
  },
];

async function checkNode(): Promise<string> {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const [minMajor, minMinor] = MIN_NODE;
  if (major > minMajor || (major === minMajor && minor >= minMinor)) return process.version;
  throw new Error(`${process.version} is too old`);
}

async function checkFfmpeg(): Promise<string> {
  const { stdout: version } = await run("ffmpeg", ["-version"]);
  const { stdout: encoders } = await run("ffmpeg", ["-hide_banner", "-encoders"]);
  const found = ["libx264", "libx265", "libvpx-vp9", "libsvtav1"].filter((name) =>
    encoders.includes(` ${name} `),
  );
  if (!found.includes("libx264")) throw new Error("ffmpeg has no libx264 encoder");
  return `${version.split(" ")[2]}, encoders ${found.join(" ")}`;
}

/** The formats that decode here, found in a process of its own as the decoder is. */
async function checkPhotos(): Promise<string> {
  const probe = packagePath("dist", "services", "depth", "decode", "probe.js");
  const { stdout } = await run(process.execPath, [probe], { timeout: 60_000 });
  return stdout.trim();
}

/** `gl` is compiled for one version of Node's binary interface (ABI). */
async function checkGlModule(): Promise<string> {
  const abi = `ABI ${process.versions.modules}`;
  await lastWords(run(process.execPath, ["-e", "require('gl')"], { cwd: packagePath() })).catch(
    (error: Error) => {
      const built = /NODE_MODULE_VERSION (\d+)/.exec(error.message)?.[1];
      throw built ? new Error(`it was compiled for ABI ${built}, and this Node has ${abi}`) : error;
    },
  );
  return `loads, ${abi}`;
}

/**
 * Probes GL in a separate process with its own display: `gl` loads in one thread of a process only.
 */
async function checkGl(): Promise<string> {
  const probe = packagePath("dist", "services", "render", "probe.js");
  const { stdout } = await lastWords(run(process.execPath, [probe], { timeout: PROBE_MS }));
  return (JSON.parse(stdout) as { summary: string }).summary;
}

/** Rejects with what the process printed about its failure, without the command line. */
function lastWords<T>(running: Promise<T>): Promise<T> {
  return running.catch((error: unknown) => {
    const { stderr = "" } = error as { readonly stderr?: string };
    const words = stderr.split("\n").filter((line) => line.trim() !== "" && !/^\s+at /.test(line));
    throw words.length === 0 ? error : new Error(words.slice(-4).join(" "));
  });
}

/** Verifies every installed model by its checksum, and names the one that `auto` stands for. */
async function checkModels(): Promise<string> {
  const registry = openRegistry(readSettings(MODEL_SETTINGS));
  for (const entry of registry.entries) {
    for (const file of await registry.installed(entry)) await registry.verify(entry, file);
  }
  const { name } = await registry.best();
  const better = betterThanText(name, registry);
  return `auto is ${name}${better}; ${registry.entries.length} models are known`;
}

/** The disk of the data folder, which the first mesh makes. */
async function checkDisk(): Promise<string> {
  const folder = userDataFolder();
  let existing = folder;
  while (!existsSync(existing)) existing = dirname(existing);
  accessSync(existing, constants.W_OK | constants.X_OK);
  const { bavail, bsize } = await statfs(existing);
  const freeGib = (bavail * bsize) / GIB;
  const free = `${freeGib.toFixed(1)} GiB free for ${folder}`;
  if (freeGib < MIN_FREE_GIB) throw new Error(`${free}, ${MIN_FREE_GIB} GiB needed`);
  return free;
}

async function checkSettings(): Promise<string> {
  const unknown = unknownVariables();
  if (unknown.length === 0) return "no unknown DEPTHMESH_ variable is set";
  throw new Error(`nothing reads ${unknown.join(", ")}`);
}

/** Meshes that run must answer; none is fine. */
async function checkMeshes(): Promise<string> {
  const fault = runtimeFolderFault();
  if (fault) throw new Error(fault);
  const meshes = runningMeshes();
  for (const mesh of meshes) {
    const { grpc, pid, data } = mesh;
    await askHealth(grpc, HEALTH_MS, accessTo(mesh)).catch(() => {
      throw new Error(`the mesh of process ${pid} (${data}) does not answer at ${grpc}`);
    });
  }
  if (meshes.length === 0) return "none is running";
  return meshes.map(({ grpc, data }) => `${grpc} (${data})`).join(", ");
}
