/** `depthmesh doctor`: is everything here that a mesh needs, and how to fix what is not. */

import { execFile } from "node:child_process";
import { statfs } from "node:fs/promises";
import { promisify } from "node:util";
import type { Command } from "commander";
import { DepthmeshError } from "../../core/errors.js";
import { readSettings } from "../../kit/config.js";
import { packagePath } from "../../kit/process/package-path.js";
import { MODEL_SETTINGS, openRegistry } from "../../models/registry.js";

export function addDoctor(program: Command): void {
  program
    .command("doctor")
    .description(
      "check nats-server, ffmpeg, GL, models and disk, and say how to fix what is missing",
    )
    .action(doctor);
}

async function doctor(): Promise<void> {
  let missing = 0;
  for (const { name, run, fix } of CHECKS) {
    try {
      process.stdout.write(`ok       ${name.padEnd(12)} ${await run()}\n`);
    } catch (error) {
      missing += 1;
      const why = error instanceof Error ? error.message : String(error);
      process.stdout.write(
        `missing  ${name.padEnd(12)} ${why}\n         ${" ".repeat(12)} ${fix}\n`,
      );
    }
  }
  if (missing === 0) return;
  throw new DepthmeshError("SERVICE_UNAVAILABLE", `${missing} of ${CHECKS.length} checks failed`);
}

const run = promisify(execFile);
const GIB = 1024 ** 3;
const MIN_FREE_GIB = 1;

export interface Check {
  readonly name: string;
  /** Facts when all is well; throws with what is wrong. */
  readonly run: () => Promise<string>;
  readonly fix: string;
}

export const CHECKS: readonly Check[] = [
  {
    name: "node",
    run: async () => process.version,
    fix: "install Node 20.20 or newer",
  },
  {
    name: "nats-server",
    run: async () => (await run("nats-server", ["--version"])).stdout.trim(),
    fix: "apt-get install nats-server",
  },
  { name: "ffmpeg", run: lookAtFfmpeg, fix: "apt-get install ffmpeg" },
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
    name: "GL",
    run: lookAtGl,
    fix: "apt-get install xvfb libgl1-mesa-dri libglx-mesa0 mesa-utils, then npm run setup",
  },
  {
    name: "models",
    run: lookAtModels,
    fix: "depthmesh models verify says which file; depthmesh models pull NAME mends it",
  },
  { name: "disk", run: lookAtDisk, fix: "free some space, or name another folder with --data" },
];

async function lookAtFfmpeg(): Promise<string> {
  const { stdout: version } = await run("ffmpeg", ["-version"]);
  const { stdout: encoders } = await run("ffmpeg", ["-hide_banner", "-encoders"]);
  const found = ["libx264", "libx265", "libvpx-vp9", "libsvtav1"].filter((name) =>
    encoders.includes(` ${name} `),
  );
  if (!found.includes("libx264")) throw new Error("ffmpeg has no libx264 encoder");
  return `${version.split(" ")[2]}, encoders ${found.join(" ")}`;
}

/** GL is probed in a process of its own, with a display of its own: `gl` loads in one thread of a process only. */
async function lookAtGl(): Promise<string> {
  const probe = packagePath("dist", "services", "render", "probe.js");
  const { stdout } = await run(process.execPath, [probe], { timeout: 60_000 });
  return (JSON.parse(stdout) as { summary: string }).summary;
}

/** Every installed model, by its bytes; and which of them is used. */
async function lookAtModels(): Promise<string> {
  const registry = openRegistry(readSettings(MODEL_SETTINGS));
  for (const entry of registry.entries) {
    for (const file of await registry.installed(entry)) await registry.verify(entry, file);
  }
  return `${(await registry.best()).name}, of ${registry.entries.length} that are known`;
}

async function lookAtDisk(): Promise<string> {
  const { bavail, bsize } = await statfs(".");
  const freeGib = (bavail * bsize) / GIB;
  if (freeGib < MIN_FREE_GIB)
    throw new Error(`${freeGib.toFixed(1)} GiB free, ${MIN_FREE_GIB} needed`);
  return `${freeGib.toFixed(1)} GiB free`;
}
