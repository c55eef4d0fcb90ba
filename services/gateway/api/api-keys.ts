/** AdminService: lets an operator make, list and revoke API keys. */
import { rangeError } from "../../../core/errors.js";
import { isPrintable } from "../../../core/printable.js";
import { Violations } from "../../../core/spec/violations.js";
import { isKeyId, newApiKey, prefixOf } from "../../../kit/rpc/api-key.js";
import type { Identity } from "../../../kit/rpc/identity.js";
import {
  ApiKey,
  type CreateApiKeyRequest,
  type CreateApiKeyResponse,
  type ListApiKeysRequest,
  type ListApiKeysResponse,
  type RevokeApiKeyRequest,
} from "../../../proto/gen/depthmesh/v1/admin_service.js";
import type { Role } from "../../../proto/gen/depthmesh/v1/tenant.js";
import { ROLE_WORDS } from "../../../wire/enums.js";
import type { GatewayContext } from "../context.js";
import type { KeyRecord, KeyRole } from "../identity/key-record.js";
import { keyNotFound } from "../identity/key-store.js";
import type { Keys } from "../identity/keys.js";
import { checkedTenant } from "../tenants/tenant-name.js";
import { pageOf } from "./paging.js";

const PREFIX = "apiKeys/";
const MAX_NOTE_CHARACTERS = 128;

/**
 * Throws one error with every field that is wrong: PARAMETER_OUT_OF_RANGE, PARAMETER_UNKNOWN for a
 * role of a later version.
 */
export async function createApiKey(
  { ring, store, log }: Keys,
  request: CreateApiKeyRequest,
  { caller }: Identity,
): Promise<CreateApiKeyResponse> {
  const nowMs = Date.now();
  const violations = new Violations();
  const wanted = {
    tenant: violations.check(() => checkedTenant(request.tenant)) ?? "",
    roles: violations.check(() => checkedRoles(request.roles)) ?? [],
    note: violations.check(() => checkedNote(request.note)) ?? "",
    ...violations.check(() => checkedExpiry(request.expireTime, nowMs)),
  };
  violations.throwIfAny();
  for (;;) {
    const { id, key, hash } = newApiKey(nowMs);
    const record: KeyRecord = { hash, ...wanted, createdAtMs: nowMs };
    const created = await store.create(id, record);
    // Another key of this second has the same random bits.
    if (!created) continue;
    ring.take(id, created);
    log.info({ key: id, tenant: record.tenant, roles: record.roles, by: caller }, "API key made");
    return { apiKey: toWireKey(id, record), key };
  }
}

/** The newest first. Throws PARAMETER_OUT_OF_RANGE, PARAMETER_CONFLICT. */
export async function listApiKeys(
  { keys: { ring }, pageTokens }: Pick<GatewayContext, "keys" | "pageTokens">,
  request: ListApiKeysRequest,
  identity: Identity,
): Promise<ListApiKeysResponse> {
  const tenant = request.tenant === "" ? "" : checkedTenant(request.tenant);
  const page = await pageOf(request, {
    filter: `keys ${tenant}`,
    tokens: pageTokens.of(identity.tenant),
    keys: [...ring.all.keys()].sort().reverse(),
    read: (id) => {
      const record = ring.get(id);
      const isListed = record && (tenant === "" || record.tenant === tenant);
      return isListed ? toWireKey(id, record) : undefined;
    },
    bytesOf: (key) => ApiKey.encode(key).finish().length,
  });
  return { apiKeys: page.items, nextPageToken: page.nextPageToken };
}

/** A key that was revoked before stays as it is. Throws API_KEY_NOT_FOUND. */
export async function revokeApiKey(
  { ring, store, log }: Keys,
  { name }: RevokeApiKeyRequest,
  { caller }: Identity,
): Promise<ApiKey> {
  const id = name.startsWith(PREFIX) ? name.slice(PREFIX.length) : "";
  const revoke = (record: KeyRecord) =>
    record.revokedAtMs === undefined ? { ...record, revokedAtMs: Date.now() } : undefined;
  const revoked = isKeyId(id) ? await store.change(id, revoke) : undefined;
  if (!revoked) throw keyNotFound(name.slice(0, 64));
  ring.take(id, revoked);
  log.info({ key: id, tenant: revoked.record.tenant, by: caller }, "API key revoked");
  return toWireKey(id, revoked.record);
}

function checkedRoles(roles: readonly Role[]): KeyRole[] {
  if (roles.length === 0) {
    throw rangeError("roles", 0, { minimum: 1 }, "roles is empty; a key has at least one role");
  }
  return [...new Set(roles.map((role) => ROLE_WORDS.required(role, "roles")))];
}

function checkedNote(note: string): string {
  const characters = [...note].length;
  if (characters <= MAX_NOTE_CHARACTERS && isPrintable(note)) return note;
  const message = `note has ${characters} characters; it must have at most ${MAX_NOTE_CHARACTERS} printable ones`;
  throw rangeError("note", characters, { maximum: MAX_NOTE_CHARACTERS }, message);
}

function checkedExpiry(time: Date | undefined, nowMs: number): { expiresAtMs?: number } {
  if (!time) return {};
  const atMs = time.getTime();
  if (atMs > nowMs) return { expiresAtMs: atMs };
  const actual = Number.isNaN(atMs) ? "no time" : time.toISOString();
  const message = `expire_time is ${actual}; it must lie in the future`;
  throw rangeError("expire_time", actual, { minimum: new Date(nowMs).toISOString() }, message);
}

const timeAt = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms));

function toWireKey(id: string, record: KeyRecord): ApiKey {
  return {
    name: `${PREFIX}${id}`,
    prefix: prefixOf(id),
    tenant: record.tenant,
    roles: record.roles.map((role) => ROLE_WORDS.number(role, "roles") as Role),
    note: record.note,
    createTime: new Date(record.createdAtMs),
    lastUseTime: timeAt(record.lastUsedAtMs),
    expireTime: timeAt(record.expiresAtMs),
    revokeTime: timeAt(record.revokedAtMs),
  };
}
