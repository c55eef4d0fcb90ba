/** The messages of a WriteUpload call. */
import { crc32c } from "@node-rs/crc32";
import type { WriteUploadRequest } from "../../proto/gen/depthmesh/v1/upload_service.js";

export const header = (name: string, offset: number): WriteUploadRequest => ({
  kind: { $case: "header", value: { name, offset } },
});

/** With the right CRC-32C, or with another one. */
export const data = (bytes: Uint8Array, crc = crc32c(bytes)): WriteUploadRequest => ({
  kind: { $case: "data", value: { data: bytes, crc32c: crc } },
});

/** The SHA-256 of all bytes in hexadecimal digits, or nothing to compare. */
export const finish = (sha256 = ""): WriteUploadRequest => ({
  kind: { $case: "finish", value: { sha256 } },
});
