/**
 * The API key or token that a command shows: from DEPTHMESH_KEY, or from a file. There is no option
 * that takes the key itself, because every user of a machine sees the arguments of its processes.
 */
import { readFileSync } from "node:fs";
import { type Command, Option } from "commander";
import type { ConnectOptions as ChannelOptions } from "../client/channel.js";
import { DepthmeshError } from "../core/errors.js";
import { environmentVariable } from "../kit/config.js";
import { exposedIn } from "../kit/rpc/addresses.js";
import { CONNECTION_SETTINGS } from "./connection-settings.js";

export interface KeyOptions {
  readonly keyFile?: string;
}

const STANDARD_INPUT = 0;
/** What an HTTP/2 header can hold, without spaces. */
const CREDENTIAL = /^[!-~]{1,16384}$/;

/** Adds `--key-file` to a command that asks a gateway. */
export function withKeyFile(command: Command): Command {
  return command.addOption(
    new Option(
      "--key-file <file>",
      "file with the API key or token to show; - reads standard input (default: DEPTHMESH_KEY)",
    ).env(CONNECTION_SETTINGS.keyFile.variable),
  );
}

/**
 * Undefined if the user has given none. Throws FILE_NOT_FOUND, PARAMETER_OUT_OF_RANGE; neither
 * quotes what was read.
 */
export function callerKey({ keyFile }: KeyOptions): string | undefined {
  if (keyFile === undefined) {
    const { variable } = CONNECTION_SETTINGS.key;
    const key = environmentVariable(variable)?.trim();
    return key === undefined || key === "" ? undefined : checked(key, variable);
  }
  return checked(readKey(keyFile).trim(), keyFile === "-" ? "standard input" : keyFile);
}

/**
 * The warning for a key that would travel where others can read it; undefined if it would not.
 * `address` is host:port, or a list.
 */
export function openKeyWarning(
  address: string,
  { key, tls }: Pick<ChannelOptions, "key" | "tls">,
): string | undefined {
  if (key === undefined || tls || exposedIn(address) === undefined) return undefined;
  return `warning: the key travels to ${address} without encryption, and whoever reads it there can use it; --tls encrypts the connection`;
}

function readKey(keyFile: string): string {
  try {
    return readFileSync(keyFile === "-" ? STANDARD_INPUT : keyFile, "utf8");
  } catch (cause) {
    const message = `the file with the key, ${keyFile}, does not exist or cannot be read`;
    throw new DepthmeshError("FILE_NOT_FOUND", message, { cause });
  }
}

function checked(key: string, source: string): string {
  if (CREDENTIAL.test(key)) return key;
  throw new DepthmeshError(
    "PARAMETER_OUT_OF_RANGE",
    `${source} holds no API key and no token: it must be one line of printable ASCII without spaces`,
  );
}
