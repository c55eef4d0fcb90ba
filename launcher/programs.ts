/** The programs of the system that a mesh runs, and where to get them. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { DepthmeshError } from "../core/errors.js";
import { environmentVariable } from "../kit/config.js";

/** Debian's package of each program. */
const PACKAGES = {
  "nats-server": "nats-server",
  setpriv: "util-linux",
  prlimit: "util-linux",
  flock: "util-linux",
  ffmpeg: "ffmpeg",
  ffprobe: "ffmpeg",
  Xvfb: "xvfb",
} as const;

export type Program = keyof typeof PACKAGES;

/** Throws SERVICE_UNAVAILABLE with every program that is missing and how to install it. */
export function requirePrograms(programs: readonly Program[]): void {
  const missing = programs.filter((program) => !isInstalled(program));
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((program) => PACKAGES[program]))].join(" ");
  throw new DepthmeshError(
    "SERVICE_UNAVAILABLE",
    `not installed or not in PATH: ${missing.join(", ")}; on Debian: apt-get install ${packages}; \`depthmesh doctor\` checks everything`,
  );
}

function isInstalled(program: string): boolean {
  const folders = (environmentVariable("PATH") ?? "").split(delimiter);
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

interface ProgramUse {
  readonly render: number;
  readonly encode: number;
  readonly environment?: Readonly<Record<string, string>>;
}

/** The programs that the mesh looks up in PATH. */
export function programsOf(use: ProgramUse): Program[] {
  return ["nats-server", ...workerProgramsOf(use)];
}

/** Those of workers whose NATS is elsewhere. */
export function workerProgramsOf({ render, encode, environment = {} }: ProgramUse): Program[] {
  const given = (name: string) => environment[name] ?? environmentVariable(name);
  return [
    ...(["setpriv", "prlimit", "flock"] as const),
    ...(render > 0 && !given("DISPLAY") ? (["Xvfb"] as const) : []),
    ...(encode > 0 && !given("DEPTHMESH_FFMPEG") ? (["ffmpeg"] as const) : []),
    ...(encode > 0 && !given("DEPTHMESH_FFPROBE") ? (["ffprobe"] as const) : []),
  ];
}
