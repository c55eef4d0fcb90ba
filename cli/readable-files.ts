/** The files that the user named. */

import { access, constants, stat } from "node:fs/promises";
import type { JobFiles } from "../client/job-files.js";
import { DepthmeshError } from "../core/errors.js";

/** Throws with the path: it is the user's own, and stays on this machine. */
export async function assertReadable(
  path: string,
  reason: "IMAGE_UNSUPPORTED_FORMAT" | "SOUND_UNSUPPORTED_FORMAT" = "IMAGE_UNSUPPORTED_FORMAT",
): Promise<void> {
  const facts = await stat(path).catch(() => undefined);
  if (!facts?.isFile()) {
    throw new DepthmeshError(reason, `${path} is no file`);
  }
  await access(path, constants.R_OK).catch(() => {
    throw new DepthmeshError(reason, `${path} cannot be read`);
  });
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
