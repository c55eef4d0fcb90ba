/** Makes the guard of a gateway that asks who calls, from its settings. */
import type { ConfigOf } from "../../../kit/config.js";
import type { Log } from "../../../kit/log.js";
import { isLoopback } from "../../../kit/network/loopback.js";
import type { CallGuard } from "../../../kit/rpc/call-guard.js";
import { ApiKeyCallers } from "./api-key-callers.js";
import { FailureBrake } from "./failure-brake.js";
import { closedGuard, type WaysIn } from "./guard.js";
import { JwksSource } from "./jwks-source.js";
import type { Keys } from "./keys.js";
import { type IDENTITY_SETTINGS, TOKEN_ALGORITHMS } from "./settings.js";
import { TokenCallers, type TokenRules } from "./token-callers.js";

export type IdentityConfig = ConfigOf<typeof IDENTITY_SETTINGS>;

/** Throws where a setting is wrong. */
export async function openGuard(
  config: IdentityConfig,
  keys: Keys,
  log: Log,
  certificates?: WaysIn["certificates"],
): Promise<CallGuard> {
  const operatorHashes = operatorHashesIn(config.operatorKeyHashes);
  const tokens = await openTokens(config, log);
  if (operatorHashes.length === 0 && !tokens && !hasOperator(keys)) {
    log.warn(
      "no operator has a key: make one with `depthmesh keys create --offline --role operator`, and start the gateway with its hash in DEPTHMESH_OPERATOR_KEY_SHA256",
    );
  }
  const callers = new ApiKeyCallers({ ...keys, operatorHashes });
  return closedGuard({
    ...{ keys: callers, tokens, brake: new FailureBrake(log) },
    ...(certificates && { certificates }),
  });
}

/** The error never quotes the setting: somebody may have put the key itself there. */
export function operatorHashesIn(setting: string): string[] {
  const hashes = listIn(setting).map((hash) => hash.toLowerCase());
  if (hashes.every((hash) => /^[0-9a-f]{64}$/.test(hash))) return hashes;
  throw new Error(
    "DEPTHMESH_OPERATOR_KEY_SHA256 must be the SHA-256 of a key, 64 hexadecimal digits, and not the key itself: `depthmesh keys create --offline` prints both",
  );
}

async function openTokens(config: IdentityConfig, log: Log): Promise<TokenCallers | undefined> {
  if (config.jwtKeys === "") return undefined;
  const rules = tokenRulesIn(config);
  const source = new JwksSource(config.jwtKeys, log);
  await source.open();
  return new TokenCallers(rules, source);
}

/** Throws where a setting is missing without which any token of the issuer would be accepted. */
export function tokenRulesIn(config: IdentityConfig): TokenRules {
  const { jwtKeys, jwtIssuer: issuer } = config;
  const audiences = listIn(config.jwtAudiences);
  if (issuer === "" || audiences.length === 0) {
    throw new Error(
      "DEPTHMESH_JWT_JWKS needs DEPTHMESH_JWT_ISSUER and DEPTHMESH_JWT_AUDIENCE too: without them, a token that was made for another service would be accepted",
    );
  }
  if (/^http:/.test(jwtKeys) && !isLoopback(new URL(jwtKeys).hostname)) {
    throw new Error(
      `DEPTHMESH_JWT_JWKS is ${jwtKeys}: it must begin with https://, because whoever changes the keys on their way lets anybody in`,
    );
  }
  const algorithms = listIn(config.jwtAlgorithms);
  const unknown = algorithms.find((name) => !TOKEN_ALGORITHMS.some((known) => known === name));
  if (unknown !== undefined || algorithms.length === 0) {
    throw new Error(
      `DEPTHMESH_JWT_ALGORITHMS is "${config.jwtAlgorithms}"; it must be a list of: ${TOKEN_ALGORITHMS.join(", ")}`,
    );
  }
  return {
    ...{ issuer, audiences, algorithms, toleranceSeconds: config.jwtToleranceSeconds },
    ...{ tenantClaim: config.jwtTenantClaim, rolesClaim: config.jwtRolesClaim },
  };
}

function listIn(setting: string): string[] {
  return setting
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

function hasOperator({ ring }: Keys): boolean {
  return [...ring.all.values()].some(
    ({ record }) => record.revokedAtMs === undefined && record.roles.includes("operator"),
  );
}
