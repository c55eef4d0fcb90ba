/**
 * Names of resources out of paths: what no name can be is refused before it reaches the gateway.
 */
import type { Reason } from "../../../core/error-reasons.js";
import { DepthmeshError } from "../../../core/errors.js";

/** One segment of letters, digits, dots, dashes and underscores, which begins with no dot. */
const SEGMENT = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

type Params = Readonly<Record<string, string>>;

/** `jobs/{job}` of a path. Throws JOB_NOT_FOUND. */
export function jobName(params: unknown): string {
  return `jobs/${segment(params, "job", "JOB_NOT_FOUND")}`;
}

/** `jobs/{job}/artifacts/{artifact}` of a path. Throws JOB_NOT_FOUND, ARTIFACT_NOT_FOUND. */
export function artifactName(params: unknown): string {
  return `${jobName(params)}/artifacts/${artifactFile(params)}`;
}

/** The last segment of an artifact's name. Throws ARTIFACT_NOT_FOUND. */
export function artifactFile(params: unknown): string {
  return segment(params, "artifact", "ARTIFACT_NOT_FOUND");
}

/** `uploads/{upload}` of a path. Throws UPLOAD_NOT_FOUND. */
export function uploadName(params: unknown): string {
  return `uploads/${segment(params, "upload", "UPLOAD_NOT_FOUND")}`;
}

function segment(params: unknown, name: string, reason: Reason): string {
  const value = (params as Params)[name] ?? "";
  if (SEGMENT.test(value)) return value;
  throw new DepthmeshError(reason, `the path names no ${name}`);
}
