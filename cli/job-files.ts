/** The files that a job is made of. */
import { fileChunks } from "../kit/chunks.js";
import { assertReadable } from "./photo-file.js";

/** As paths, or as their bytes. */
export interface JobFiles<T> {
  readonly photo: T;
  /** The spec announces it. */
  readonly depthMap?: T | undefined;
  readonly sound?: T | undefined;
}

/** Throws with the path of the first file that cannot be read. */
export async function assertFilesReadable({
  photo,
  depthMap,
  sound,
}: JobFiles<string>): Promise<void> {
  await assertReadable(photo);
  if (depthMap !== undefined) await assertReadable(depthMap);
  if (sound !== undefined) await assertReadable(sound, "SOUND_UNSUPPORTED_FORMAT");
}

/** Each file is opened when its first byte is asked for. */
export function readFiles({
  photo,
  depthMap,
  sound,
}: JobFiles<string>): JobFiles<AsyncIterable<Uint8Array>> {
  return {
    photo: fileChunks(photo),
    depthMap: depthMap === undefined ? undefined : fileChunks(depthMap),
    sound: sound === undefined ? undefined : fileChunks(sound),
  };
}
