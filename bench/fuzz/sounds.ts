/** Damaged sounds: the structure check, as the gateway makes it. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { inspectSound } from "../../core/sound/format.js";
import { mutated } from "../../testing/mutations.js";
import { mainThreadCpuMs } from "../../testing/thread-cpu.js";
import type { FuzzTarget } from "./fuzz.js";

const EXTENSIONS = ["wav", "mp3", "flac", "ogg", "m4a"];
const TONE = ["-f", "lavfi", "-i", "sine=frequency=440:duration=0.2"];

/** A short tone in each format, as ffmpeg writes it. */
async function soundFiles(): Promise<(readonly [name: string, bytes: Buffer])[]> {
  const folder = await mkdtemp(join(tmpdir(), "depthmesh-sounds-"));
  try {
    return await Promise.all(
      EXTENSIONS.map(async (extension) => {
        const path = join(folder, `tone.${extension}`);
        await promisify(execFile)("ffmpeg", ["-loglevel", "error", ...TONE, path]);
        return [extension, await readFile(path)] as const;
      }),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export async function openSounds(): Promise<FuzzTarget> {
  const files = await soundFiles();
  return {
    input(run, random) {
      const [name, whole] = files[run % files.length] ?? ["", Buffer.of()];
      const bytes = mutated(whole, random);
      const receive = () => {
        inspectSound(bytes);
      };
      return { name, receive };
    },
    isRefusal: (reason) => reason.startsWith("SOUND_"),
    limitMs: 50,
    nowMs: mainThreadCpuMs,
    close() {},
  };
}
