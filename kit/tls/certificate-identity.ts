/** Who a client certificate stands for: O is the tenant, each OU a role, CN the caller's name. */
import type { PeerCertificate } from "node:tls";
import { DEFAULT_TENANT, type Identity, isTenantName, type Role } from "../rpc/identity.js";

const ROLES: ReadonlySet<string> = new Set<Role>(["user", "operator", "worker"]);
const MAX_NAME = 128;

const isRole = (unit: string): unit is Role => ROLES.has(unit);

/**
 * The identity of a certificate that an authority of the port has signed. One without a tenant or
 * without a known role has no roles.
 */
export function identityOfCertificate({ subject }: PeerCertificate): Identity {
  const { O, OU, CN } = subject ?? {};
  const [tenant = "", ...more] = valuesOf(O);
  const isTenant = isTenantName(tenant) && more.length === 0;
  return {
    tenant: isTenant ? tenant : DEFAULT_TENANT,
    roles: new Set(isTenant ? valuesOf(OU).filter(isRole) : []),
    caller: `certificate:${printable(valuesOf(CN)[0] ?? "")}`,
  };
}

/** A name that occurs several times is an array. */
function valuesOf(values: string | string[] | undefined): readonly string[] {
  return typeof values === "string" ? [values] : (values ?? []);
}

function printable(name: string): string {
  return name.replace(/[^\x20-\x7e]/g, "?").slice(0, MAX_NAME);
}
