/** Settings of who may call: whether the gateway asks, operators' first keys, and tokens. */
import { choice, integer, text } from "../../../kit/config.js";

/**
 * Algorithms that a token may be signed with, each with a public key: one that a public key cannot
 * be mistaken for the secret of.
 */
export const TOKEN_ALGORITHMS = [
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
] as const;

export const IDENTITY_SETTINGS = {
  identity: choice(
    "DEPTHMESH_IDENTITY",
    "auto",
    ["auto", "on", "off"],
    "whether callers must show who they are: auto asks nobody on a loopback address, and on another one refuses to start; off there lets everybody who reaches the port do everything",
  ),
  operatorKeyHashes: text(
    "DEPTHMESH_OPERATOR_KEY_SHA256",
    "",
    "SHA-256 in hex of an operator's first key, as `depthmesh keys create --offline` prints it; several are separated by commas",
  ),
  jwtKeys: text(
    "DEPTHMESH_JWT_JWKS",
    "",
    "public keys of the issuer of tokens: a file with a JSON Web Key Set, or its https address; unset accepts no tokens",
  ),
  jwtIssuer: text("DEPTHMESH_JWT_ISSUER", "", "claim `iss` that a token must have"),
  jwtAudiences: text(
    "DEPTHMESH_JWT_AUDIENCE",
    "",
    "claim `aud` that a token must have; of several, separated by commas, one is enough",
  ),
  jwtAlgorithms: text(
    "DEPTHMESH_JWT_ALGORITHMS",
    "RS256,PS256,ES256,EdDSA",
    `algorithms that a token may be signed with, separated by commas: ${TOKEN_ALGORITHMS.join(", ")}`,
  ),
  jwtTenantClaim: text(
    "DEPTHMESH_JWT_TENANT_CLAIM",
    "tenant",
    "claim of a token that names its tenant; dots lead into objects",
  ),
  jwtRolesClaim: text(
    "DEPTHMESH_JWT_ROLES_CLAIM",
    "roles",
    "claim of a token with its roles, `user` or `operator`: a list, or one text with spaces; dots lead into objects",
  ),
  jwtToleranceSeconds: integer(
    "DEPTHMESH_JWT_TOLERANCE_SECONDS",
    30,
    [0, 300],
    "seconds that the clocks of a token's issuer and the gateway may differ",
  ),
};
