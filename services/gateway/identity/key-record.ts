/** What the bucket `dm_keys` holds about an API key, under its id. */
import { z } from "zod";
import { isTenantName, type Role } from "../../../kit/rpc/identity.js";

/** Roles that a key can have. A worker shows the mesh's own credential. */
export const KEY_ROLES = ["user", "operator"] as const satisfies readonly Role[];

export type KeyRole = (typeof KEY_ROLES)[number];

const recordSchema = z.object({
  /** SHA-256 of the key in hex. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  tenant: z.string().refine(isTenantName),
  roles: z.array(z.enum(KEY_ROLES)),
  note: z.string(),
  createdAtMs: z.number(),
  /** It is refused from then on. */
  expiresAtMs: z.number().optional(),
  revokedAtMs: z.number().optional(),
  /** To about a minute. */
  lastUsedAtMs: z.number().optional(),
});

export type KeyRecord = Readonly<z.infer<typeof recordSchema>>;

/** Throws for an entry of another shape. */
export function readKeyRecord(value: Uint8Array): KeyRecord {
  return recordSchema.parse(JSON.parse(Buffer.from(value).toString()));
}

export function writeKeyRecord(record: KeyRecord): string {
  return JSON.stringify(record);
}
