/** Finds and starts a video player that reads from its standard input. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import type { Writable } from "node:stream";
import { DepthmeshError } from "../core/errors.js";
import { environmentVariable } from "../kit/config.js";

/** In order of preference. */
const PLAYERS: readonly (readonly [name: string, ...options: string[]])[] = [
  ["mpv", "--really-quiet", "-"],
  ["ffplay", "-v", "error", "-autoexit", "-i", "-"],
];

export interface Player {
  readonly input: Writable;
  /** Closes the input; resolves when the player has shown everything and exited. */
  finish(): Promise<void>;
  stop(): void;
}

/** The command line of an installed player. Throws PARAMETER_CONFLICT when none is installed. */
export async function findPlayer(): Promise<readonly string[]> {
  const folders = (environmentVariable("PATH") ?? "").split(delimiter);
  for (const [name, ...options] of PLAYERS) {
    for (const folder of folders) {
      const path = join(folder, name);
      const runs = await access(path, constants.X_OK).then(
        () => true,
        () => false,
      );
      if (runs) return [path, ...options];
    }
  }
  const known = PLAYERS.map(([name]) => name).join(" ");
  throw new DepthmeshError("PARAMETER_CONFLICT", "--play needs a player, and none is installed", {
    metadata: { field: "play", known },
  });
}

export function startPlayer([command = "", ...options]: readonly string[]): Player {
  const child: ChildProcess & { readonly stdin: Writable } = spawn(command, options, {
    stdio: ["pipe", "ignore", "inherit"],
  });
  const exited = once(child, "exit");
  exited.catch(() => {});
  return {
    input: child.stdin,
    async finish() {
      child.stdin.end();
      await exited;
    },
    stop: () => void child.kill(),
  };
}
