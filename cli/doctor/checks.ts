/** What a mesh needs from the machine, each as one look that throws when it is not there. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFile, statfs } from "node:fs/promises";
import { promisify } from "node:util";
import { packagePath } from "../../kit/paths.js";

const run = promisify(execFile);
const GIB = 1024 ** 3;
const MIN_FREE_GIB = 1;

export interface Check {
  readonly name: string;
  /** Facts when all is well; throws with what is wrong. */
  readonly look: () => Promise<string>;
  readonly mend: string;
}

export const CHECKS: readonly Check[] = [
  {
    name: "node",
    look: async () => process.version,
    mend: "install Node 20.20 or newer",
  },
  {
    name: "nats-server",
    look: async () => (await run("nats-server", ["--version"])).stdout.trim(),
    mend: "apt-get install nats-server",
  },
  { name: "ffmpeg", look: lookAtFfmpeg, mend: "apt-get install ffmpeg" },
  {
    name: "guard",
    look: async () => {
      await run("setpriv", ["--version"]);
      await run("prlimit", ["--version"]);
      return "setpriv and prlimit";
    },
    mend: "apt-get install util-linux",
  },
  {
    name: "GL",
    look: lookAtGl,
    mend: "apt-get install xvfb libgl1-mesa-dri libglx-mesa0 mesa-utils, then npm run setup",
  },
  { name: "models", look: lookAtModels, mend: "restore models/ from the repository" },
  { name: "disk", look: lookAtDisk, mend: "free some space, or name another folder with --data" },
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

async function lookAtModels(): Promise<string> {
  const folder = packagePath("models");
  const manifest = JSON.parse(await readFile(`${folder}/manifest.json`, "utf8")) as {
    models: { name: string; file: string; sha256: string }[];
  };
  for (const { name, file, sha256 } of manifest.models) {
    const actual = createHash("sha256")
      .update(await readFile(`${folder}/${file}`))
      .digest("hex");
    if (actual !== sha256) throw new Error(`${name}: ${file} differs from the manifest`);
  }
  return manifest.models.map((model) => model.name).join(" ");
}

async function lookAtDisk(): Promise<string> {
  const { bavail, bsize } = await statfs(".");
  const freeGib = (bavail * bsize) / GIB;
  if (freeGib < MIN_FREE_GIB)
    throw new Error(`${freeGib.toFixed(1)} GiB free, ${MIN_FREE_GIB} needed`);
  return `${freeGib.toFixed(1)} GiB free`;
}
