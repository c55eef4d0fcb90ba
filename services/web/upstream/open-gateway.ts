/** Whether the gateway asks who calls, before a port is opened that others reach. */
import { DepthmeshError } from "../../../core/errors.js";
import { pause } from "../../../kit/async/delay.js";
import type { Log } from "../../../kit/log.js";
import { isLoopback } from "../../../kit/network/loopback.js";
import type { WebConfig } from "../config.js";
import { methodOf } from "../json/descriptors.js";
import type { GatewayClient } from "./gateway-client.js";

const GET_LIMITS = methodOf("CatalogService.GetLimits");
const AGAIN_MS = 1_000;

/**
 * Throws where this server would let everybody who reaches it use a gateway that asks nobody, and
 * nobody has decided that. Waits for the gateway if that is the question, until `stopping` fires.
 */
export async function assertNotOpen(
  { host, identity }: Pick<WebConfig, "host" | "identity">,
  gateway: Pick<GatewayClient, "unary">,
  { log, stopping }: { readonly log: Log; readonly stopping: AbortSignal },
): Promise<void> {
  if (identity === "off" || (identity === "auto" && isLoopback(host))) return;
  let isTold = false;
  while (!stopping.aborted) {
    const asks = await asksWhoCalls(gateway);
    if (asks === true) return;
    if (asks === false) throw openError(host);
    if (!isTold) log.info("waiting for the gateway, to learn whether it asks who calls");
    isTold = true;
    await pause(AGAIN_MS, stopping);
  }
}

/** Undefined while nobody answers. */
async function asksWhoCalls(gateway: Pick<GatewayClient, "unary">): Promise<boolean | undefined> {
  try {
    await gateway.unary(GET_LIMITS, new Uint8Array(), { credential: undefined });
    return false;
  } catch (error) {
    if (!(error instanceof DepthmeshError)) throw error;
    return error.reason === "CREDENTIALS_MISSING" ? true : undefined;
  }
}

function openError(host: string): Error {
  return new Error(
    `the web service would listen on ${host}, and the gateway asks nobody who calls, so that everybody who reaches this port could do everything: start the gateway with DEPTHMESH_IDENTITY=on (docs/identity.md), or set DEPTHMESH_IDENTITY=off here if you trust all who reach it`,
  );
}
