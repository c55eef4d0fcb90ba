/**
 * The folder of an embedded catalogue: one process has it at a time, and one that cannot be opened
 * is set aside.
 */
import { existsSync } from "node:fs";
import { link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { isAlive, processStat } from "../../../kit/process/process-stat.js";
import { unpackTemplate } from "./embedded-template.js";

/** Gateways that share a folder of blobs have a catalogue each. */
const MAX_GATEWAYS = 64;
const DATA = "data";
const OWNER = "owner";

interface Owner {
  readonly pid: number;
  /** Tells the process from a later one with the same id. */
  readonly startTicks: number;
}

export class EmbeddedFolder {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Where it lies unless a setting says otherwise. */
  static defaultPath({
    catalogueFolder,
    blobFolder,
  }: {
    readonly catalogueFolder: string;
    readonly blobFolder: string;
  }): string {
    return resolve(catalogueFolder || join(dirname(resolve(blobFolder)), "catalogue"));
  }

  /** The first of `path`, `path`-2 and so on that no other process has. */
  static async take(path: string): Promise<EmbeddedFolder> {
    for (let number = 1; number <= MAX_GATEWAYS; number++) {
      const candidate = number === 1 ? path : `${path}-${number}`;
      await mkdir(candidate, { recursive: true, mode: 0o700 });
      if (await own(candidate)) return new EmbeddedFolder(candidate);
    }
    throw new Error(`${MAX_GATEWAYS} processes have a catalogue in ${path} already`);
  }

  /** Whether this process would find a database that it has made before. */
  static holdsData(path: string): boolean {
    return existsSync(join(path, DATA));
  }

  /** The folder of the database, made from the template if there is none. */
  async data(): Promise<string> {
    const data = join(this.path, DATA);
    if (!existsSync(data)) await unpackTemplate(data);
    return data;
  }

  /** Keeps the database that cannot be used for who wants to look at it: the latest one. */
  async setAside(): Promise<string> {
    const aside = join(this.path, "damaged");
    await rm(aside, { recursive: true, force: true });
    await rename(join(this.path, DATA), aside);
    return aside;
  }

  async release(): Promise<void> {
    await rm(join(this.path, OWNER), { force: true });
  }
}

/** The file that comes first counts; that of a process that has died is removed. */
async function own(folder: string): Promise<boolean> {
  const file = join(folder, OWNER);
  const mine = `${file}.${process.pid}`;
  const owner: Owner = {
    pid: process.pid,
    startTicks: processStat(process.pid)?.startTicks ?? 0,
  };
  await writeFile(mine, JSON.stringify(owner));
  try {
    for (let tries = 0; tries < 3; tries++) {
      try {
        // It has its content from the first moment.
        await link(mine, file);
        return true;
      } catch (error) {
        if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
      }
      if (await isOwned(file)) return false;
      await rm(file, { force: true });
    }
    return false;
  } finally {
    await rm(mine, { force: true });
  }
}

async function isOwned(file: string): Promise<boolean> {
  try {
    const { pid, startTicks } = JSON.parse(await readFile(file, "utf8")) as Owner;
    const stat = processStat(pid);
    return stat ? stat.startTicks === startTicks : isAlive(pid) && process.platform !== "linux";
  } catch {
    // It was removed, or its owner died while it wrote it.
    return false;
  }
}
