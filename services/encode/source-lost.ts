import { DepthmeshError } from "../../core/errors.js";

/** The error of a renderer that is gone; `cause` tells how that showed. */
export function sourceLost(cause: unknown): DepthmeshError {
  return new DepthmeshError("FRAME_SOURCE_LOST", "the renderer of these frames is gone", { cause });
}
