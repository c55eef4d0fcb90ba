/**
 * `depthmesh doctor`: checks that this machine has what a mesh needs, and says how to fix the rest.
 */
import { execFile } from "node:child_process";
import { statfs } from "node:fs/promises";
import { promisify } from "node:util";
import type { Command } from "commander";
import { DepthmeshError } from "../../core/errors.js";
import { readSettings } from "../../kit/config.js";
import { packagePath } from "../../kit/process/package-path.js";
import { MODEL_SETTINGS, openRegistry } from "../../models/registry.js";
import { betterThanText } from "../better-model.js";
import { print, printJson } from "../print.js";

const run = promisify(execFile);
const GIB = 1024 ** 3;
const MIN_FREE_GIB = 1;

interface Check {
  readonly name: string;
  /** Returns what was found; throws with what is wrong. */
  readonly run: () => Promise<string>;
  readonly fix: string;
}

const CHECKS: readonly Check[] = [
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
];

export function addDoctor(program: Command): void {
  program
    .command("doctor")
    .description("check nats-server, ffmpeg, GL, models and disk space, and print how to fix them")
    .option("--json", "print JSON (docs/json.md)")
    .action(doctor);
}

/** What a check has found, or what is wrong and how to fix it. */
interface Finding {
  readonly name: string;
  readonly ok: boolean;
  readonly found: string;
  readonly fix: string | null;
}

async function doctor({ json }: { readonly json?: boolean }): Promise<void> {
  const findings: Finding[] = [];
  for (const check of CHECKS) {
    const finding = await findingOf(check);
    findings.push(finding);
    if (!json) print(findingText(finding));
  }
  if (json) printJson(findings);
  const failed = findings.filter(({ ok }) => !ok).length;
  if (failed === 0) return;
  throw new DepthmeshError("SERVICE_UNAVAILABLE", `${failed} of ${CHECKS.length} checks failed`);
}

async function findingOf({ name, run, fix }: Check): Promise<Finding> {
  try {
    return { name, ok: true, found: await run(), fix: null };
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return { name, ok: false, found, fix };
  }
}

function findingText({ name, ok, found, fix }: Finding): string {
  const label = name.padEnd(12);
  if (ok) return `ok       ${label} ${found}`;
  return `missing  ${label} ${found}\n         ${" ".repeat(12)} to fix: ${fix}`;
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

/**
 * Probes GL in a separate process with its own display: `gl` loads in one thread of a process only.
 */
async function checkGl(): Promise<string> {
  const probe = packagePath("dist", "services", "render", "probe.js");
  const { stdout } = await run(process.execPath, [probe], { timeout: 60_000 });
  return (JSON.parse(stdout) as { summary: string }).summary;
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

async function checkDisk(): Promise<string> {
  const { bavail, bsize } = await statfs(".");
  const freeGib = (bavail * bsize) / GIB;
  if (freeGib < MIN_FREE_GIB) {
    throw new Error(`${freeGib.toFixed(1)} GiB free, ${MIN_FREE_GIB} GiB needed`);
  }
  return `${freeGib.toFixed(1)} GiB free`;
}
