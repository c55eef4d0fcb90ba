/**
 * Who makes a call: its tenant, and what it may do. Authentication finds it out before a handler
 * runs.
 */
import type { Metadata } from "@grpc/grpc-js";

/** `worker` is a process of the mesh itself. */
export type Role = "user" | "operator" | "worker";

export interface Identity {
  /** Every job, upload and key belongs to one; callers see those of their own. */
  readonly tenant: string;
  readonly roles: ReadonlySet<Role>;
  /**
   * Names the caller in the log: the id of its key, its token's subject, its certificate's name.
   */
  readonly caller: string;
}

/** The tenant of a mesh without accounts. */
export const DEFAULT_TENANT = "default";

const TENANT = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** 1 to 63 lower-case letters, digits and hyphens, beginning with a letter or digit. */
export function isTenantName(text: string): boolean {
  return TENANT.test(text);
}

/** Who calls a port that asks for no credentials. */
export const TRUSTED: Identity = {
  tenant: DEFAULT_TENANT,
  roles: new Set<Role>(["user", "operator", "worker"]),
  caller: "trusted",
};

/** A call's metadata object lives exactly as long as the call. */
const identities = new WeakMap<Metadata, Identity>();

/** Authentication has found out who makes the call with this metadata. */
export function setIdentity(metadata: Metadata, identity: Identity): void {
  identities.set(metadata, identity);
}

/** Who makes the call with this metadata. */
export function identityOf(metadata: Metadata): Identity {
  return identities.get(metadata) ?? TRUSTED;
}
