/** Decides whether the gateway asks who calls. */
import type { ConfigOf } from "../../../kit/config.js";
import { isLoopback } from "../../../kit/network/loopback.js";
import type { IDENTITY_SETTINGS } from "./settings.js";

/**
 * Whether callers must show who they are. Throws where others can reach one of the addresses that
 * the gateway listens on and nobody has decided.
 */
export function asksWhoCalls(
  { identity }: Pick<ConfigOf<typeof IDENTITY_SETTINGS>, "identity">,
  hosts: readonly string[],
): boolean {
  if (identity !== "auto") return identity === "on";
  const exposed = hosts.find((host) => !isLoopback(host));
  if (exposed === undefined) return false;
  throw new Error(
    `the gateway would listen on ${exposed}, where others reach it, and ask nobody who they are: set DEPTHMESH_IDENTITY=on, which needs API keys or tokens (docs/identity.md), or DEPTHMESH_IDENTITY=off if only callers whom you trust with everything reach the port`,
  );
}
