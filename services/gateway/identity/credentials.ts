/** The credentials that a call shows in its metadata. */
import type { Metadata } from "@grpc/grpc-js";
import { credentialsInvalid } from "./refusals.js";

const BEARER = /^bearer +([!-~]+)$/i;
const PRINTABLE = /^[!-~]+$/;

/**
 * The API key or the token of a call: of `authorization: Bearer …`, or of `x-api-key`. Undefined if
 * the call has neither. Throws CREDENTIALS_INVALID for another scheme, and for several at once:
 * which of them would count?
 */
export function credentialIn(metadata: Metadata): string | undefined {
  const authorization = metadata.get("authorization").map((value) => BEARER.exec(String(value)));
  const apiKey = metadata.get("x-api-key").map((value) => PRINTABLE.exec(String(value)));
  const shown = [...authorization.map((match) => match?.[1]), ...apiKey.map((match) => match?.[0])];
  if (shown.length === 0) return undefined;
  const [credential] = shown;
  if (shown.length > 1 || credential === undefined) throw credentialsInvalid();
  return credential;
}
