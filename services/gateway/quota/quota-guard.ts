/** A guard that counts the calls of each tenant, and tells what is left of its quota. */
import type { CallGuard } from "../../../kit/rpc/call-guard.js";
import { isForUsers } from "../identity/roles.js";
import type { Quotas } from "./quotas.js";

/**
 * As `guard`. Calls that it would refuse are not counted, nor are those of operators and workers to
 * services of their own.
 */
export function countCalls(guard: CallGuard, quotas: Pick<Quotas, "admit" | "leftOf">): CallGuard {
  return {
    authenticate: (metadata, peer) => guard.authenticate(metadata, peer),
    authorize: async (identity, path) => {
      await guard.authorize(identity, path);
      if (isForUsers(path)) await quotas.admit(identity.tenant);
    },
    trailers: ({ tenant }, path) => (isForUsers(path) ? quotas.leftOf(tenant) : {}),
  };
}
