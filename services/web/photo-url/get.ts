/** One GET from addresses that were checked before. It follows no redirect and uses no proxy. */
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { type CheckedAddress, lookupIn } from "../../../kit/egress/resolve.js";

const CONNECT_MS = 5_000;
const MAX_HEADER_BYTES = 16 * 1024;

export interface Get {
  readonly url: URL;
  /** At least one. */
  readonly addresses: readonly CheckedAddress[];
}

/** The answer, whose body has not been read. Throws Error, also when the signal fires. */
export function get({ url, addresses }: Get, signal: AbortSignal): Promise<IncomingMessage> {
  const isSecure = url.protocol === "https:";
  const options = {
    // No credentials, no cookie; a coded body would be stored coded.
    headers: { accept: "image/*", "accept-encoding": "identity", "user-agent": "depthmesh" },
    // A connection of its own; the agent of a new connection reads no proxy from the environment.
    ...{ agent: false, lookup: lookupIn(addresses), autoSelectFamily: true, signal },
    ...{ maxHeaderSize: MAX_HEADER_BYTES, insecureHTTPParser: false },
  };
  return new Promise((resolve, reject) => {
    const request = isSecure ? httpsRequest(url, options) : httpRequest(url, options);
    const late = new Error(`the connection took longer than ${CONNECT_MS} ms`);
    const connecting = setTimeout(() => request.destroy(late), CONNECT_MS);
    request.on("socket", (socket) => {
      socket.once(isSecure ? "secureConnect" : "connect", () => clearTimeout(connecting));
    });
    request.on("response", resolve);
    request.on("error", reject);
    request.on("close", () => clearTimeout(connecting));
    request.end();
  });
}
