/** The photo that the user named. */
import { access, constants, stat } from "node:fs/promises";
import { DepthmeshError } from "../kit/errors.js";

/** Throws with the path: it is the user's own, and stays on this machine. */
export async function assertReadable(path: string): Promise<void> {
  const facts = await stat(path).catch(() => undefined);
  if (!facts?.isFile()) {
    throw new DepthmeshError("IMAGE_UNSUPPORTED_FORMAT", `${path} is no file`);
  }
  await access(path, constants.R_OK).catch(() => {
    throw new DepthmeshError("IMAGE_UNSUPPORTED_FORMAT", `${path} cannot be read`);
  });
}
