/**
 * Remembers which encoders work from one process to the next, in a file of the user's cache folder.
 * What is in the file decides no more than a trial would: nothing is believed from a folder that
 * others can write, nor from a file of another ffmpeg or another machine.
 */
import { createHash, randomBytes } from "node:crypto";
import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { folderFault, makeOwnFolder } from "../../kit/process/user-folders.js";
import type { EncoderRow } from "./encoders.js";
import { type ProbedEncoder, probeArguments } from "./probe.js";

/** A library that an encoder needs can change without a change of ffmpeg. */
const VALID_MS = 7 * 24 * 3600 * 1000;
/** Files of other ffmpegs and earlier versions that are kept. */
const KEPT_FILES = 8;

const FILE = z.object({
  foundAtMs: z.number(),
  /** By a hash of what the trial runs. */
  trials: z.record(
    z.string(),
    z.object({
      works: z.boolean(),
      failure: z.string().max(200),
      framesPerSecond: z.number().nonnegative(),
    }),
  ),
});

type Trials = z.infer<typeof FILE>["trials"];
type Found = Omit<ProbedEncoder, "encoder">;

export interface TrialMemoryOptions {
  readonly folder: string;
  /** Everything that decides the results, besides what is encoded. */
  readonly conditions: unknown;
  /** Whether it is known that no hardware can begin to work while `conditions` are the same. */
  readonly hasNoHardware: boolean;
}

export class TrialMemory {
  readonly #folder: string;
  readonly #file: string;
  readonly #hasNoHardware: boolean;
  #foundAtMs = Date.now();
  readonly #trials: Trials = {};
  #isForgotten = false;

  constructor({ folder, conditions, hasNoHardware }: TrialMemoryOptions) {
    this.#folder = folder;
    this.#hasNoHardware = hasNoHardware;
    this.#file = join(folder, `encoders-${hashOf(conditions)}.json`);
    const read = folderFault(folder) === undefined ? readFile(this.#file) : undefined;
    const ageMs = Date.now() - (read?.foundAtMs ?? 0);
    if (!read || ageMs < 0 || ageMs > VALID_MS) return;
    this.#foundAtMs = read.foundAtMs;
    this.#trials = read.trials;
  }

  recall(encoder: EncoderRow): Found | undefined {
    return this.#trials[keyOf(encoder)];
  }

  /**
   * Keeps what holds for longer than this process: a success, and the failure of a hardware encoder
   * where there is no hardware. Other failures may be over when the process starts again. Does
   * nothing where the folder cannot be written.
   */
  remember({ encoder, ...found }: ProbedEncoder): void {
    const lasts = found.works || (encoder.hardware !== undefined && this.#hasNoHardware);
    if (!lasts || this.#isForgotten || !makeOwnFolder(this.#folder)) return;
    this.#trials[keyOf(encoder)] = found;
    const partial = `${this.#file}.${randomBytes(6).toString("hex")}`;
    try {
      const content = { foundAtMs: this.#foundAtMs, trials: this.#trials };
      // Whoever reads sees the file of one writer, and never a part of it.
      writeFileSync(partial, JSON.stringify(content), { mode: 0o600, flag: "wx" });
      renameSync(partial, this.#file);
      removeOldest(this.#folder);
    } catch {
      rmSync(partial, { force: true });
    }
  }

  /** Removes the file: the next process tries everything anew. */
  forget(): void {
    this.#isForgotten = true;
    try {
      if (folderFault(this.#folder) === undefined) rmSync(this.#file, { force: true });
    } catch {
      // In a folder that cannot be written, there is nothing of this process.
    }
  }
}

function readFile(path: string): z.infer<typeof FILE> | undefined {
  try {
    return FILE.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return undefined;
  }
}

/** Also removes what a killed writer has left. */
function removeOldest(folder: string): void {
  const files = readdirSync(folder)
    .filter((name) => name.startsWith("encoders-"))
    .map((name) => join(folder, name))
    .map((path) => ({ path, modifiedMs: statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((a, b) => b.modifiedMs - a.modifiedMs);
  for (const { path } of files.slice(KEPT_FILES)) rmSync(path, { force: true });
}

function keyOf(encoder: EncoderRow): string {
  return `${encoder.name}-${hashOf(probeArguments(encoder))}`;
}

function hashOf(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 16);
}
