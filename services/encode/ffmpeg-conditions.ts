/**
 * What decides, on this machine, which encoders of ffmpeg work: the program, its limits, and the
 * devices and drivers that it finds.
 */
import {
  accessSync,
  closeSync,
  constants,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  realpathSync,
  statSync,
} from "node:fs";
import { arch, release } from "node:os";
import { delimiter, join } from "node:path";
import { environmentVariable } from "../../kit/config.js";
import { VERSION } from "../../kit/process/package-path.js";
import type { EncodeConfig } from "./config.js";

/** What the loader and the drivers read. */
const VARIABLES = [
  ...["LD_LIBRARY_PATH", "LD_PRELOAD", "CUDA_VISIBLE_DEVICES"],
  ...["LIBVA_DRIVER_NAME", "LIBVA_DRIVERS_PATH"],
];

export interface FfmpegConditions {
  /** Equal as long as the same encoders work. */
  readonly conditions: unknown;
  /** Whether there is no device that an encoder of hardware could use. */
  readonly hasNoHardware: boolean;
}

/**
 * Undefined where the program says nothing about what runs: a script can start another ffmpeg at
 * any time.
 */
export function ffmpegConditions(
  config: EncodeConfig,
  compiled: ReadonlySet<string>,
): FfmpegConditions | undefined {
  const program = programOf(config.ffmpeg);
  if (program === undefined) return undefined;
  const { encoderMemoryBytes, encoderFileBytes, encoderCpuSeconds } = config;
  const devices = [...namesIn("/dev", /^(nvidia|dxg)/), ...namesIn("/dev/dri", /./)];
  const conditions = {
    program,
    compiled: [...compiled].sort(),
    limits: { encoderMemoryBytes, encoderFileBytes, encoderCpuSeconds },
    devices,
    drivers: [release(), arch(), textOf("/sys/module/nvidia/version")],
    groups: process.getgroups?.() ?? [],
    variables: VARIABLES.map((name) => environmentVariable(name) ?? ""),
    version: VERSION,
  };
  return { conditions, hasNoHardware: devices.length === 0 };
}

interface ProgramFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

/** The file that `command` runs; undefined for none, and for a script. */
function programOf(command: string): ProgramFile | undefined {
  const folders = (environmentVariable("PATH") ?? "").split(delimiter);
  const candidates = command.includes("/") ? [command] : folders.map((one) => join(one, command));
  for (const candidate of candidates) {
    try {
      accessSync(candidate, constants.X_OK);
      const path = realpathSync(candidate);
      const { size: sizeBytes, mtimeMs: modifiedMs } = statSync(path);
      return isScript(path) ? undefined : { path, sizeBytes, modifiedMs };
    } catch {
      // Not there: the next folder of PATH may have it.
    }
  }
  return undefined;
}

function isScript(path: string): boolean {
  const file = openSync(path, "r");
  try {
    const start = Buffer.alloc(2);
    readSync(file, start, 0, 2, 0);
    return start.toString() === "#!";
  } finally {
    closeSync(file);
  }
}

function namesIn(folder: string, pattern: RegExp): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => pattern.test(name))
      .sort();
  } catch {
    return [];
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return "";
  }
}
