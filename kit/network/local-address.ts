/** By which of its addresses this machine talks to another one. */
import { createSocket } from "node:dgram";
import { lookup } from "node:dns/promises";

/** Any port will do: nothing is sent. */
const ANY_PORT = 9;

/**
 * The address of this machine that its connections to `host` (a name or an IP address) come from,
 * as its routes are now; a loopback address where `host` is one. Undefined where the name is not
 * known or no route leads there. Sends nothing but the question for the name.
 */
export async function localAddressToward(host: string): Promise<string | undefined> {
  const found = await lookup(host).catch(() => undefined);
  if (!found) return undefined;
  const socket = createSocket(found.family === 6 ? "udp6" : "udp4");
  try {
    return await new Promise<string>((resolve, reject) => {
      socket.once("error", reject);
      socket.connect(ANY_PORT, found.address, () => resolve(socket.address().address));
    });
  } catch {
    return undefined;
  } finally {
    socket.close();
  }
}
