/** The three ways in which the structure of an upload fails, as errors to throw. */
import { DepthmeshError } from "../errors.js";
import { FORMAT_TITLES, type PhotoFormat } from "./format.js";

/**
 * The file stops before it is complete. `expectedBytes` is the least length that the structure read
 * so far calls for; the whole file may need more.
 */
export function truncated(
  format: PhotoFormat,
  actualBytes: number,
  expectedBytes: number,
): DepthmeshError {
  return new DepthmeshError(
    "IMAGE_TRUNCATED",
    `the ${FORMAT_TITLES[format]} ends after ${actualBytes} bytes, at least ${expectedBytes} are needed`,
    {
      metadata: {
        format,
        actual_bytes: String(actualBytes),
        expected_bytes: String(expectedBytes),
      },
    },
  );
}

/** The structure contradicts itself or its standard. `fault` ends the sentence "the JPEG is corrupt:". */
export function corrupt(format: PhotoFormat, fault: string): DepthmeshError {
  return new DepthmeshError("IMAGE_CORRUPT", `the ${FORMAT_TITLES[format]} is corrupt: ${fault}`, {
    metadata: {
      format,
    },
  });
}

/** The upload is something that depth workers cannot decode. `found` names it, article included. */
export function unsupported(
  found: string,
  metadata: Readonly<Record<string, string>> = {},
): DepthmeshError {
  const accepted = Object.values(FORMAT_TITLES).join(", ");
  return new DepthmeshError(
    "IMAGE_UNSUPPORTED_FORMAT",
    `the upload is ${found}; accepted are ${accepted}`,
    { metadata: { ...metadata, found, accepted: Object.keys(FORMAT_TITLES).join(",") } },
  );
}
