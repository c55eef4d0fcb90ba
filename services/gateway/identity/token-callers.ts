/** Who calls with a JSON Web Token. */
import { createHash } from "node:crypto";
import { errors, type JWTPayload, jwtVerify } from "jose";
import { cutText } from "../../../core/error-text.js";
import { DepthmeshError } from "../../../core/errors.js";
import { printable } from "../../../core/printable.js";
import { type Identity, isTenantName, type Role } from "../../../kit/rpc/identity.js";
import type { JwksSource } from "./jwks-source.js";
import { KEY_ROLES } from "./key-record.js";
import { credentialsExpired, credentialsInvalid } from "./refusals.js";

/** A longer token is refused before anything of it is read. */
export const MAX_TOKEN_BYTES = 8 * 1024;

export interface TokenRules {
  readonly issuer: string;
  /** A token is for one of these. */
  readonly audiences: readonly string[];
  readonly algorithms: readonly string[];
  /** How far the clocks of issuer and gateway may differ. */
  readonly toleranceSeconds: number;
  /** Names of claims, or paths of them with dots. */
  readonly tenantClaim: string;
  readonly rolesClaim: string;
}

/** A token that was verified; its next calls cost no verification. */
interface VerifiedToken {
  readonly identity: Identity;
  readonly expiresAtMs: number;
}

const MAX_REMEMBERED = 10_000;
const MAX_SUBJECT_BYTES = 64;

export class TokenCallers {
  readonly #rules: TokenRules;
  readonly #source: JwksSource;
  /** By the hash of the token, the oldest first. */
  readonly #verified = new Map<string, VerifiedToken>();
  #generation = 0;

  constructor(rules: TokenRules, source: JwksSource) {
    this.#rules = rules;
    this.#source = source;
  }

  /**
   * Throws CREDENTIALS_INVALID, CREDENTIALS_EXPIRED, or SERVICE_UNAVAILABLE while the issuer's keys
   * were never read.
   */
  async identify(token: string): Promise<Identity> {
    if (Buffer.byteLength(token) > MAX_TOKEN_BYTES) throw credentialsInvalid();
    this.#source.refresh();
    if (this.#generation !== this.#source.generation) this.#verified.clear();
    this.#generation = this.#source.generation;
    const hash = createHash("sha256").update(token).digest("base64");
    const known = this.#verified.get(hash);
    if (known) {
      if (known.expiresAtMs > Date.now()) return known.identity;
      this.#verified.delete(hash);
    }
    const verified = await this.#verify(token);
    // Another reading of the keys may have made it void meanwhile.
    if (this.#generation === this.#source.generation) this.#remember(hash, verified);
    return verified.identity;
  }

  async #verify(token: string): Promise<VerifiedToken> {
    const { issuer, audiences, algorithms, toleranceSeconds } = this.#rules;
    try {
      const { payload } = await jwtVerify(token, this.#source.key, {
        ...{ issuer, audience: [...audiences], algorithms: [...algorithms] },
        ...{ clockTolerance: toleranceSeconds, requiredClaims: ["exp"] },
      });
      const expiresAtMs = ((payload.exp ?? 0) + toleranceSeconds) * 1000;
      return { identity: this.#identityIn(payload), expiresAtMs };
    } catch (error) {
      throw refusalOf(error);
    }
  }

  #identityIn(payload: JWTPayload): Identity {
    const { tenantClaim, rolesClaim } = this.#rules;
    const tenant = claimAt(payload, tenantClaim);
    if (typeof tenant !== "string" || !isTenantName(tenant)) throw wrongClaim(tenantClaim);
    const words = wordsIn(claimAt(payload, rolesClaim));
    const roles = new Set<Role>(KEY_ROLES.filter((role) => words.includes(role)));
    return {
      tenant,
      roles,
      caller: `subject ${printable(cutText(payload.sub ?? "", MAX_SUBJECT_BYTES))}`,
    };
  }

  #remember(hash: string, verified: VerifiedToken): void {
    const [oldest] = this.#verified.keys();
    if (oldest !== undefined && this.#verified.size >= MAX_REMEMBERED) {
      this.#verified.delete(oldest);
    }
    this.#verified.set(hash, verified);
  }
}

/** The claim of exactly this name, or the one that a path such as `realm_access.roles` leads to. */
function claimAt(payload: JWTPayload, name: string): unknown {
  if (Object.hasOwn(payload, name)) return payload[name];
  let found: unknown = payload;
  for (const part of name.split(".")) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, part)) {
      return undefined;
    }
    found = Reflect.get(found, part);
  }
  return found;
}

/** Of a list of texts, or of one text with spaces as in the claim `scope`. */
function wordsIn(claim: unknown): readonly unknown[] {
  if (typeof claim === "string") return claim.split(" ");
  return Array.isArray(claim) ? claim : [];
}

/** The token is genuine, so its owner may know what is wrong with it. */
function wrongClaim(claim: string): DepthmeshError {
  return new DepthmeshError("CREDENTIALS_INVALID", `the token's claim ${claim} is not accepted`, {
    metadata: { claim },
  });
}

/** jose looks at claims only after it has verified the signature. */
function refusalOf(error: unknown): DepthmeshError {
  if (error instanceof DepthmeshError) return error;
  if (error instanceof errors.JWTExpired) {
    return credentialsExpired((error.payload.exp ?? 0) * 1000);
  }
  if (error instanceof errors.JWTClaimValidationFailed) return wrongClaim(error.claim);
  if (error instanceof errors.JOSEError) return credentialsInvalid(error.code);
  // What jose throws of a token that is no token, such as a JSON text that is none.
  return credentialsInvalid();
}
