/** Options of a command that say how the connection to a gateway is encrypted. */
import { readFileSync } from "node:fs";
import { type Command, Option } from "commander";
import type { ConnectOptions as ChannelOptions, TlsOptions } from "../client/channel.js";
import { DepthmeshError } from "../core/errors.js";
import type { MeshFile } from "../launcher/mesh-file.js";
import { CONNECTION_SETTINGS } from "./connection-settings.js";

export interface ChannelArguments {
  readonly tls?: boolean;
  readonly ca?: string;
  readonly clientCert?: string;
  readonly clientKey?: string;
  readonly serverName?: string;
}

export function addChannelOptions(command: Command): Command {
  return command
    .option("--tls", "encrypt the connection; the other options here do so too")
    .addOption(
      new Option(
        "--ca <file>",
        "authorities that may have signed the gateway's certificate (default: those of Node)",
      ).env(CONNECTION_SETTINGS.ca.variable),
    )
    .addOption(
      new Option("--client-cert <file>", "certificate to show the gateway").env(
        CONNECTION_SETTINGS.clientCert.variable,
      ),
    )
    .addOption(
      new Option("--client-key <file>", "key of --client-cert").env(
        CONNECTION_SETTINGS.clientKey.variable,
      ),
    )
    .addOption(
      new Option(
        "--server-name <name>",
        "name in the gateway's certificate, if the address has another",
      ).env(CONNECTION_SETTINGS.serverName.variable),
    );
}

/**
 * What the options say; what they leave open is as the mesh on this machine has it. Throws
 * FILE_NOT_FOUND, and PARAMETER_CONFLICT for a certificate without its key.
 */
export function channelOptions(
  options: ChannelArguments,
  local: Pick<MeshFile, "tls"> | undefined,
): Pick<ChannelOptions, "tls"> {
  const { clientCert, clientKey } = options;
  if ((clientCert === undefined) !== (clientKey === undefined)) {
    throw new DepthmeshError(
      "PARAMETER_CONFLICT",
      "--client-cert and --client-key belong together: a certificate is of no use without its key",
    );
  }
  const ca = options.ca ?? local?.tls?.ca;
  const serverName = options.serverName ?? local?.tls?.serverName;
  const isEncrypted = options.tls || ca || clientCert || serverName || local?.tls;
  if (!isEncrypted) return {};
  const tls: TlsOptions = {
    ...(ca !== undefined && { rootCertificates: read(ca) }),
    ...(clientCert !== undefined && { certificate: read(clientCert) }),
    ...(clientKey !== undefined && { privateKey: read(clientKey) }),
    ...(serverName !== undefined && { serverName }),
  };
  return { tls };
}

function read(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    const { code = "" } = cause as NodeJS.ErrnoException;
    throw new DepthmeshError("FILE_NOT_FOUND", `${path} cannot be read: ${code}`, {
      metadata: { path },
      cause,
    });
  }
}
