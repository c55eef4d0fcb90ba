/** What every call of the gateway passes before its handler. */
import type { CallGuard } from "../../../kit/rpc/call-guard.js";
import { TRUSTED } from "../../../kit/rpc/identity.js";
import { assertRole } from "./roles.js";

/** The guard of a gateway that asks nobody for credentials. */
export const OPEN_GUARD: CallGuard = {
  authenticate: () => TRUSTED,
  authorize: assertRole,
};
