/** Who calls with an API key. */
import { withDeadline } from "../../../kit/async/deadline.js";
import { hashOfApiKey, isSameHash, keyIdIn } from "../../../kit/rpc/api-key.js";
import { DEFAULT_TENANT, type Identity, type Role } from "../../../kit/rpc/identity.js";
import type { KeyRecord } from "./key-record.js";
import type { KeyRing } from "./key-ring.js";
import type { KeyStore } from "./key-store.js";
import type { LastUses } from "./last-uses.js";
import { credentialsExpired, credentialsInvalid } from "./refusals.js";

/** How long a look-up of an unknown key may take; its caller is refused then. */
const LOOK_UP_MS = 1_000;
/** Strangers may cause no more look-ups than that at once. */
const MAX_LOOK_UPS = 16;
/** What the hash of a key that does not exist is compared with: nothing has this hash. */
const NO_HASH = "00".repeat(32);

export interface ApiKeyParts {
  readonly ring: Pick<KeyRing, "get" | "take">;
  readonly store: Pick<KeyStore, "read">;
  readonly uses: Pick<LastUses, "mark">;
  /** Hashes of operators' keys that the gateway's settings name: SHA-256 in hex. */
  readonly operatorHashes: readonly string[];
}

export class ApiKeyCallers {
  readonly #parts: ApiKeyParts;
  #lookUps = 0;

  constructor(parts: ApiKeyParts) {
    this.#parts = parts;
  }

  /**
   * Does the same work for a key that nobody has made and for one with a wrong secret. `mayLookUp`
   * is false for callers that were refused too often. Throws CREDENTIALS_INVALID and
   * CREDENTIALS_EXPIRED.
   */
  async identify(key: string, mayLookUp: boolean): Promise<Identity> {
    const { ring, uses, operatorHashes } = this.#parts;
    const id = keyIdIn(key);
    if (id === undefined) throw credentialsInvalid();
    const hash = hashOfApiKey(key);
    const isOperators = operatorHashes.map((each) => isSameHash(each, hash)).includes(true);
    if (isOperators) return operator(id);
    const known = matching(ring.get(id), hash);
    // Another gateway may have made the key a moment ago.
    const record = known ?? matching(mayLookUp ? await this.#lookUp(id) : undefined, hash);
    if (!record) throw credentialsInvalid();
    assertValid(record, Date.now());
    uses.mark(id);
    return { tenant: record.tenant, roles: new Set<Role>(record.roles), caller: `key ${id}` };
  }

  async #lookUp(id: string): Promise<KeyRecord | undefined> {
    if (this.#lookUps >= MAX_LOOK_UPS) return undefined;
    this.#lookUps += 1;
    try {
      const { store, ring } = this.#parts;
      const found = await withDeadline(store.read(id), LOOK_UP_MS, () => new Error("too slow"));
      if (found) ring.take(id, found);
      return found?.record;
    } catch {
      // NATS is away: only the keys that this process knows are accepted.
      return undefined;
    } finally {
      this.#lookUps -= 1;
    }
  }
}

function matching(record: KeyRecord | undefined, hash: string): KeyRecord | undefined {
  return isSameHash(record?.hash ?? NO_HASH, hash) ? record : undefined;
}

function assertValid({ revokedAtMs, expiresAtMs }: KeyRecord, nowMs: number): void {
  if (revokedAtMs !== undefined) throw credentialsInvalid();
  if (expiresAtMs !== undefined && expiresAtMs <= nowMs) throw credentialsExpired(expiresAtMs);
}

function operator(id: string): Identity {
  const roles = new Set<Role>(["user", "operator"]);
  return { tenant: DEFAULT_TENANT, roles, caller: `key ${id} of the settings` };
}
