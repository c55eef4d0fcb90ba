/** What every call of the gateway passes before its handler. */
import type { Metadata } from "@grpc/grpc-js";
import { DepthmeshError } from "../../../core/errors.js";
import { looksLikeApiKey } from "../../../kit/rpc/api-key.js";
import type { CallGuard, Peer } from "../../../kit/rpc/call-guard.js";
import { type Identity, TRUSTED } from "../../../kit/rpc/identity.js";
import type { ApiKeyCallers } from "./api-key-callers.js";
import { credentialIn } from "./credentials.js";
import type { FailureBrake } from "./failure-brake.js";
import { credentialsInvalid, credentialsMissing } from "./refusals.js";
import { assertRole } from "./roles.js";
import type { TokenCallers } from "./token-callers.js";

/** The guard of a gateway that asks nobody for credentials. */
export const OPEN_GUARD: CallGuard = {
  authenticate: () => TRUSTED,
  authorize: assertRole,
};

/** The ways to show who one is. */
export interface WaysIn {
  readonly keys: Pick<ApiKeyCallers, "identify">;
  /** Undefined where no issuer of tokens is configured. */
  readonly tokens: Pick<TokenCallers, "identify"> | undefined;
  /** Who has this TLS certificate; undefined if it names nobody that the mesh knows. */
  readonly certificates?: (certificate: NonNullable<Peer["certificate"]>) => Identity | undefined;
  readonly brake: FailureBrake;
}

/** The guard of a gateway whose callers show who they are. */
export function closedGuard(ways: WaysIn): CallGuard {
  return {
    authenticate: (metadata, peer) => authenticated(ways, metadata, peer),
    authorize: assertRole,
  };
}

async function authenticated(ways: WaysIn, metadata: Metadata, peer: Peer): Promise<Identity> {
  try {
    return await identified(ways, metadata, peer);
  } catch (error) {
    if (isRefusal(error)) await ways.brake.refused(peer.address);
    throw error;
  }
}

/**
 * What the call itself shows comes before the certificate of its connection, which others share.
 */
async function identified(
  { keys, tokens, certificates, brake }: WaysIn,
  metadata: Metadata,
  { address, certificate }: Peer,
): Promise<Identity> {
  const credential = credentialIn(metadata);
  if (credential !== undefined) {
    if (looksLikeApiKey(credential)) {
      return keys.identify(credential, !(await brake.isBraked(address)));
    }
    if (!tokens) throw credentialsInvalid();
    return tokens.identify(credential);
  }
  if (!certificate) throw credentialsMissing();
  const owner = certificates?.(certificate);
  if (!owner) throw credentialsInvalid();
  return owner;
}

/** Missing credentials cost nothing and tell nothing. */
function isRefusal(error: unknown): boolean {
  return (
    error instanceof DepthmeshError &&
    (error.reason === "CREDENTIALS_INVALID" || error.reason === "CREDENTIALS_EXPIRED")
  );
}
