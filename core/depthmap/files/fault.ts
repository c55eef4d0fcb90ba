/** How a caller's depth map fails, as errors to throw. */
import { InputError, type InputReason } from "../../input-error.js";

/** `fault` ends the sentence "the depth map". */
export function mapFault(
  reason: InputReason,
  fault: string,
  metadata: Readonly<Record<string, string>> = {},
): InputError {
  return new InputError(reason, `the depth map ${fault}`, { field: "depth.map", ...metadata });
}

export function mapTruncated(actualBytes: number, expectedBytes: number): InputError {
  return mapFault(
    "IMAGE_TRUNCATED",
    `ends after ${actualBytes} bytes, at least ${expectedBytes} are needed`,
    { actual_bytes: String(actualBytes), expected_bytes: String(expectedBytes) },
  );
}

export function mapCorrupt(fault: string): InputError {
  return mapFault("IMAGE_CORRUPT", `is corrupt: ${fault}`);
}
