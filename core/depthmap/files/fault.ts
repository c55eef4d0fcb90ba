/** How a caller's depth map fails, as errors to throw. */
import { DepthmeshError, type Reason } from "../../errors.js";

/** `fault` ends the sentence "the depth map". */
export function mapFault(
  reason: Reason,
  fault: string,
  metadata: Readonly<Record<string, string>> = {},
): DepthmeshError {
  return new DepthmeshError(reason, `the depth map ${fault}`, {
    metadata: { field: "depth.map", ...metadata },
  });
}

export function mapTruncated(actualBytes: number, expectedBytes: number): DepthmeshError {
  return mapFault(
    "IMAGE_TRUNCATED",
    `ends after ${actualBytes} bytes, at least ${expectedBytes} are needed`,
    { actual_bytes: String(actualBytes), expected_bytes: String(expectedBytes) },
  );
}

export function mapCorrupt(fault: string): DepthmeshError {
  return mapFault("IMAGE_CORRUPT", `is corrupt: ${fault}`);
}
