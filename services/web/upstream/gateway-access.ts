/** How the web service reaches the gateway, from its settings. */
import { readFileSync } from "node:fs";
import { credentials } from "@grpc/grpc-js";
import { exposedIn, withPortsMoved } from "../../../kit/rpc/addresses.js";
import { serverNameOptions } from "../../../kit/rpc/client.js";
import type { WebConfig } from "../config.js";
import type { GatewayAccess } from "./gateway-client.js";

export type GatewayAccessConfig = Pick<
  WebConfig,
  | "gatewayAddress"
  | "gatewayAdminAddress"
  | "gatewayTls"
  | "gatewayCa"
  | "gatewayServerName"
  | "plaintextKeys"
>;

/**
 * It shows no certificate of its own: the gateway takes that for the caller of every call that
 * shows nothing else. Throws an error that names the setting where callers' keys would go to
 * another host in plain text unasked, and where a file cannot be read.
 */
export function gatewayAccess(config: GatewayAccessConfig): GatewayAccess {
  const { gatewayAddress: address, gatewayTls, gatewayCa, gatewayServerName } = config;
  const adminAddress = config.gatewayAdminAddress || withPortsMoved(address, 1);
  const isEncrypted = gatewayTls === "on" || (gatewayTls === "auto" && gatewayCa !== "");
  if (!isEncrypted) assertPlainAllowed(config, [address, adminAddress]);
  return {
    ...{ address, adminAddress },
    channel: isEncrypted
      ? credentials.createSsl(authorities(gatewayCa))
      : credentials.createInsecure(),
    options: serverNameOptions(gatewayServerName || undefined),
  };
}

function assertPlainAllowed(
  { plaintextKeys }: Pick<WebConfig, "plaintextKeys">,
  addresses: readonly string[],
): void {
  const exposed = exposedIn(addresses.join(","));
  if (exposed === undefined || plaintextKeys === "allowed") return;
  throw new Error(
    `the keys of callers would go to ${exposed} in plain text: set DEPTHMESH_CA to the authorities of the gateway's certificate, or DEPTHMESH_GATEWAY_TLS=on for those of Node, or DEPTHMESH_PLAINTEXT_KEYS=allowed inside a network that you trust`,
  );
}

/** Null for those that Node trusts. */
function authorities(file: string): Buffer | null {
  if (file === "") return null;
  try {
    return readFileSync(file);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    throw new Error(`the file ${file} (DEPTHMESH_CA) cannot be read: ${code}`, { cause: error });
  }
}
