/** Which output is seen while it is made: the first MP4. */
import { join } from "node:path";
import type { LiveOutput, PlannedOutput } from "../encoder.js";
import type { SegmentStore } from "./segment-store.js";

export const FRAGMENTS_FILE = "fragments.mp4";

/** Begin its file of fragments in the folder; undefined where no output is an MP4. */
export async function openLive(
  segments: SegmentStore,
  outputs: readonly PlannedOutput[],
  folder: string,
): Promise<LiveOutput | undefined> {
  const planned = outputs.find(({ output }) => output.container === "mp4");
  if (!planned) return undefined;
  const file = join(folder, FRAGMENTS_FILE);
  return { planned, file, stream: await segments.openFile(file) };
}
