/** TCP ports of the loopback that nobody listens on, for servers that take no port 0. */
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

/** Different ports. Another process could take one before it is used, which no test has met yet. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1);
  return port;
}
