/** The SHA-256 that a caller says its file has, in the header that RFC 9530 defines. */
import { DepthmeshError } from "../../../core/errors.js";

/** One digest, as a dictionary of structured fields holds it. */
const SHA256 = /(?:^|,)\s*sha-256\s*=\s*:([A-Za-z0-9+/]{43}=):/i;

/**
 * 64 hexadecimal digits out of `Repr-Digest: sha-256=:…:`; empty where the header names no SHA-256.
 * Throws PARAMETER_OUT_OF_RANGE for one that cannot be read.
 */
export function sha256Of(header: string | readonly string[] | undefined): string {
  const text = typeof header === "string" ? header : (header ?? []).join(",");
  const digest = SHA256.exec(text)?.[1];
  if (digest !== undefined) return Buffer.from(digest, "base64").toString("hex");
  if (!/sha-256/i.test(text)) return "";
  const message = "repr-digest must be sha-256=:BASE64:, with the 32 bytes of the hash in base 64";
  throw new DepthmeshError("PARAMETER_OUT_OF_RANGE", message, {
    metadata: { field: "repr-digest" },
  });
}
