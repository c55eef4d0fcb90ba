/** Reads and writes the hashes in tests/golden/frames.json, and draws the frames anew. */
import { readFileSync, writeFileSync } from "node:fs";
import { packagePath } from "../../kit/process/package-path.js";
import { openRenderer } from "../../testing/render/open-renderer.js";
import { FRAME, goldenFrames } from "./cases.js";
import { frameHash } from "./hash.js";

/** Hashes by the name of the frame. */
export type GoldenHashes = Readonly<Record<string, string>>;

const FILE = packagePath("tests", "golden", "frames.json");

export function storedHashes(): GoldenHashes {
  return JSON.parse(readFileSync(FILE, "utf8")) as GoldenHashes;
}

export function storeHashes(hashes: GoldenHashes): void {
  writeFileSync(FILE, `${JSON.stringify(hashes, null, 2)}\n`);
}

/** The hashes of all golden frames as they are drawn now. */
export async function drawnHashes(): Promise<GoldenHashes> {
  const { renderer, close } = await openRenderer();
  const hashes: Record<string, string> = {};
  for await (const { name, bytes } of goldenFrames(renderer)) {
    hashes[name] = frameHash(bytes, FRAME);
  }
  await close();
  return hashes;
}
