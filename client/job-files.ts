/** The files that a job is made of. */

import { fileChunks } from "../kit/rpc/chunks.js";

/** As paths, or as their bytes. */
export interface JobFiles<T> {
  readonly photo: T;
  /** The spec announces it. */
  readonly depthMap?: T | undefined;
  readonly sound?: T | undefined;
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
