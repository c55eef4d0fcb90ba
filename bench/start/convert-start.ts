/** How long `depthmesh convert` takes where no mesh runs, and what it costs. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { childEnvironment } from "../../kit/config.js";
import { packagePath } from "../../kit/process/package-path.js";
import type { Photo } from "../../testing/photos.js";
import { processTimes } from "../../testing/process-facts.js";

/** The video of one second at 320×180 costs next to nothing, so that the start is what is seen. */
const CLIP = ["--duration", "1", "--fps", "12", "--width", "320", "--height", "180"];
/** What the command prints when its mesh has accepted the job. */
const ACCEPTED = /^job /;

export interface ConvertCost {
  /**
   * From the start of the command until its mesh has accepted the job, that is: until the gateway
   * has answered CreateJob and the job is durable. The workers may still be starting.
   */
  readonly acceptedSeconds: number;
  /** Until the command has ended, and its mesh with it. */
  readonly totalSeconds: number;
  /** Processor time of the command and of its mesh, from start to end. */
  readonly cpuSeconds: number;
}

/**
 * Uses a data folder of its own, in `folder`, so that no result comes from an earlier run. What
 * workers remember of the machine is in `cache`.
 */
export async function convertCost(
  folder: string,
  cache: string,
  photo: Photo,
): Promise<ConvertCost> {
  const data = await mkdtemp(join(folder, "convert-"));
  const before = await processTimes(process.pid);
  const startedAtMs = performance.now();
  const seconds = () => (performance.now() - startedAtMs) / 1000;
  const command = [packagePath("bin", "depthmesh"), "convert", photo.path];
  const output = ["-o", join(data, "video.mp4"), "--data", join(data, "data")];
  const child = spawn(process.execPath, [...command, ...output, ...CLIP], {
    stdio: ["ignore", "ignore", "pipe"],
    env: childEnvironment({ XDG_CACHE_HOME: cache }),
  });
  const exited = once(child, "exit");
  let acceptedSeconds: number | undefined;
  let said = "";
  for await (const line of createInterface({ input: child.stderr })) {
    said += `${line}\n`;
    if (ACCEPTED.test(line)) acceptedSeconds ??= seconds();
  }
  const [status] = await exited;
  const totalSeconds = seconds();
  if (status !== 0 || acceptedSeconds === undefined) {
    throw new Error(`convert ended with status ${status}:\n${said}`);
  }
  const after = await processTimes(process.pid);
  await rm(data, { recursive: true, force: true });
  const cpuSeconds = after.childrenSeconds - before.childrenSeconds;
  return { acceptedSeconds, totalSeconds, cpuSeconds };
}
