/**
 * Page tokens: the position after which a page begins, sealed together with the tenant and the
 * filter of the list, so that a token fits no other list and nobody can make one. All gateways of a
 * mesh share the key of the seal, and keep it over restarts.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { DepthmeshError } from "../../../core/errors.js";
import { compareAndSet, type KvCells } from "../../../kit/nats/kv.js";

/** The position, a hash of the filter, and the seal of both: 16 bytes in base64url. */
const TOKEN = /^([0-9a-z][0-9a-z._-]{0,191})~([0-9a-f]{12})~([A-Za-z0-9_-]{22})$/;
const SEAL_BYTES = 16;
const KEY_BYTES = 32;
const KEY_NAME = "page-token-key";
const KEY_TEXT = /^[0-9a-f]{64}$/;

/** The tokens of one tenant's lists. */
export interface TenantTokens {
  /** `position`: digits, lower-case letters, "._-". */
  seal(filter: string, position: string): string;
  /**
   * The position in a token. Throws PARAMETER_OUT_OF_RANGE for a text that no list of this tenant
   * has given, PARAMETER_CONFLICT for the token of a list with another filter.
   */
  open(filter: string, token: string): string;
}

export class PageTokens {
  readonly #key: Uint8Array;

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** With the key in the bucket, which the first gateway makes. Throws BUS_UNAVAILABLE. */
  static async open(bucket: KvCells): Promise<PageTokens> {
    for (;;) {
      const entry = await bucket.get(KEY_NAME);
      const stored = entry?.operation === "PUT" ? Buffer.from(entry.value).toString() : "";
      if (KEY_TEXT.test(stored)) return new PageTokens(Buffer.from(stored, "hex"));
      // Two gateways that start together agree on the key that was written first.
      await compareAndSet(bucket, KEY_NAME, randomBytes(KEY_BYTES).toString("hex"), entry);
    }
  }

  of(tenant: string): TenantTokens {
    return {
      seal: (filter, position) => {
        const list = hashOf(filter);
        return `${position}~${list}~${this.#sealOf(tenant, list, position)}`;
      },
      open: (filter, token) => {
        const [, position, list = "", seal = ""] = TOKEN.exec(token) ?? [];
        if (position === undefined || !isEqual(seal, this.#sealOf(tenant, list, position))) {
          const message =
            "page_token is not the next_page_token of a page; leave it empty to begin";
          throw refused("PARAMETER_OUT_OF_RANGE", message, token);
        }
        if (list === hashOf(filter)) return position;
        const message =
          "page_token belongs to a list with another filter; only page_size may change";
        throw refused("PARAMETER_CONFLICT", message, token);
      },
    };
  }

  #sealOf(tenant: string, list: string, position: string): string {
    const hmac = createHmac("sha256", this.#key).update(`${tenant}~${list}~${position}`);
    return hmac.digest().subarray(0, SEAL_BYTES).toString("base64url");
  }
}

/** Compares the texts, because several texts of base64 stand for the same bytes. */
function isEqual(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

function hashOf(filter: string): string {
  return createHash("sha256").update(filter).digest("hex").slice(0, 12);
}

function refused(
  reason: "PARAMETER_OUT_OF_RANGE" | "PARAMETER_CONFLICT",
  message: string,
  token: string,
): DepthmeshError {
  const metadata = { field: "page_token", actual: token.slice(0, 64) };
  return new DepthmeshError(reason, message, { metadata });
}
